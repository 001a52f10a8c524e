import { access } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { shapes } from "../generated/check-settings-shapes.ts";
import type { CheckSettings } from "../generated/types.ts";
import { validate } from "../generated/validate-check-settings.ts";
import { parseJson } from "../json/parse-json.ts";
import { defineSchema } from "../schema/define-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { matchesPath, type RuleSettings } from "../settings.ts";
import { readBounded } from "./files.ts";

/** Name of the file in which a project keeps its settings. */
export const settingsFileName = ".ocikit.json";

const maxBytes = 1024 * 1024;

/** A name that nobody knows is a mistake here: unlike in documents, there is no newer version to meet. */
const Settings: Schema<CheckSettings> = defineSchema<CheckSettings>({
  name: "Settings",
  validate,
  shapes,
  rules: [{ id: "doc/unknown-key", severity: "error" }],
  target: undefined,
});

/** Settings of a project, and the directory that paths in them are from. */
export interface LoadedSettings {
  readonly settings: CheckSettings;
  readonly directory: string;
}

/** Reads a settings file; fails with a ValidationError that names the place, or with what the system said. */
export async function readSettings(path: string): Promise<LoadedSettings> {
  const document = parseJson(await readBounded(path, maxBytes), { source: path });
  const settings = Settings.parse(document.text, { source: path });
  return { settings, directory: dirname(resolve(path)) };
}

/** The settings file of the nearest directory upwards that has one; undefined when none has. */
export async function findSettings(from: string): Promise<string | undefined> {
  for (let directory = resolve(from); ; directory = dirname(directory)) {
    const path = join(directory, settingsFileName);
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
    if (directory === dirname(directory)) return undefined;
  }
}

/** The settings for one document: of the issues to ignore, those whose path is the document's. */
export function settingsFor(
  { settings, directory }: LoadedSettings,
  source: string,
  cwd: string,
): RuleSettings {
  const path = relative(directory, resolve(cwd, source)).split(sep).join("/");
  const ignore = (settings.ignore ?? [])
    .filter((issue) => issue.source === undefined || matchesPath(issue.source, path))
    .map(({ rule, pointer }) => ({ rule, ...(pointer !== undefined && { pointer }) }));
  return { severity: settings.severity ?? {}, ignore };
}
