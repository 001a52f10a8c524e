import { RuntimeError } from "../error.ts";

/** A name that is a single path component, as runc takes them. */
const pattern = /^[\w+,\-.]+$/;

/** The longest name of a directory. */
const maxLength = 255;

/** Whether a text can be the name of a directory and nothing else. */
export function isId(text: string): boolean {
  return pattern.test(text) && text !== "." && text !== ".." && text.length <= maxLength;
}

/** Enough of an id to know it again. */
function shown(id: string): string {
  return id.length <= 64 ? id : `${id.slice(0, 64)}...`;
}

/**
 * Makes sure that a text is a container's id.
 *
 * @throws RuntimeError `INVALID_ID`
 */
export function checkId(id: string): void {
  if (isId(id)) return;
  const message = `invalid container ID format: ${JSON.stringify(shown(id))} is not 1 to ${maxLength} of A-Z a-z 0-9 _ + , - .`;
  throw new RuntimeError("INVALID_ID", message, { containerId: id });
}
