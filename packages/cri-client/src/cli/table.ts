/** Rows under a head, in columns as wide as their widest cell, three spaces apart. No space ends a line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((line) => line.map(printable));
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("   ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** Names come from whoever made the thing: what would move the cursor does not reach the terminal. */
function printable(cell: string): string {
  return cell.replaceAll(/\p{Cc}/gu, "?");
}
