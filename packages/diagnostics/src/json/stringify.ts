/**
 * JSON text of a value, as `JSON.stringify` writes it, but with bigints as the plain integers they are.
 * `indent` is the text of one level; without it the text is one line.
 */
export function stringifyJson(value: unknown, indent = ""): string {
  return write(value, indent, "\n") ?? "null";
}

function write(value: unknown, indent: string, newline: string): string | undefined {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null || "toJSON" in value) {
    return JSON.stringify(value);
  }
  const deeper = newline + indent;
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (const element of value) parts.push(write(element, indent, deeper) ?? "null");
    return wrap("[", parts, "]", indent, newline);
  }
  const colon = indent === "" ? ":" : ": ";
  for (const [key, member] of Object.entries(value)) {
    const text = write(member, indent, deeper);
    if (text !== undefined) parts.push(JSON.stringify(key) + colon + text);
  }
  return wrap("{", parts, "}", indent, newline);
}

function wrap(
  open: string,
  parts: readonly string[],
  close: string,
  indent: string,
  newline: string,
): string {
  if (parts.length === 0) return open + close;
  if (indent === "") return open + parts.join(",") + close;
  const deeper = newline + indent;
  return open + deeper + parts.join(`,${deeper}`) + newline + close;
}
