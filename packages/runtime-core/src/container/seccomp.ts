import type { Config } from "@ocikit/oci-spec";
import { compileSeccomp, type Seccomp } from "@ocikit/oci-spec/seccomp";
import { RuntimeError } from "../error.ts";
import type { SeccompFilter } from "../plan/seccomp.ts";
import { cacheDirectory, type Store } from "./store.ts";

/** A compiled profile, and its name in the cache. */
export interface Filter extends SeccompFilter {
  readonly name: string;
}

/** Goes into the name of every cached program: a compiler that changes leaves its old ones unread. */
const compilerVersion = 1;

/** The kernel takes no longer program: 4096 instructions of 8 bytes. */
const programMaxBytes = 4096 * 8;

function cachePath({ root }: Store, name: string): string {
  return `${root}/${cacheDirectory}/seccomp/${name}`;
}

/** The one call that hands the listener's descriptor over can't wait for the listener itself. */
function refuseUnheard(notified: readonly string[] = [], { syscalls = [] }: Seccomp): void {
  if (!notified.includes("write")) return;
  const rule = syscalls.findIndex(
    ({ action, names }) => action === "SCMP_ACT_NOTIFY" && names.includes("write"),
  );
  throw new RuntimeError(
    "INVALID_CONFIG",
    "SCMP_ACT_NOTIFY cannot be used for the write syscall: it is what hands over the listener",
    { pointer: `/linux/seccomp/syscalls/${rule}/names` },
  );
}

/** SECCOMP_FILTER_FLAG_NEW_LISTENER: the program has calls that it hands over. */
const newListener = 8;

function withListener(filter: Filter, seccomp: Seccomp): Filter {
  const { listenerPath: path, listenerMetadata: metadata } = seccomp;
  if ((filter.flags & newListener) === 0 || !path) return filter;
  return { ...filter, listener: { path, ...(metadata && { metadata }) } };
}

function compile(seccomp: Seccomp, arch: string): { program: Uint8Array; flags: number } {
  const compiled = compileSeccomp(seccomp, {
    arch,
    pointer: "/linux/seccomp",
  });
  if (compiled.ok) {
    refuseUnheard(compiled.listener?.syscalls, seccomp);
    return compiled;
  }
  const fault = compiled.issues.find(({ severity }) => severity === "error");
  throw new RuntimeError(
    "INVALID_CONFIG",
    fault?.message ?? "the seccomp profile gives no program",
    {
      pointer: fault?.pointer ?? "/linux/seccomp",
    },
  );
}

/**
 * Compiles the seccomp profile of a config, or takes the program from the cache: it depends on nothing but
 * the profile's text and the architecture.
 *
 * @throws RuntimeError `INVALID_CONFIG`
 */
export async function loadFilter(store: Store, config: Config): Promise<Filter | undefined> {
  const seccomp = config.linux?.seccomp;
  if (seccomp === undefined || seccomp === null) return undefined;
  const { host } = store;
  const text = JSON.stringify(seccomp, (_, value) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  const hash = await host.sha256(`${compilerVersion}\n${host.machine}\n${text}`);
  const cached = await readFilter(store, hash);
  if (cached) return withListener(cached, seccomp);
  const { program, flags } = compile(seccomp, host.machine);
  // The flags travel as one more instruction in front.
  const bytes = new Uint8Array(8 + program.length);
  new DataView(bytes.buffer).setUint32(0, flags, true);
  bytes.set(program, 8);
  await host.files.makeDirectories(cachePath(store, ""), 0o700);
  await host.files.replace(cachePath(store, hash), bytes, 0o600);
  return withListener({ program, flags, name: hash }, seccomp);
}

/** A program of the cache by its name; undefined when it is not there any more. */
export async function readFilter(store: Store, name: string): Promise<Filter | undefined> {
  const bytes = await store.host.files.readBytes(cachePath(store, name), programMaxBytes + 8);
  if (bytes === undefined || bytes.length <= 8 || bytes.length % 8 !== 0) return undefined;
  const flags = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return { program: bytes.subarray(8), flags, name };
}
