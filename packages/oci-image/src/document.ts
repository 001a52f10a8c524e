import type { Digest } from "./digest.ts";

/** Points at bytes by their digest, size and media type (image-spec descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Size of the bytes. */
  readonly size: number;
  /** Other places the bytes can be had from. */
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The bytes themselves, in base64. */
  readonly data?: string;
  /** What an artifact is, where the descriptor points at its manifest. */
  readonly artifactType?: string;
  /** What an image runs on, in an index. */
  readonly platform?: Platform;
}

/** What an image runs on (image-spec image-index.md). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

/** An image or artifact (image-spec manifest.md). */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** What this is about: a signature's image, for example. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One image for each of several platforms, or any collection of manifests (image-spec image-index.md). */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** How to run an image, and what its layers are (image-spec config.md). */
export interface ImageConfig extends Platform {
  /** When the image was made, as RFC 3339. */
  readonly created?: string;
  readonly author?: string;
  readonly config?: ContainerConfig;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly History[];
}

/** Defaults for containers made from an image. */
export interface ContainerConfig {
  /** `user`, `uid`, `user:group`, `uid:gid`, `uid:group` or `user:gid`. */
  readonly User?: string;
  /** Keys of the form `port/protocol` or `port`. */
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  /** `NAME=value`. */
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  /** Directories where data is to be kept outside the image. */
  readonly Volumes?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  /** `SIGTERM`, `TERM` or a number. */
  readonly StopSignal?: string;
  /** Windows only: the arguments are one command line, escaped already. */
  readonly ArgsEscaped?: boolean;
}

/** How one layer, or one change of the config, came about. */
export interface History {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  /** True where no layer belongs to it. */
  readonly empty_layer?: boolean;
}
