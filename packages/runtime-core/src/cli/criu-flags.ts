import { cgroupModes, networkLocks } from "../criu/request.ts";
import { RuntimeError } from "../error.ts";
import type { Flag, Flags } from "./flags.ts";

/** Flags that `checkpoint` and `restore` share. */
export const criuFlags: readonly Flag[] = [
  { name: "image-path", kind: "text", doc: "directory of the image files (default: checkpoint)" },
  { name: "work-path", kind: "text", doc: "directory of work files and logs" },
  { name: "tcp-established", kind: "boolean", doc: "allow open TCP connections" },
  { name: "ext-unix-sk", kind: "boolean", doc: "allow external unix sockets" },
  { name: "shell-job", kind: "boolean", doc: "allow shell jobs" },
  { name: "file-locks", kind: "boolean", doc: "handle file locks" },
  {
    name: "manage-cgroups-mode",
    kind: "text",
    doc: "cgroups mode: soft, full, strict or ignore (default: soft)",
  },
  { name: "empty-ns", kind: "list", doc: "make a namespace, but leave its properties alone" },
  { name: "auto-dedup", kind: "boolean", doc: "free pages of images that are there twice" },
  { name: "lazy-pages", kind: "boolean", doc: "bring memory pages when they are needed" },
  {
    name: "network-lock",
    kind: "text",
    doc: "how packets are kept off: iptables, nftables or skip",
  },
];

function oneOf<T extends string>(
  known: Readonly<Record<T, unknown>>,
  given: string | undefined,
  what: string,
): T | undefined {
  if (given === undefined || given === "") return undefined;
  if (Object.hasOwn(known, given)) return given as T;
  throw new RuntimeError("INVALID_ARGUMENT", `invalid ${what} value: ${JSON.stringify(given)}`);
}

function emptyNetwork(flags: Flags): boolean {
  const kinds = flags.list("empty-ns");
  const other = kinds.find((kind) => kind !== "network");
  if (other === undefined) return kinds.length > 0;
  throw new RuntimeError("INVALID_ARGUMENT", `namespace ${JSON.stringify(other)} is not supported`);
}

/** What flags that both have say. */
export interface SharedOptions {
  readonly imagePath: string;
  readonly workPath: string | undefined;
  readonly tcpEstablished: boolean;
  readonly extUnixSk: boolean;
  readonly shellJob: boolean;
  readonly fileLocks: boolean;
  readonly autoDedup: boolean;
  readonly lazyPages: boolean;
  readonly emptyNetwork: boolean;
  readonly cgroupMode: keyof typeof cgroupModes | undefined;
  readonly networkLock: keyof typeof networkLocks | undefined;
}

/**
 * Reads the flags that both have.
 *
 * @throws RuntimeError `INVALID_ARGUMENT`
 */
export function criuOptions(flags: Flags): SharedOptions {
  return {
    imagePath: flags.text("image-path") || "checkpoint",
    workPath: flags.text("work-path") || undefined,
    tcpEstablished: flags.boolean("tcp-established"),
    extUnixSk: flags.boolean("ext-unix-sk"),
    shellJob: flags.boolean("shell-job"),
    fileLocks: flags.boolean("file-locks"),
    autoDedup: flags.boolean("auto-dedup"),
    lazyPages: flags.boolean("lazy-pages"),
    emptyNetwork: emptyNetwork(flags),
    cgroupMode: oneOf(cgroupModes, flags.text("manage-cgroups-mode"), "manage-cgroups-mode"),
    networkLock: oneOf(networkLocks, flags.text("network-lock"), "network-lock"),
  };
}
