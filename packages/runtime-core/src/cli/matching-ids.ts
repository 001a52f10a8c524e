import { listIds, type Store } from "../container/store.ts";
import { RuntimeError } from "../error.ts";
import type { Flag, Flags } from "./flags.ts";

export const regexFlag: Flag = {
  name: "regex",
  short: "r",
  kind: "boolean",
  doc: "the id is a regular expression, for every container that it matches",
};

/**
 * The containers that a command is for: the one that is named, or all that an expression matches anywhere.
 *
 * @throws RuntimeError `INVALID_ARGUMENT`
 */
export async function matchingIds(
  store: Store,
  flags: Flags,
  id: string,
): Promise<readonly string[]> {
  if (!flags.boolean("regex")) return [id];
  let expression: RegExp;
  try {
    expression = new RegExp(id);
  } catch (cause) {
    const message = `invalid regular expression ${JSON.stringify(id)}`;
    throw new RuntimeError("INVALID_ARGUMENT", message, { cause });
  }
  return (await listIds(store)).filter((one) => expression.test(one));
}
