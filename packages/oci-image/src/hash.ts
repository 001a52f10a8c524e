/** A hash under way. The platform's own where it has an incremental one, else sha2.ts. */
export interface Hash {
  update(bytes: Uint8Array): void;
  /** Lower-case hexadecimal; ends the hash. */
  hex(): string;
}
