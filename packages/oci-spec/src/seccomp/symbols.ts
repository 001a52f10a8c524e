/** AF_* of linux/socket.h that profiles speak of. */
export const families: Readonly<Record<string, number>> = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  AF_NETLINK: 16,
  AF_PACKET: 17,
  AF_ALG: 38,
  AF_NFC: 39,
  AF_VSOCK: 40,
};

/** CLONE_NEW* of linux/sched.h. */
export const namespaceFlags: Readonly<Record<string, number>> = {
  CLONE_NEWTIME: 0x80,
  CLONE_NEWNS: 0x20000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
};

/** O_* of asm-generic/fcntl.h; Arm, MIPS, PA-RISC and PowerPC number some of them otherwise. */
const openFlags: Readonly<Record<string, number>> = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0x40,
  O_EXCL: 0x80,
  O_TRUNC: 0x200,
  O_APPEND: 0x400,
  O_NONBLOCK: 0x800,
  O_DIRECTORY: 0x10000,
  O_NOFOLLOW: 0x20000,
  O_CLOEXEC: 0x80000,
  O_PATH: 0x200000,
};

const symbols = new Map(
  [families, namespaceFlags, openFlags].flatMap((table) => Object.entries(table)),
);

/**
 * The value of an argument as a person writes it: `3`, `0x7e020000`, `-1`, `AF_ALG`,
 * `O_CREAT|O_WRONLY`. `undefined` for anything else.
 */
export function argumentValue(text: string): bigint | undefined {
  let value = 0n;
  for (const part of text.split("|")) {
    const symbol = symbols.get(part);
    if (symbol !== undefined) value |= BigInt(symbol);
    else if (/^(\d{1,20}|0x[\da-f]{1,16})$/i.test(part)) value |= BigInt(part);
    else if (/^-\d{1,19}$/.test(part)) value |= BigInt.asUintN(64, BigInt(part));
    else return undefined;
  }
  return value < 1n << 64n ? value : undefined;
}
