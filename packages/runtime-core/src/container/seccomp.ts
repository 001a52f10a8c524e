import type { Config } from "@ocikit/oci-spec";
import { compilerRevision, type Seccomp } from "@ocikit/oci-spec/seccomp";
import type { SeccompFilter } from "../plan/seccomp.ts";
import { cacheDirectory, type Store } from "./store.ts";

/** A compiled profile, and its name in the cache. */
export interface Filter extends SeccompFilter {
  readonly name: string;
}

/** The kernel takes no longer program: 4096 instructions of 8 bytes. */
const programMaxBytes = 4096 * 8;

function cachePath({ root }: Store, name: string): string {
  return `${root}/${cacheDirectory}/seccomp/${name}`;
}

/** SECCOMP_FILTER_FLAG_NEW_LISTENER: the program has calls that it hands over. */
const newListener = 8;

function withListener(filter: Filter, seccomp: Seccomp): Filter {
  const { listenerPath: path, listenerMetadata: metadata } = seccomp;
  if ((filter.flags & newListener) === 0 || !path) return filter;
  return { ...filter, listener: { path, ...(metadata && { metadata }) } };
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
  // A compiler that changes leaves its old programs unread.
  const hash = await host.sha256(`${compilerRevision}\n${host.machine}\n${text}`);
  const cached = await readFilter(store, hash);
  if (cached) return withListener(cached, seccomp);
  const { compileFilter } = await import("../plan/filter.ts");
  const { program, flags } = compileFilter(seccomp, host.machine);
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
