import { createHash } from "node:crypto";
import { RpcError } from "@ocikit/rpc";
import type { Image, ImageSpec } from "../gen/runtime/v1/image.ts";

/** An image of the in-memory runtime: what its containers run, and as whom. */
export interface MemoryImage {
  /** What a container runs that states no command. */
  readonly entrypoint?: readonly string[] | undefined;
  /** What it is run with where a container states no arguments. */
  readonly cmd?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly workingDir?: string | undefined;
  /** A number or a name. */
  readonly user?: string | undefined;
  readonly stopSignal?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

export interface StoredImage extends MemoryImage {
  readonly id: string;
  readonly tags: Set<string>;
  readonly digests: Set<string>;
}

/** A reference with everything that a short one leaves out. */
export function normalizeReference(reference: string): string {
  const [, name = "", tag = "", digest = ""] =
    /^([^@]*?)(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/.exec(reference) ?? [];
  if (name === "")
    throw new RpcError("INVALID_ARGUMENT", `image reference ${JSON.stringify(reference)}`);
  const first = name.split("/")[0] ?? "";
  const hasHost = name.includes("/") && (/[.:]/.test(first) || first === "localhost");
  const host = hasHost ? "" : name.includes("/") ? "docker.io/" : "docker.io/library/";
  return `${host}${name}${tag === "" && digest === "" ? ":latest" : tag}${digest}`;
}

/** The images that are here, and those that can be pulled. */
export class ImageStore {
  readonly #registry: ReadonlyMap<string, MemoryImage>;
  readonly #images = new Map<string, StoredImage>();

  constructor(registry: Readonly<Record<string, MemoryImage>>) {
    this.#registry = new Map(
      Object.entries(registry).map(([name, image]) => [normalizeReference(name), image]),
    );
  }

  get all(): readonly StoredImage[] {
    return [...this.#images.values()];
  }

  /** Brings an image here. Throws NOT_FOUND when there is none of that name. */
  pull(reference: string): StoredImage {
    const name = normalizeReference(reference);
    const image = this.#registry.get(name.replace(/@.*/, "")) ?? this.#registry.get(name);
    if (image === undefined) {
      throw new RpcError(
        "NOT_FOUND",
        `failed to pull image ${JSON.stringify(reference)}: not found`,
      );
    }
    const config = JSON.stringify(image);
    const id = `sha256:${createHash("sha256").update(config).digest("hex")}`;
    const stored = this.#images.get(id) ?? { ...image, id, tags: new Set(), digests: new Set() };
    this.#images.set(id, stored);
    const repository = name.replace(/[:@][^/]*$/, "");
    stored.tags.add(name.replace(/@.*/, ""));
    const manifest = createHash("sha256").update(`manifest of ${config}`).digest("hex");
    stored.digests.add(`${repository}@sha256:${manifest}`);
    return stored;
  }

  /** The image of an id, a part of one, a tag or a digest. */
  find(reference: string): StoredImage | undefined {
    if (reference === "") throw new RpcError("INVALID_ARGUMENT", "an empty image reference");
    const hex = reference.replace(/^sha256:/, "");
    if (/^[0-9a-f]{6,64}$/.test(hex)) {
      const byId = this.all.find(({ id }) => id.startsWith(`sha256:${hex}`));
      if (byId !== undefined) return byId;
      if (reference.startsWith("sha256:")) return undefined;
    }
    const name = normalizeReference(reference);
    return this.all.find(({ tags, digests }) => tags.has(name) || digests.has(name));
  }

  /** Forgets an image with all its names. */
  remove(reference: string): void {
    const image = this.find(reference);
    if (image !== undefined) this.#images.delete(image.id);
  }
}

/** An image as CRI shows it. */
export function toImage(
  image: StoredImage,
  annotations: ImageSpec["annotations"] = {},
): Partial<Image> {
  const user = image.user ?? "";
  const number = /^\d+$/.test(user) ? { uid: { value: BigInt(user) } } : {};
  return {
    id: image.id,
    repoTags: [...image.tags],
    repoDigests: [...image.digests],
    size: BigInt(image.sizeBytes ?? 1_000_000),
    username: "uid" in number ? "" : user,
    ...number,
    spec: {
      image: "",
      annotations,
      userSpecifiedImage: "",
      runtimeHandler: "",
      imageRef: "",
    },
  };
}
