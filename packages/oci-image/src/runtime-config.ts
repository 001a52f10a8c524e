import { type Config, defaultConfig, type Mount } from "@ocikit/oci-spec";
import type { ImageConfig } from "./document.ts";
import { ImageError } from "./error.ts";
import { findUser } from "./user.ts";

/** A runtime's config.json. */
export type RuntimeConfig = Config;

export interface RuntimeConfigOptions {
  /** What the container gets that images do not speak of; what `runc spec` writes, by default. */
  readonly base?: RuntimeConfig | undefined;
  /** Text of the image's /etc/passwd, for users by name; none is as good as an empty one. */
  readonly passwd?: string | undefined;
  /** Text of the image's /etc/group. */
  readonly group?: string | undefined;
  /** Arguments in place of the image's `Cmd`. */
  readonly args?: readonly string[] | undefined;
  /** In place of the image's `Entrypoint`; without `args`, its `Cmd` is not used either. */
  readonly entrypoint?: readonly string[] | undefined;
  /** `NAME=value` beside the image's, or instead where the name is the same. */
  readonly env?: readonly string[] | undefined;
  /** In place of the image's `User`. */
  readonly user?: string | undefined;
  /** Whether each of `Volumes` becomes a tmpfs; by default volumes are left to the caller. */
  readonly mountVolumes?: boolean | undefined;
}

/**
 * The config.json for an image's container, by image-spec conversion.md: fields of the image's config
 * go over those of `base`, what has no field there becomes an annotation, labels last.
 *
 * Throws `CONFIG_INVALID` where a user is not known, an environment entry has no name, or nothing
 * says what to run.
 */
export function toRuntimeConfig(
  image: ImageConfig,
  options: RuntimeConfigOptions = {},
): RuntimeConfig {
  // Images expect to be written to, which is not what `runc spec` allows.
  const { base = defaultConfig({ root: { path: "rootfs" } }) } = options;
  const config = image.config ?? {};
  const user = findUser(options.user ?? config.User ?? "", options);
  const args = commandLine(image, options) ?? base.process?.args ?? [];
  return {
    ...base,
    process: {
      ...base.process,
      cwd: config.WorkingDir || "/",
      ...(args.length > 0 ? { args } : {}),
      env: environment(base.process?.env ?? [], config.Env ?? [], options.env ?? [], user.home),
      user: {
        ...base.process?.user,
        uid: user.uid,
        gid: user.gid,
        // The primary group too: without it, a file that refuses the group would let this user in
        // (CVE-2022-2989).
        additionalGids: [...new Set([user.gid, ...user.additionalGids])],
      },
    },
    mounts: [...(base.mounts ?? []), ...(options.mountVolumes === true ? volumes(image) : [])],
    annotations: { ...base.annotations, ...annotationsOf(image), ...config.Labels },
  };
}

function commandLine(
  image: ImageConfig,
  { args, entrypoint }: RuntimeConfigOptions,
): string[] | undefined {
  const { Entrypoint, Cmd } = image.config ?? {};
  const command = args ?? (entrypoint === undefined ? (Cmd ?? []) : []);
  const line = [...(entrypoint ?? Entrypoint ?? []), ...command];
  return line.length > 0 ? line : undefined;
}

/** Later entries win and keep the place of the first of their name. */
function environment(
  base: readonly string[],
  image: readonly string[],
  own: readonly string[],
  home: string | undefined,
): string[] {
  const byName = new Map<string, string>();
  for (const entry of [...base, ...image, ...own]) {
    const equals = entry.indexOf("=");
    if (equals < 1) {
      throw new ImageError(
        "CONFIG_INVALID",
        `convert image config: Env has ${JSON.stringify(entry)}, which is not NAME=value`,
      );
    }
    byName.set(entry.slice(0, equals), entry);
  }
  if (home !== undefined && !byName.has("HOME")) byName.set("HOME", `HOME=${home}`);
  return [...byName.values()];
}

function volumes(image: ImageConfig): Mount[] {
  return Object.keys(image.config?.Volumes ?? {}).map((destination) => ({
    destination,
    type: "tmpfs",
    source: "none",
    options: ["rw", "nosuid", "nodev", "noexec", "relatime"],
  }));
}

function annotationsOf(image: ImageConfig): Record<string, string> {
  const { config = {} } = image;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["os", image.os],
    ["architecture", image.architecture],
    ["variant", image.variant],
    ["os.version", image["os.version"]],
    ["os.features", image["os.features"]?.join(",")],
    ["author", image.author],
    ["created", image.created],
    ["stopSignal", config.StopSignal],
    ["exposedPorts", Object.keys(config.ExposedPorts ?? {}).join(",")],
  ];
  return Object.fromEntries(
    fields.flatMap(([name, value]) => (value ? [[`org.opencontainers.image.${name}`, value]] : [])),
  );
}
