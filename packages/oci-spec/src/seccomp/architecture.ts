import type { SyscallTable } from "../generated/syscalls.ts";
import type { SeccompArch } from "../generated/types.ts";

/** An architecture as a seccomp filter sees it. */
export interface Architecture {
  /** The name in `architectures`, such as `SCMP_ARCH_X86_64`. */
  readonly name: SeccompArch;
  /** What the kernel writes into `seccomp_data.arch`. */
  readonly audit: number;
  /** Width of a system call's arguments; a 32-bit one is compared by its low word only. */
  readonly bits: 32 | 64;
  readonly bigEndian: boolean;
  readonly table: SyscallTable;
  /** Added to every number of the table. */
  readonly base: number;
  /** Whether old programs reach sockets and System V IPC through socketcall(2) and ipc(2). */
  readonly multiplexed: boolean;
  /** Its other names: Go's, the kernel's (`uname -m`) and Node's. */
  readonly aliases: readonly string[];
}

/** Set in a number by a program of the x32 ABI, which shares its `audit` with x86_64. */
export const x32Bit = 0x40000000;

function row(
  name: SeccompArch,
  audit: number,
  bits: 32 | 64,
  table: SyscallTable,
  aliases: string,
  rest: { bigEndian?: true; base?: number; multiplexed?: true } = {},
): Architecture {
  const usual = { bigEndian: false, base: 0, multiplexed: false };
  return { name, audit, bits, table, aliases: aliases.split(" "), ...usual, ...rest };
}

const mux = { multiplexed: true } as const;
const big = { bigEndian: true } as const;

// The values are AUDIT_ARCH_* of linux/audit.h: ELF machine, bit 31 for 64 bits, bit 30 for little
// endian, bit 29 for the n32 ABI of MIPS. x32 is the exception (see x32Bit): libseccomp's token for
// it appears nowhere in the kernel.
/** Every architecture of the specification. */
export const architectures: readonly Architecture[] = [
  row("SCMP_ARCH_X86_64", 0xc000003e, 64, "x86_64", "amd64 x86_64 x64"),
  row("SCMP_ARCH_X86", 0x40000003, 32, "x86", "386 x86 i386 i686 ia32", mux),
  row("SCMP_ARCH_X32", 0xc000003e, 32, "x32", "amd64p32 x32", { base: x32Bit }),
  row("SCMP_ARCH_AARCH64", 0xc00000b7, 64, "aarch64", "arm64 aarch64"),
  row("SCMP_ARCH_ARM", 0x40000028, 32, "arm", "arm armv7l armv6l"),
  row("SCMP_ARCH_RISCV64", 0xc00000f3, 64, "riscv64", "riscv64"),
  row("SCMP_ARCH_LOONGARCH64", 0xc0000102, 64, "loongarch64", "loong64 loongarch64"),
  row("SCMP_ARCH_PPC64LE", 0xc0000015, 64, "ppc64", "ppc64le", mux),
  row("SCMP_ARCH_PPC64", 0x80000015, 64, "ppc64", "ppc64", { ...mux, ...big }),
  row("SCMP_ARCH_PPC", 0x14, 32, "ppc", "ppc", { ...mux, ...big }),
  row("SCMP_ARCH_S390X", 0x80000016, 64, "s390x", "s390x", { ...mux, ...big }),
  row("SCMP_ARCH_S390", 0x16, 32, "s390", "s390", { ...mux, ...big }),
  row("SCMP_ARCH_MIPS", 0x8, 32, "mips", "mips", { base: 4000, ...mux, ...big }),
  row("SCMP_ARCH_MIPSEL", 0x40000008, 32, "mips", "mipsle mipsel", { base: 4000, ...mux }),
  row("SCMP_ARCH_MIPS64", 0x80000008, 64, "mips64", "mips64", { base: 5000, ...big }),
  row("SCMP_ARCH_MIPSEL64", 0xc0000008, 64, "mips64", "mips64le mipsel64", { base: 5000 }),
  row("SCMP_ARCH_MIPS64N32", 0xa0000008, 32, "mips64n32", "mips64p32", { base: 6000, ...big }),
  row("SCMP_ARCH_MIPSEL64N32", 0xe0000008, 32, "mips64n32", "mips64p32le", { base: 6000 }),
  row("SCMP_ARCH_PARISC", 0xf, 32, "parisc", "parisc", big),
  row("SCMP_ARCH_PARISC64", 0x8000000f, 64, "parisc64", "parisc64", big),
  row("SCMP_ARCH_M68K", 0x4, 32, "m68k", "m68k", { ...mux, ...big }),
  row("SCMP_ARCH_SH", 0x4000002a, 32, "sh", "sh sh4", mux),
  row("SCMP_ARCH_SHEB", 0x2a, 32, "sh", "sheb sh4eb", { ...mux, ...big }),
];

/**
 * Finds an architecture by any of its names: `SCMP_ARCH_AARCH64`, Go's `arm64`, `aarch64` of
 * `uname -m`, Node's `arm64`. `undefined` for a name nobody uses.
 */
export function findArchitecture(name: string): Architecture | undefined {
  return architectures.find((known) => known.name === name || known.aliases.includes(name));
}
