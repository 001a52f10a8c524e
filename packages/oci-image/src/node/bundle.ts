import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultConfig, rootlessConfig } from "@ocikit/oci-spec";
import type { Image } from "../image.ts";
import { type Operation, startOperation } from "../operation.ts";
import {
  type RuntimeConfig,
  type RuntimeConfigOptions,
  toRuntimeConfig,
} from "../runtime-config.ts";
import { makeDirectoryWhole } from "./aside.ts";
import { Root } from "./beneath.ts";
import { readBeneath } from "./read-beneath.ts";
import { type UnpackEvent, type UnpackOptions, unpackInto } from "./unpack.ts";

/** User files larger than this are no user files; reading on would only cost memory (CVE-2025-4437). */
const MAX_USER_FILE_BYTES = 1024 * 1024;

const ROOTFS = "rootfs";

export interface UnpackBundleOptions
  extends UnpackOptions,
    Partial<Omit<RuntimeConfigOptions, "passwd" | "group">> {}

/** A bundle that was made. */
export interface UnpackedBundle {
  readonly path: string;
  readonly rootfs: string;
  readonly config: RuntimeConfig;
}

/**
 * Makes a runtime bundle of an image: `rootfs` with its layers and `config.json` by its config, the
 * users looked up inside the rootfs. The directory must be missing or empty, appears only when all of
 * it is there, and is its owner's alone, since setuid programs are inside.
 *
 * Rejects as `unpack` does, and with `CONFIG_INVALID`.
 */
export function unpackBundle(
  image: Image,
  directory: string,
  options: UnpackBundleOptions = {},
): Operation<UnpackedBundle, UnpackEvent> {
  return startOperation((report) =>
    makeDirectoryWhole(directory, 0o700, async (aside) => {
      const imageConfig = await image.config(options);
      const rootfs = join(aside, ROOTFS);
      mkdirSync(rootfs);
      await unpackInto(image, rootfs, options, report);
      const base = options.base ?? defaultBase(options);
      const config = toRuntimeConfig(imageConfig, {
        ...options,
        base: { ...base, root: { ...base.root, path: ROOTFS } },
        ...readUserFiles(rootfs),
      });
      writeFileSync(join(aside, "config.json"), `${JSON.stringify(config, undefined, 2)}\n`);
      chmodSync(aside, 0o700);
      return { path: directory, rootfs: join(directory, ROOTFS), config };
    }),
  );
}

/** Images expect to be written to, which is not what `runc spec` allows. */
function defaultBase({ rootless }: UnpackBundleOptions): RuntimeConfig {
  const uid = process.getuid?.() ?? 0;
  const privileged = uid === 0 && rootless !== true;
  const config = privileged
    ? defaultConfig()
    : rootlessConfig({ uid, gid: process.getgid?.() ?? 0 });
  return { ...config, root: { path: ROOTFS } };
}

/** The image's user and group files, read beneath its root. */
export function readUserFiles(rootfs: string): {
  passwd: string | undefined;
  group: string | undefined;
} {
  const root = Root.open(rootfs);
  try {
    return {
      passwd: readBeneath(root, "etc/passwd", MAX_USER_FILE_BYTES),
      group: readBeneath(root, "etc/group", MAX_USER_FILE_BYTES),
    };
  } finally {
    root.close();
  }
}
