import { blockBytes, padding, type TarEntry } from "./tar-entry.ts";

const typeFlags = { file: "0", hardlink: "1", symlink: "2", directory: "5", other: "3" } as const;

/** What the octal field of a size can say. */
const maxOctalSize = 0o77777777777;

/** The header of an entry, with a PAX header ahead of it where ustar's fields are too short. */
export function encodeHeader(entry: TarEntry): Uint8Array {
  const name = entry.type === "directory" ? `${entry.name}/` : entry.name;
  const long: Record<string, string> = {};
  if (!fits(name)) long.path = name;
  if (!fits(entry.target)) long.linkpath = entry.target;
  if (entry.size > maxOctalSize) long.size = String(entry.size);
  const header = encodeBlock({ ...entry, name }, typeFlags[entry.type]);
  if (Object.keys(long).length === 0) return header;
  const records = Buffer.from(
    Object.entries(long)
      .map(([key, value]) => record(key, value))
      .join(""),
  );
  const about = { ...entry, name: "PaxHeader", target: "", size: records.length, mode: 0o644 };
  const pad = Buffer.alloc(padding(records.length));
  return Buffer.concat([encodeBlock(about, "x"), records, pad, header]);
}

/** What ends an archive. */
export function encodeEnd(): Uint8Array {
  return Buffer.alloc(2 * blockBytes);
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= 100 && /^[\x20-\x7e]*$/.test(text);
}

function encodeBlock(entry: Omit<TarEntry, "type">, flag: string): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, length: number): void => {
    block.write(
      value
        .toString(8)
        .padStart(length - 1, "0")
        .slice(-(length - 1)),
      at,
      "latin1",
    );
  };
  // Cut short where a PAX header says it whole.
  block.write(entry.name, 0, 100, "utf8");
  octal(entry.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(Math.min(entry.size, maxOctalSize), 124, 12);
  octal(Math.max(0, Math.trunc(entry.mtime)), 136, 12);
  block.fill(" ", 148, 156);
  block.write(flag, 156, "latin1");
  block.write(entry.target, 157, 100, "utf8");
  block.write("ustar\0" + "00", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** A PAX record begins with its own length, which counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  length = bytes + String(length).length;
  return `${length}${rest}`;
}
