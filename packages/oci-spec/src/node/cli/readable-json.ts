/** JSON for people: what fits on a line stands on one. */
export function readableJson(value: unknown, width: number, indent = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? value.map((element: unknown) => ["", element] as const)
    : Object.entries(value).map(([key, member]) => [`${JSON.stringify(key)}: `, member] as const);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) return open + close;
  const line = entries.map(([key, member]) => key + readableJson(member, Infinity)).join(", ");
  const inline = Array.isArray(value) ? `[${line}]` : `{ ${line} }`;
  if (indent.length + inline.length <= width) return inline;
  const deeper = `${indent}  `;
  const lines = entries.map(([key, member]) => deeper + key + readableJson(member, width, deeper));
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}
