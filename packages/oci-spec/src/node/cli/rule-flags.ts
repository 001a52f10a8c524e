import { suggest } from "@ocikit/diagnostics";
import { UsageError } from "@ocikit/diagnostics/node";

const flags = ["error", "warn", "info", "off", "ignore"] as const;

/**
 * Refuses flags that name no rule: a slip of the pen would otherwise quietly change nothing. The settings
 * file is not asked: it may be for other tools too.
 */
export async function refuseUnknownRules(
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const given = flags.flatMap((flag) => namesIn(options[flag]).map((name) => ({ flag, name })));
  if (given.length === 0) return;
  const { catalogue } = await import("../../rules/catalogue.ts");
  const known = new Set(catalogue.map(({ id }) => id));
  for (const id of [...known]) known.add(`${id.slice(0, id.indexOf("/"))}/*`);
  known.add("*");
  for (const { flag, name } of given) {
    if (known.has(name)) continue;
    const meant = suggest(name, known);
    const hint = meant === undefined ? '"oci-spec rules" lists them' : `did you mean ${meant}?`;
    throw new UsageError(`--${flag}: no rule is called ${JSON.stringify(name)}; ${hint}`);
  }
}

function namesIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value
    .flatMap((text) => String(text).replace(/@.*$/, "").split(","))
    .map((name) => name.trim());
}
