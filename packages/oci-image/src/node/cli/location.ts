import { readFileSync } from "node:fs";
import { ImageError } from "../../error.ts";
import { type Image, type ImageIndex, resolve } from "../../image.ts";
import { formatReference, parseReference, referenceIdentifier } from "../../reference.ts";
import type { Registry } from "../../registry/registry.ts";
import type { Source, Target } from "../../store.ts";
import { Layout } from "../layout.ts";
import { type Context, flag, type Option, text, texts } from "./command.ts";

/** Options of all commands that may speak to a registry. */
export const REGISTRY_OPTIONS: Readonly<Record<string, Option>> = {
  "plain-http": { type: "boolean", help: "speak http to the registry, without encryption" },
  ca: {
    type: "string",
    multiple: true,
    placeholder: "FILE",
    help: "trust the authorities in this PEM file too",
  },
  cert: { type: "string", placeholder: "FILE", help: "certificate of this client, in PEM" },
  key: { type: "string", placeholder: "FILE", help: "its key" },
  authfile: {
    type: "string",
    placeholder: "FILE",
    help: "credentials, instead of docker's and podman's own files",
  },
  mirror: {
    type: "string",
    multiple: true,
    placeholder: "HOST",
    help: "ask this host first when reading",
  },
};

export const PLATFORM_OPTION: Readonly<Record<string, Option>> = {
  platform: {
    type: "string",
    placeholder: "OS/ARCH",
    help: "of several images the one for this platform; this machine's by default",
  },
};

/** Where an image is, as the command line says it. */
export type Location =
  | { readonly kind: "registry"; readonly repository: string; readonly identifier: string }
  | { readonly kind: "layout"; readonly path: string; readonly reference: string }
  | { readonly kind: "archive"; readonly path: string; readonly reference: string };

/** Reads `oci:PATH[:REFERENCE]`, `archive:…` (also `oci-archive:`, `docker-archive:`) or a registry's name. */
export function parseLocation(argument: string): Location {
  const [, scheme, rest = ""] =
    /^(oci|archive|oci-archive|docker-archive|docker):(.*)$/s.exec(argument) ?? [];
  if (scheme === "docker" && rest.startsWith("//")) return registryLocation(rest.slice(2));
  if (scheme === undefined || scheme === "docker") return registryLocation(argument);
  // A name may hold colons itself, so the path is what comes before the first one.
  const colon = rest.indexOf(":");
  const path = colon === -1 ? rest : rest.slice(0, colon);
  const reference = colon === -1 ? "" : rest.slice(colon + 1);
  if (path === "")
    throw new ImageError("REFERENCE_INVALID", `read location ${JSON.stringify(argument)}: no path`);
  return { kind: scheme === "oci" ? "layout" : "archive", path, reference };
}

function registryLocation(argument: string): Location {
  const reference = parseReference(argument);
  const repository = formatReference({ ...reference, tag: undefined, digest: undefined });
  return { kind: "registry", repository, identifier: referenceIdentifier(reference) };
}

/** Loaded when it is needed: TLS and all of http are half of what it takes to start. */
async function openRegistry(repository: string, context: Context): Promise<Registry> {
  const [{ Registry }, { nodeHttp }, { dockerConfig }] = await Promise.all([
    import("../../registry/registry.ts"),
    import("../../registry/http.node.ts"),
    import("../docker-config.ts"),
  ]);
  const file = (name: string): string | undefined => {
    const path = text(context, name);
    return path === undefined ? undefined : readFileSync(path, "utf8");
  };
  const ca = texts(context, "ca").map((path) => readFileSync(path, "utf8"));
  const [cert, key] = [file("cert"), file("key")];
  return new Registry(repository, {
    auth: dockerConfig(text(context, "authfile")),
    http: nodeHttp({
      ...(ca.length > 0 ? { ca } : {}),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    }),
    plainHttp: flag(context, "plain-http"),
    mirrors: texts(context, "mirror"),
  });
}

/** Something that was opened, and what it is called there. */
export interface Opened<T> extends AsyncDisposable {
  readonly store: T;
  readonly reference: string;
}

/** Opens a place to read from. */
export async function openSource(argument: string, context: Context): Promise<Opened<Source>> {
  const location = parseLocation(argument);
  switch (location.kind) {
    case "registry":
      return opened(await openRegistry(location.repository, context), location.identifier);
    case "layout":
      return opened(await Layout.open(location.path), location.reference);
    case "archive": {
      const { Archive } = await import("../archive.ts");
      const archive = await Archive.open(location.path, { signal: context.signal });
      return opened(archive, location.reference, () => archive[Symbol.asyncDispose]());
    }
  }
}

/** A place that can be written to; `finish` makes what was written count. */
export interface OpenedTarget extends Opened<Target> {
  finish(): Promise<void>;
}

/** Opens a place to write to, making it where it is not there. */
export async function openTarget(argument: string, context: Context): Promise<OpenedTarget> {
  const location = parseLocation(argument);
  const nothing = async (): Promise<void> => {};
  switch (location.kind) {
    case "registry":
      return {
        ...opened(await openRegistry(location.repository, context), location.identifier),
        finish: nothing,
      };
    case "layout": {
      const layout = await Layout.open(location.path, { create: true });
      return { ...opened(layout, location.reference), finish: () => layout.settle() };
    }
    case "archive": {
      const { ArchiveWriter } = await import("../archive-writer.ts");
      const writer = await ArchiveWriter.create(location.path);
      const close = (): Promise<void> => writer[Symbol.asyncDispose]();
      return {
        ...opened(writer, location.reference, close),
        finish: () => writer.finish({ signal: context.signal }),
      };
    }
  }
}

function opened<T>(
  store: T,
  reference: string,
  close: () => Promise<void> = async () => {},
): Opened<T> {
  return { store, reference, [Symbol.asyncDispose]: close };
}

/** The image an argument names, the platform's where it is an index. */
export async function imageOf(source: Opened<Source>, context: Context): Promise<Image> {
  const found = await documentOf(source, context);
  return found.kind === "image"
    ? found
    : found.image(text(context, "platform"), { signal: context.signal });
}

export function documentOf(
  { store, reference }: Opened<Source>,
  { signal }: Context,
): Promise<Image | ImageIndex> {
  return resolve(store, reference, { signal });
}
