import { messageTable } from "../../generated/message-table.ts";
import { codecOf } from "../codecs.ts";
import { isBytes, messageOfUrl, specPrefix } from "../table.ts";
import { type Form, type MessageRule, member, ofTask, sources, text } from "./message-rule.ts";

const spec = (name: string): string => `${specPrefix}1/${name}`;

/** Which payloads belong into which `Any`; types that are not of the protocol are a runtime's own business. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  "CreateTaskRequest options": [
    "containerd.runc.v1.Options",
    "runtimeoptions.v1.Options",
    "containerd.linux.runc.CreateOptions",
  ],
  "CheckpointTaskRequest options": ["containerd.runc.v1.CheckpointOptions"],
  "ExecProcessRequest spec": [spec("Process")],
  "UpdateTaskRequest resources": [spec("LinuxResources"), spec("WindowsResources")],
  "StatsResponse stats": ["io.containerd.cgroups.v1.Metrics", "io.containerd.cgroups.v2.Metrics"],
};
const anyFields = Object.keys(wanted).map((key) => key.split(" ") as [string, string]);
const all = ofTask(...new Set(anyFields.map(([message]) => message)));
const required = new Set(["ExecProcessRequest spec", "UpdateTaskRequest resources"]);

interface Found {
  readonly key: string;
  readonly field: string;
  readonly any: Form;
  readonly typeUrl: string;
}

/** The payloads of a message, by the field they are in. */
function payloadsOf(message: Form): Found[] {
  return anyFields.flatMap(([name, field]) => {
    const any = member(message, field);
    const key = `${name} ${field}`;
    return any === undefined ? [] : [{ key, field, any, typeUrl: text(any, "@type") }];
  });
}

function isKnown(typeUrl: string): boolean {
  return typeUrl.startsWith(specPrefix) || codecOf(messageOfUrl(typeUrl)) !== undefined;
}

/** What an `Any` may hold. */
export const payloadRules: readonly MessageRule[] = [
  ...anyFields.map(([name, field]): MessageRule => {
    const key = `${name} ${field}`;
    const types = wanted[key] ?? [];
    const rest: Form = {
      id: "web",
      ...(name === "ExecProcessRequest"
        ? { execId: "e" }
        : name === "CreateTaskRequest"
          ? { bundle: "/b" }
          : name === "CheckpointTaskRequest"
            ? { path: "/c" }
            : {}),
    };
    const base = name === "StatsResponse" ? {} : rest;
    const payload = (typeUrl: string): Form =>
      typeUrl.startsWith(specPrefix) ? { "@type": typeUrl, value: {} } : { "@type": typeUrl };
    return {
      id: `payload/${name === "CreateTaskRequest" ? "options" : name === "CheckpointTaskRequest" ? "checkpoint-options" : field}`,
      severity: "error",
      spec: sources.task,
      on: ofTask(name),
      check(message, report) {
        const any = member(message, field);
        if (any === undefined) {
          if (required.has(key)) report("", `"${field}" is missing: it is what the call is about`);
          return;
        }
        const typeUrl = text(any, "@type");
        if (
          typeUrl.startsWith(specPrefix)
            ? types.includes(typeUrl)
            : types.includes(messageOfUrl(typeUrl))
        )
          return;
        if (isKnown(typeUrl) || required.has(key)) {
          report(`/${field}/@type`, `${typeUrl} does not belong here; ${types.join(" or ")} does`);
        }
      },
      doc: {
        title: `type of ${field}`,
        explanation: `The ${field} of ${name} are an Any so that runtimes can have types of their own; of the protocol's own types only ${types.join(", ")} belong there.`,
        good: { ...base, [field]: payload(types[0] ?? "") },
        bad: {
          ...base,
          [field]: payload(
            types.includes(spec("Process")) ? "containerd.runc.v1.Options" : spec("Process"),
          ),
        },
      },
    };
  }),
  {
    id: "payload/unreadable",
    severity: "error",
    spec: sources.task,
    on: all,
    check(message, report) {
      for (const { field, any, typeUrl } of payloadsOf(message)) {
        const { "@type": _, ...rest } = any;
        const at = `/${field}`;
        if (typeUrl.startsWith(specPrefix)) {
          const { value } = rest;
          if (typeof value !== "object" || value === null || Array.isArray(value)) {
            report(`${at}${value === undefined ? "" : "/value"}`, `${typeUrl} is a JSON object`);
          }
          continue;
        }
        const name = messageOfUrl(typeUrl);
        const codec = codecOf(name);
        const short = messageTable.types[name];
        if (codec === undefined || short === undefined || !isBytes(short, rest)) continue;
        try {
          codec.decode(Buffer.from(text(any, "value"), "base64"));
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          report(`${at}/value`, `its bytes are no ${name}: ${why}`);
        }
      }
    },
    doc: {
      title: "a payload is of the type it says",
      explanation:
        "The type URL of an Any says how its bytes are read; bytes of another type are read as nonsense, or not at all.",
      good: {
        id: "web",
        bundle: "/b",
        options: { "@type": "containerd.runc.v1.Options", value: "OgIveA==" },
      },
      bad: {
        id: "web",
        bundle: "/b",
        options: { "@type": "containerd.runc.v1.Options", value: "Cn8=" },
      },
    },
  },
  {
    id: "payload/unknown-field",
    severity: "error",
    spec: sources.task,
    on: all,
    check(message, report) {
      for (const { field, any, typeUrl } of payloadsOf(message)) {
        const { "@type": _, ...rest } = any;
        const short = typeUrl.startsWith(specPrefix)
          ? undefined
          : messageTable.types[messageOfUrl(typeUrl)];
        if (short === undefined || isBytes(short, rest)) continue;
        const fields = messageTable.messages[short] ?? {};
        for (const name of Object.keys(rest)) {
          const known =
            name in fields ||
            name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase()) in fields;
          if (!known)
            report(
              `/${field}/${name}`,
              `${messageOfUrl(typeUrl)} has no field ${JSON.stringify(name)}`,
            );
        }
      }
    },
    doc: {
      title: "fields of a payload",
      explanation:
        "A payload that is shown with its fields has those of its type, and no others: what is misspelt would be lost without a word.",
      good: {
        id: "web",
        bundle: "/b",
        options: { "@type": "containerd.runc.v1.Options", binaryName: "crun" },
      },
      bad: {
        id: "web",
        bundle: "/b",
        options: { "@type": "containerd.runc.v1.Options", binary: "crun" },
      },
    },
  },
];
