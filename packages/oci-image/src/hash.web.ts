import type { Hash } from "./hash.ts";
import { Sha256, Sha512 } from "./sha2.ts";

export type { Hash } from "./hash.ts";

export function startHash(algorithm: "sha256" | "sha512"): Hash {
  return algorithm === "sha256" ? new Sha256() : new Sha512();
}
