import { ImageError } from "./error.ts";

/** image-spec layer.md, whiteouts: a file of this name prefix takes the rest of its name away below. */
const PREFIX = ".wh.";
/** Takes away everything a lower layer has in the directory it stands in. */
const OPAQUE = ".wh..wh..opq";
/** Other names of this prefix are bookkeeping that AUFS left behind. */
const AUFS_PREFIX = ".wh..wh.";

/** What an entry of this base name does to the layers below; undefined for ordinary entries. */
export type Whiteout =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "opaque" }
  | { readonly kind: "ignored" };

/** Reads the base name of an entry. Throws `ENTRY_REFUSED` where it would take away no name. */
export function whiteoutOf(baseName: string): Whiteout | undefined {
  if (!baseName.startsWith(PREFIX)) return undefined;
  if (baseName === OPAQUE) return { kind: "opaque" };
  if (baseName.startsWith(AUFS_PREFIX)) return { kind: "ignored" };
  const name = baseName.slice(PREFIX.length);
  if (name === "" || name === "." || name === "..") {
    throw new ImageError(
      "ENTRY_REFUSED",
      `read whiteout ${JSON.stringify(baseName)}: it names no file`,
    );
  }
  return { kind: "name", name };
}

/** Base name of the entry that takes `name` away. */
export function whiteoutFor(name: string): string {
  return PREFIX + name;
}

/** Base name of the entry that takes away all that lower layers have in its directory. */
export const opaqueWhiteout: string = OPAQUE;

/** Whether a file of this name cannot be in a layer, since it would be read as a whiteout. */
export function isReservedName(name: string): boolean {
  return name.startsWith(PREFIX);
}
