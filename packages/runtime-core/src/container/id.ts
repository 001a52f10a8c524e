import { RuntimeError } from "../error.ts";

/** A name that is a single path component, as runc takes them. */
const pattern = /^[\w+,\-.]+$/;

/** The longest name of a directory. */
const maxLength = 255;

/**
 * Makes sure that an id can be the name of a directory and nothing else.
 *
 * @throws RuntimeError `INVALID_ID`
 */
export function checkId(id: string): void {
  if (pattern.test(id) && id !== "." && id !== ".." && id.length <= maxLength) return;
  throw new RuntimeError("INVALID_ID", "invalid container ID format", { containerId: id });
}
