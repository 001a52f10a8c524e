import { createHash } from "node:crypto";
import { join, normalize } from "node:path";

/** Where shims have their sockets unless they are told otherwise. */
export const defaultSocketDirectory = "/run/containerd/s";

/**
 * The address of the shim of a group: the same for every `start` of the group, so that later ones find the first. Made
 * as containerd's own shims make theirs.
 */
export function shimSocketAddress(
  grpcAddress: string,
  namespace: string,
  group: string,
  directory: string = defaultSocketDirectory,
): string {
  // Go joins and cleans the three before it hashes them.
  const joined = normalize(join(grpcAddress, namespace, group));
  const hash = createHash("sha256").update(joined).digest("hex");
  return `unix://${directory}/${hash}`;
}
