/** What the kernel sees in the first bytes of a program. */
export type Executable =
  | { readonly kind: "script"; readonly interpreter: string }
  | { readonly kind: "elf"; readonly machine: number; readonly interpreter: string | undefined }
  | { readonly kind: "unknown" };

/** Bytes that are read of a program: its headers stand first, and the interpreter's name soon after. */
export const headBytes = 65536;

/** Longest first line of a script that the kernel reads. */
const maxLine = 256;

const ptInterp = 3;

/** Reads the head of a program; bytes that break off give what could be read. */
export function readExecutable(head: Uint8Array): Executable {
  if (head[0] === 0x23 && head[1] === 0x21) return readScript(head);
  const isElf = head[0] === 0x7f && ascii(head.subarray(1, 4)) === "ELF" && head.length >= 52;
  return isElf ? readElf(head) : { kind: "unknown" };
}

function readScript(head: Uint8Array): Executable {
  const [line = ""] = ascii(head.subarray(2, maxLine)).split("\n", 1);
  const [interpreter = ""] = line.trim().split(/[ \t]/, 1);
  return { kind: "script", interpreter };
}

/** `elf(5)`: the same in both sizes and both byte orders, at other places. */
function readElf(head: Uint8Array): Executable {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const wide = head[4] === 2;
  const little = head[5] === 1;
  const half = (at: number): number => (at + 2 <= head.length ? view.getUint16(at, little) : 0);
  const word = (at: number): number => (at + 4 <= head.length ? view.getUint32(at, little) : 0);
  const address = (at: number): number => {
    if (!wide) return word(at);
    return at + 8 <= head.length ? Number(view.getBigUint64(at, little)) : 0;
  };
  const machine = half(18);
  const [table, size, count] = wide
    ? [address(32), half(54), half(56)]
    : [address(28), half(42), half(44)];
  for (let index = 0; index < count; index++) {
    const entry = table + index * size;
    if (entry + 8 > head.length) break;
    if (word(entry) !== ptInterp) continue;
    const start = address(entry + (wide ? 8 : 4));
    const length = address(entry + (wide ? 32 : 16));
    const interpreter = ascii(head.subarray(start, start + length)).replace(/\0.*$/s, "");
    return { kind: "elf", machine, interpreter: interpreter || undefined };
  }
  return { kind: "elf", machine, interpreter: undefined };
}

function ascii(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** The machines of `e_machine`, as `uname -m` and as qemu's entries in binfmt_misc call them. */
const machines: Readonly<Record<number, readonly string[]>> = {
  3: ["i386", "i486", "i586", "i686"],
  8: ["mips", "mips64"],
  20: ["ppc"],
  21: ["ppc64le", "ppc64"],
  22: ["s390x"],
  40: ["arm", "armv6l", "armv7l", "armv8l"],
  62: ["x86_64"],
  183: ["aarch64"],
  243: ["riscv64"],
  258: ["loongarch64"],
};

/** Machines that also run the programs of others, by number. */
const compatible: Readonly<Record<string, readonly number[]>> = {
  x86_64: [3],
  aarch64: [40],
  ppc64: [20],
  mips64: [8],
};

/** The names of the machine that a program is for; empty when the number is not known here. */
export function machineNames(machine: number): readonly string[] {
  return machines[machine] ?? [];
}

/** Whether a machine runs programs of a kind by itself. */
export function runs(host: string, machine: number): boolean {
  return machineNames(machine).includes(host) || (compatible[host]?.includes(machine) ?? false);
}
