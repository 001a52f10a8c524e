import { RuntimeError } from "../error.ts";

/** A name that is a single path component, as runc takes them. */
const pattern = /^[\w+,\-.]+$/;

/** The longest name of a directory. */
const maxLength = 255;

/** Whether a text can be the name of a directory and nothing else. */
export function isId(text: string): boolean {
  return pattern.test(text) && text !== "." && text !== ".." && text.length <= maxLength;
}

/**
 * Makes sure that a text is a container's id.
 *
 * @throws RuntimeError `INVALID_ID`
 */
export function checkId(id: string): void {
  if (isId(id)) return;
  throw new RuntimeError("INVALID_ID", "invalid container ID format", { containerId: id });
}
