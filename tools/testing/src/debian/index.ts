export { debianMissing, hostRelease } from "./archive.ts";
export type { Kernel } from "./kernel.ts";
export { debianKernel } from "./kernel.ts";
export type { DebianRootOptions } from "./root.ts";
export { debianRoot } from "./root.ts";
export { debianSource } from "./source.ts";
