import { statSync } from "node:fs";
import { machine } from "node:os";
import { resolve } from "node:path";
import type { Host } from "../host.ts";
import { MachineFiles } from "./machine-files.ts";
import { RootfsFiles } from "./rootfs-files.ts";

/** This machine, for a bundle and the root filesystem that its config names. */
export function thisMachine(bundle: string, rootPath: string | undefined): Host {
  const root = rootPath === undefined ? undefined : resolve(bundle, rootPath);
  return {
    machine: machine(),
    files: new MachineFiles(bundle),
    rootfs: root !== undefined && isDirectory(root) ? new RootfsFiles(root) : undefined,
  };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // The rules about the root filesystem say so.
    return false;
  }
}
