import { dirname, resolve } from "node:path";
import {
  type Issue,
  parseJson,
  type Result,
  type Schema,
  type TextDocument,
} from "@ocikit/diagnostics";
import {
  type CheckContext,
  type CheckedDocument,
  type CheckTool,
  type CommandIo,
  type FoundDocument,
  systemErrorText,
  UsageError,
} from "@ocikit/diagnostics/node";
import { Config } from "../../config.ts";
import { Features } from "../../features.ts";
import type { PortabilityTarget } from "../../portability/target.ts";
import { State } from "../../state.ts";
import { checkMisnamed, findConfigs } from "./find-configs.ts";
import { refuseUnknownRules } from "./rule-flags.ts";
import { type TargetWords, targetOfFlags, targetOfSettings } from "./target-flags.ts";
import { packageVersion } from "./version.ts";

/** What `oci-spec check` looks at: configs, and the states and features that runtimes write. */
export function configTool(
  options: Readonly<Record<string, unknown>>,
  { cwd }: Pick<CommandIo, "cwd">,
): CheckTool {
  let place: Place = { target: {}, host: false };
  return {
    tool: {
      name: "oci-spec",
      version: packageVersion(),
      url: "https://www.npmjs.com/package/@ocikit/oci-spec",
    },
    async begin(context) {
      await refuseUnknownRules(options);
      const words = { ...targetOfSettings(context.target), ...targetOfFlags(options) };
      const from = options.features === undefined ? context.settingsDirectory : cwd;
      place = await findPlace(words, (name) => resolve(from, name), context);
    },
    find: findConfigs,
    async check(found, context) {
      return [checkMisnamed(found, context) ?? (await checkFound(found, place, context))];
    },
    async rules() {
      const { catalogue } = await import("../../rules/catalogue.ts");
      return catalogue;
    },
  };
}

/** Where containers are for, and whether that is this machine. */
interface Place {
  readonly target: PortabilityTarget;
  readonly host: boolean;
}

async function findPlace(
  { features: files = [], host = false, ...named }: TargetWords,
  locate: (name: string) => string,
  context: CheckContext,
): Promise<Place> {
  const here = host ? (await import("../machine-target.ts")).machineTarget() : {};
  const features = await Promise.all(files.map((name) => readFeatures(locate(name), context)));
  return { target: { ...here, ...named, ...(features.length > 0 && { features }) }, host };
}

async function readFeatures(path: string, { read }: CheckContext): Promise<Features> {
  let bytes: Uint8Array;
  try {
    bytes = await read(path);
  } catch (error) {
    throw new UsageError(`read the features ${path}: ${systemErrorText(error)}`, { cause: error });
  }
  const result = Features.checkText(bytes, { source: path });
  if (result.ok) return result.value;
  const [{ message, pointer }] = result.issues;
  throw new UsageError(
    `read the features ${path}: ${pointer === "" ? "" : `${pointer}: `}${message}`,
  );
}

async function checkFound(
  { source, path }: FoundDocument,
  { target, host }: Place,
  context: CheckContext,
): Promise<CheckedDocument> {
  const document = parseJson(await context.read(path), { source });
  const { signal, unknownFields } = context;
  const options = { source, settings: context.settings(source), unknownFields, target };
  const { text } = document;
  const checked = { source, text, ...(path !== "-" && { path }) };
  const kind = kindOf(document);
  if (kind !== "config") {
    const result =
      kind === "state"
        ? State.checkDocument(document, { ...options, target: { platform: "linux", ...target } })
        : Features.checkDocument(document, { ...options, target: undefined });
    return { ...checked, issues: issuesOf(result) };
  }
  const schema = await schemaFor(target);
  if (!host) return { ...checked, issues: issuesOf(schema.checkDocument(document, options)) };
  const { checkOnMachine, machineFor } = await import("../check-on-machine.ts");
  const machine = machineFor(document, path === "-" ? "." : dirname(path));
  const result = await checkOnMachine(schema, document, machine, { ...options, signal });
  return { ...checked, issues: issuesOf(result) };
}

/** The table of what runtimes do not do is not read unless it is needed. */
async function schemaFor({
  runtimes,
  features,
  kernel,
}: PortabilityTarget): Promise<Schema<Config, PortabilityTarget>> {
  if (!runtimes && !features && kernel === undefined) return Config;
  return (await import("../../portability/portable-config.ts")).PortableConfig;
}

function kindOf({ value }: TextDocument): "config" | "state" | "features" {
  if (typeof value !== "object" || value === null) return "config";
  if ("ociVersionMin" in value || "ociVersionMax" in value) return "features";
  return "status" in value && "bundle" in value ? "state" : "config";
}

function issuesOf(result: Result<unknown>): readonly Issue[] {
  return result.ok ? result.warnings : result.issues;
}
