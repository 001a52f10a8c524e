import { type Digest, isDigest } from "./digest.ts";
import { ImageError } from "./error.ts";

/** distribution-spec 1.1.1, pulling manifests: the grammar of a repository's name. */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** A host name, IPv4 or bracketed IPv6 address, with or without a port. */
const LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);

/** Many servers keep host and name in one field of this length. */
const MAX_NAME_LENGTH = 255;

const DOCKER_HUB = "docker.io";
const DOCKER_HUB_OFFICIAL = "library";

/** An image's full name: where it is, which repository, and which of its images. */
export interface Reference {
  /** Host with port, such as `registry.example:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

/**
 * Reads a name as docker does: without a host it is one of Docker Hub's, and one of its official
 * images where it has no slash either. Neither tag nor digest is made up. Throws `REFERENCE_INVALID`.
 */
export function parseReference(text: string): Reference {
  const fail = (why: string): never => {
    const shown = JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text);
    throw new ImageError("REFERENCE_INVALID", `read reference ${shown}: ${why}`);
  };
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest))
    return fail(`${JSON.stringify(digest)} is not a digest`);
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) return fail(`${JSON.stringify(tag)} is not a tag`);
  const { registry, repository } = splitHost(colon === -1 ? named : named.slice(0, colon));
  if (!HOST.test(registry)) return fail(`${JSON.stringify(registry)} is not a host`);
  if (!NAME.test(repository)) {
    return fail(
      NAME.test(repository.toLowerCase())
        ? "a repository's name is in lower case"
        : `${JSON.stringify(repository)} is not a repository's name`,
    );
  }
  if (registry.length + 1 + repository.length > MAX_NAME_LENGTH) {
    return fail(`host and name are longer than ${MAX_NAME_LENGTH} characters`);
  }
  // Such a name is meant as a digest, and pulling an image called so would be a surprise.
  if (/^[a-f0-9]{64}$/.test(named)) return fail("64 hexadecimal digits are a digest, not a name");
  return { registry, repository, tag, digest };
}

/** The first part is a host where no repository could be called so: a dot, a port, capitals, localhost. */
function splitHost(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const registry = isHost ? first : DOCKER_HUB;
  const rest = isHost ? name.slice(slash + 1) : name;
  const hub = registry === DOCKER_HUB || registry === `index.${DOCKER_HUB}`;
  return {
    registry: hub ? DOCKER_HUB : registry,
    repository: hub && !rest.includes("/") ? `${DOCKER_HUB_OFFICIAL}/${rest}` : rest,
  };
}

/** The name in full: `docker.io/library/alpine:3.20`. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
}

/** What to ask the registry for: the digest, else the tag, else `latest`. */
export function referenceIdentifier({ tag, digest }: Reference): string {
  return digest ?? tag ?? "latest";
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}
