/** A JSON pointer (RFC 6901), or its parts, which need no escaping. */
export type Pointer = string | readonly (string | number)[];

/** The pointer as text: `["annotations", "a/b"]` becomes `/annotations/a~1b`. */
export function toPointer(pointer: Pointer): string {
  if (typeof pointer === "string") return pointer;
  let text = "";
  for (const part of pointer) text += `/${escapePointerPart(part)}`;
  return text;
}

/** One more part at the end of a pointer. */
export function joinPointer(pointer: string, part: string | number): string {
  return `${pointer}/${escapePointerPart(part)}`;
}

/** The parts of a pointer; the empty pointer, which is the whole document, has none. */
export function pointerParts(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer.slice(1).split("/").map(unescapePart);
}

/** The pointer without its last part; undefined for the whole document, which has no parent. */
export function parentPointer(pointer: string): string | undefined {
  const slash = pointer.lastIndexOf("/");
  return slash === -1 ? undefined : pointer.slice(0, slash);
}

export function escapePointerPart(part: string | number): string {
  if (typeof part === "number") return String(part);
  return part.includes("~") || part.includes("/")
    ? part.replaceAll("~", "~0").replaceAll("/", "~1")
    : part;
}

function unescapePart(part: string): string {
  return part.includes("~") ? part.replaceAll("~1", "/").replaceAll("~0", "~") : part;
}
