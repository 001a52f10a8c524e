import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ocikit/oci-spec";
import { expect } from "vitest";
import type { Body, Outcome } from "./bodies.ts";
import { baseConfig, eventually, makePlace, newId, type Place } from "./bundle.ts";

export const ok: Outcome = { status: 0, stdout: "", stderr: "" };

export type Change = (config: ReturnType<typeof baseConfig>) => Config;

export const writable: Change = (config) => ({
  ...config,
  root: { path: "rootfs", readonly: false },
});

const map = [{ containerID: 0, hostID: 100000, size: 65536 }];

/** Its own user namespace, whose root owns the root file system. */
export const withUsers: Change = (config) => ({
  ...writable(config),
  linux: {
    ...config.linux,
    namespaces: [...(config.linux.namespaces ?? []), { type: "user" }],
    uidMappings: map,
    gidMappings: map,
  },
});

/** The same runtime among mounts that are all shared, as systemd makes those of a host, after a script. */
export function amongShared({ argv, ...body }: Body, script = ":"): Body {
  const share = `mount --make-rshared / && { ${script}; } && exec "$0" "$@"`;
  return { ...body, argv: ["unshare", "--mount", "sh", "-c", share, ...argv] };
}

export interface MountsContainer {
  readonly place: Place;
  readonly id: string;
  readonly rootfs: string;
  /** A directory of the host with a file in it. */
  readonly source: string;
  ocirun(...args: readonly string[]): Promise<Outcome>;
  /** Its mount points, in their order. */
  points(): readonly string[];
  /** What its table of mounts says of one. */
  line(point: string): string | undefined;
  /** Adds or removes what a document says, which is written with two spaces. */
  mounts(
    word: "add" | "remove",
    document: unknown,
    options?: { readonly body?: Body },
  ): Promise<Outcome>;
  /** What a program in it prints. */
  see(...args: readonly string[]): Promise<string>;
  /** Waits until its process has ended. */
  gone(): Promise<unknown>;
}

/** A container that waits; it goes with the test. */
export async function startContainer(
  body: Body,
  change: Change = writable,
  command: readonly string[] = ["run", "-d"],
): Promise<MountsContainer> {
  const place = makePlace(body);
  const id = newId();
  const config = change(baseConfig("sleep", "100"));
  place.configure(config);
  const rootfs = join(place.bundle, "rootfs");
  // Its root makes what is mounted on.
  if (config.linux?.uidMappings) chownSync(rootfs, 100000, 100000);
  const source = join(place.bundle, "data");
  mkdirSync(source);
  writeFileSync(join(source, "file"), "told\n");
  // For the root of a user namespace too, who is nobody here.
  chmodSync(join(source, "file"), 0o666);
  const ocirun = (...args: readonly string[]) => place.ocirun(body, args);
  const pidFile = join(place.folder, "pid");
  expect(await ocirun(...command, "--pid-file", pidFile, id)).toEqual(ok);
  const pid = readFileSync(pidFile, "utf8");
  const lines = (): readonly string[] =>
    readFileSync(`/proc/${pid}/mountinfo`, "utf8").trimEnd().split("\n");
  const pointOf = (line: string): string => line.split(" ")[4] ?? "";
  return {
    place,
    id,
    rootfs,
    source,
    ocirun,
    points: () => lines().map(pointOf),
    line: (point) => lines().findLast((line) => pointOf(line) === point),
    mounts: (word, document, options = {}) => {
      const text = typeof document === "string" ? document : JSON.stringify(document, undefined, 2);
      writeFileSync(join(place.bundle, "mounts.json"), text);
      return place.ocirun(options.body ?? body, ["mounts", word, id, "mounts.json"]);
    },
    see: async (...args) => (await ocirun("exec", id, ...args)).stdout,
    gone: () =>
      eventually(
        async () => JSON.parse((await ocirun("state", id)).stdout).status,
        (status) => status === "stopped",
      ),
  };
}
