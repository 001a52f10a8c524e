import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseJson, type RuleSettings, type TextDocument } from "@ocikit/diagnostics";
import type { MessageSchema } from "@ocikit/diagnostics/proto";
import { prettyReport } from "@ocikit/diagnostics/report";
import { parseYaml } from "@ocikit/diagnostics/yaml";
import type { Target } from "../documents/index.ts";
import type { ContainerConfig } from "../gen/runtime/v1/container.ts";
import type { PodSandboxConfig } from "../gen/runtime/v1/sandbox_config.ts";
import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";

/** The most that a config may have; real ones are a few kilobytes. */
const maxConfigBytes = 4 * 1024 * 1024;

// The validators of all messages take longer to load than most commands take to run.
const documents = (): Promise<typeof import("../documents/index.ts")> =>
  import("../documents/index.ts");

/** Reads the config of a pod. One without a uid gets a new one, as crictl gives it. */
export async function readPodConfig(io: CliIo, path: string): Promise<PodSandboxConfig> {
  const schema = (await documents()).PodSandboxConfig;
  const config = await readConfig(io, path, schema, { severity: { "pod/identity": "off" } });
  const { name = "", namespace = "", uid = "", attempt = 0 } = config.metadata ?? {};
  if (name === "" || namespace === "") {
    throw new CliError(`${path}: the metadata of a pod has a name and a namespace`);
  }
  return { ...config, metadata: { name, namespace, uid: uid || randomUUID(), attempt } };
}

export async function readContainerConfig(io: CliIo, path: string): Promise<ContainerConfig> {
  return await readConfig(io, path, (await documents()).ContainerConfig);
}

/** JSON where it begins like it, YAML otherwise: every JSON text is YAML too, but its faults are told better as JSON. */
export function parseConfigText(text: string, source: string): TextDocument {
  return /^\s*[{[]/.test(text) && !/^\s*\{\s*[A-Za-z_]/.test(text)
    ? parseJson(text, { source })
    : parseYaml(text, { source });
}

async function readConfig<T>(
  io: CliIo,
  path: string,
  schema: MessageSchema<T, Target>,
  settings: RuleSettings = {},
): Promise<T> {
  let bytes: Uint8Array;
  try {
    bytes = path === "-" ? await readAll(io) : await readFile(resolve(io.cwd, path));
  } catch (cause) {
    throw new CliError(`read ${path}: ${(cause as Error).message}`, 1, { cause });
  }
  if (bytes.length > maxConfigBytes)
    throw new CliError(`read ${path}: more than ${maxConfigBytes} bytes`);
  const text = Buffer.from(bytes).toString();
  const source = path === "-" ? "<stdin>" : path;
  const result = schema.checkDocument(parseConfigText(text, source), { source, settings });
  // A misspelt name is only a warning, and still what a person wants to know.
  const issues = result.ok ? result.warnings : result.issues;
  io.stderr.write(prettyReport({ source, text, issues }, { color: io.stderr.isTTY === true }));
  if (result.ok) return result.value;
  throw new CliError(`${source} is no ${schema.name} that a runtime would take`);
}

async function readAll({ stdin }: CliIo): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}
