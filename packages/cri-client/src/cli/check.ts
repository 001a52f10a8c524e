import { stat } from "node:fs/promises";
import { join } from "node:path";
import { documentDocs, documentRules, type Issue } from "@ocikit/diagnostics";
import {
  type CheckContext,
  type CheckedDocument,
  type CheckTool,
  type FoundDocument,
  walkTree,
} from "@ocikit/diagnostics/node";
import { fieldsOf, type MessageCodec, type MessageSchema } from "@ocikit/diagnostics/proto";
import { documentsOf, messageRuleDocs, type Target } from "../documents/index.ts";
import { messageRules } from "../documents/rules/index.ts";
import { messageTable } from "../generated/message-table.ts";
import * as messages from "../generated/messages.ts";
import { CliError } from "./cli-error.ts";
import { parseConfigText } from "./read-config.ts";
import { version } from "./version.ts";

/** What files usually hold, the likeliest first. */
const usual = [
  "ContainerConfig",
  "PodSandboxConfig",
  "CreateContainerRequest",
  "RunPodSandboxRequest",
] as const;

interface CheckToolOptions {
  /** The message every document is, when it is not to be guessed. */
  readonly as?: string | undefined;
  readonly cgroup?: string | undefined;
}

/** What `cri check` looks at: configs in JSON and YAML. */
export function checkTool({ as, cgroup }: CheckToolOptions): CheckTool {
  const named = as === undefined ? undefined : schemaOf(as);
  if (cgroup !== undefined && cgroup !== "v1" && cgroup !== "v2") {
    throw new CliError(`--cgroup takes v1 or v2, not ${JSON.stringify(cgroup)}`, 2);
  }
  return {
    tool: {
      name: "cri check",
      version,
      url: "https://www.npmjs.com/package/@ocikit/cri-client",
    },
    find: (path, context) => find(path, context, named !== undefined),
    async check(
      { source, path }: FoundDocument,
      context: CheckContext,
    ): Promise<readonly CheckedDocument[]> {
      const text = Buffer.from(await context.read(path)).toString();
      const document = parseConfigText(text, source);
      const schema = named ?? guess(document.value);
      if (schema === undefined && document.value !== undefined) {
        const failure =
          "neither the config of a pod nor that of a container; say what it is with --as";
        return [{ source, text, issues: [], failure }];
      }
      const result = (schema ?? schemaOf("PodSandboxConfig")).checkDocument(document, {
        source,
        settings: context.settings(source),
        unknownFields: context.unknownFields,
        target: {
          ...(context.target as Target | undefined),
          ...(cgroup !== undefined && { cgroup }),
        },
      });
      const issues: readonly Issue[] = result.ok ? result.warnings : result.issues;
      return [{ source, text, issues, ...(path !== "-" && { path }) }];
    },
    async rules() {
      const own = messageRules.map(({ id, severity, spec }) => ({
        id,
        severity,
        spec,
        title: messageRuleDocs[id]?.title,
        explanation: messageRuleDocs[id]?.explanation,
      }));
      const general = documentRules.map(({ id, severity, spec }) => ({
        id,
        severity,
        spec,
        title: documentDocs[id]?.title,
        explanation: documentDocs[id]?.explanation,
      }));
      return [...general, ...own];
    },
  };
}

/** The file itself, or the configs among the files of a directory and those beneath. */
async function* find(
  path: string,
  context: CheckContext,
  everything: boolean,
): AsyncGenerator<FoundDocument> {
  if (!(await stat(path)).isDirectory()) {
    yield { source: path, path };
    return;
  }
  const files = walkTree<FoundDocument>(path, {
    visit: (directory, names) => ({
      found: [...names]
        .filter((name) => /\.(json|ya?ml)$/.test(name))
        .sort()
        .map((name) => join(directory, name))
        .map((file) => ({ source: file, path: file })),
      deeper: true,
    }),
    unreadable: (directory, error) => ({
      source: directory,
      path: directory,
      failure: (error as Error).message,
    }),
  });
  for await (const file of files) {
    // A directory holds other things, too.
    if (everything || file.failure !== undefined || (await isConfig(file.path, context)))
      yield file;
  }
}

async function isConfig(path: string, context: CheckContext): Promise<boolean> {
  try {
    const text = Buffer.from(await context.read(path)).toString();
    return guess(parseConfigText(text, path).value) !== undefined;
  } catch {
    // What cannot be read may be one: whoever reads it next says why not.
    return true;
  }
}

type AnySchema = MessageSchema<object, Target>;

function schemaOf(name: string): AnySchema {
  const codec: unknown = Reflect.get(messages, name);
  if (!Object.hasOwn(messageTable.messages, name) || codec === undefined) {
    throw new CliError(
      `no message of CRI is called ${JSON.stringify(name)}; --as takes names as ${usual.join(", ")}`,
      2,
    );
  }
  return documentsOf(codec as MessageCodec<object>); // as: every name of the table is one of the module's codecs
}

/** What a document probably is, by the names it has; undefined for something else. */
function guess(value: unknown): AnySchema | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const names = Object.keys(value);
  const known = (message: string): number => {
    const fields = fieldsOf(messageTable, message);
    return names.filter((name) => fields.find(name) !== undefined).length;
  };
  const scores = usual.map((message) => ({ message, score: known(message) }));
  const best = Math.max(...scores.map(({ score }) => score));
  const tied = scores.filter(({ score }) => score === best).map(({ message }) => message);
  if (best === 0) return undefined;
  if (tied.length === 1) return schemaOf(tied[0] ?? "");
  // Both have metadata, labels, annotations: a pod's metadata say more.
  const metadata: unknown = Reflect.get(value, "metadata");
  const isPod =
    typeof metadata === "object" &&
    metadata !== null &&
    ("uid" in metadata || "namespace" in metadata);
  const wanted = isPod ? "PodSandboxConfig" : "ContainerConfig";
  return schemaOf(tied.find((message) => message === wanted) ?? tied[0] ?? wanted);
}
