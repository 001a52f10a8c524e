import { compareVersions } from "./target.ts";

/** What becomes of something in a config: it is not started, or started without, or started otherwise. */
export type Effect = "refused" | "ignored" | "different";

/** In which versions that is so: in all, in those before one, or from one on. */
type When = "" | ` <${string}` | ` >=${string}`;

/** The effects of versions: `ignored <1.29, refused >=1.29`. */
export type Support = `${Effect}${When}` | `${Effect}${When}, ${Effect}${When}`;

/** What happens in a version, and which version is the first in which it does not any more. */
export interface Supported {
  readonly effect: Effect;
  readonly until: string | undefined;
}

/** What happens in a version, or in the newest known one; undefined when all goes as it should. */
export function supportIn(support: Support, version: string | undefined): Supported | undefined {
  for (const part of support.split(", ")) {
    const [effect, condition = ""] = part.split(" ") as [Effect, string?];
    const [, sign, limit = ""] = /^(<|>=)(.+)$/.exec(condition) ?? [];
    if (sign === undefined) return { effect, until: undefined };
    const isBefore = version !== undefined && compareVersions(version, limit) < 0;
    if (sign === "<" ? isBefore : !isBefore) {
      return { effect, until: sign === "<" ? limit : undefined };
    }
  }
  return undefined;
}
