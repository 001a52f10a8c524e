import { createHash } from "node:crypto";
import type { Hash } from "./hash.ts";

export type { Hash } from "./hash.ts";

export function startHash(algorithm: "sha256" | "sha512"): Hash {
  const hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => hash.digest("hex"),
  };
}
