/**
 * Packs schema/seccomp/syscalls.txt into src/generated/syscalls.ts.
 *
 * The static `ocirun` carries this table as bytecode and loads it at every start, so it must be
 * small and cost nothing until a number is asked for: two printable characters a number, in the
 * order of the names, and no object per system call.
 */
import { readFileSync, writeFileSync } from "node:fs";

const source = new URL("../schema/seccomp/syscalls.txt", import.meta.url);
const target = new URL("../src/generated/syscalls.ts", import.meta.url);

/** What a table's numbers start from, taken off before packing. */
const bases: Record<string, number> = { mips: 4000, mips64: 5000, mips64n32: 6000 };
/** The private calls of 32-bit Arm start here; they are packed from `privatePacked` on. */
const armPrivate = 0xf0000;
const privatePacked = 3000;
const first = 35; // "#": from here to "[" no character needs an escape in a string
const radix = 57;

const [header = "", ...lines] = readFileSync(source, "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
const tables = header.split(/\s+/).slice(1);
const rows = lines.map((line) => line.split(/\s+/));
rows.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));

function pack(table: string, cell: string | undefined): string {
  if (cell === undefined) throw new Error(`a line has no column ${table}`);
  let packed = 0;
  if (cell !== "-") {
    const number = Number(cell) - (bases[table] ?? 0);
    packed = 1 + (number >= armPrivate ? number - armPrivate + privatePacked : number);
  }
  if (!Number.isInteger(packed) || packed < 0 || packed >= radix * radix) {
    throw new Error(`cannot pack ${cell} of ${table}`);
  }
  return String.fromCharCode(first + Math.floor(packed / radix), first + (packed % radix));
}

const packed = tables.map((table, column) => {
  const text = rows.map((row) => pack(table, row[column + 1])).join("");
  return `  ${table}:\n    "${text.replace(/(##)+$/, "")}",\n`;
});

writeFileSync(
  target,
  `// Made by scripts/generate-syscalls.ts from schema/seccomp/syscalls.txt. Do not edit.\n\n` +
    `/** Every name of a Linux system call, sorted, one space between two. */\n` +
    `export const packedNames: string =\n  "${rows.map(([name]) => name).join(" ")}";\n\n` +
    `/** A table of numbers; several architectures may share one. */\n` +
    `export type SyscallTable =\n${tables.map((table) => `  | "${table}"`).join("\n")};\n\n` +
    `/** One text a table: two characters a name of \`packedNames\`, in its order; see syscall.ts. */\n` +
    `export const packedNumbers: Readonly<Record<SyscallTable, string>> = {\n${packed.join("")}};\n`,
);
