import { createRequire } from "node:module";

// From src and from dist it is as far.
const manifest = createRequire(import.meta.url)("../../package.json") as { version: string }; // as: ours

/** The version of this package. */
export const version: string = manifest.version;
