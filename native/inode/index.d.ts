/** A path, or any name, in the bytes the kernel is to see; a string stands for its UTF-8. */
export type Bytes = string | Uint8Array;

/** What the kernel refused: `code` as in Node's own errors (`EPERM`), `syscall` and `path` beside it. */
export interface InodeError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly path: string;
}

/** Whether the module is built for this machine. Without it every function here throws `ENOSYS`. */
export declare const available: boolean;

/** Sets an extended attribute; a symlink's own, not its target's. */
export declare function setXattr(path: Bytes, name: Bytes, value: Uint8Array): void;

/** Value of an extended attribute, or undefined where the file has none of that name. */
export declare function getXattr(path: Bytes, name: Bytes): Uint8Array | undefined;

/** Takes an extended attribute away; `ENODATA` where there is none of that name. */
export declare function removeXattr(path: Bytes, name: Bytes): void;

/** Names of a file's extended attributes, sorted; empty where the filesystem keeps none. */
export declare function listXattrs(path: Bytes): string[];

/**
 * Makes a device node, fifo or socket. `mode` holds the file type's bits and the permissions, which
 * the process's umask narrows.
 */
export declare function makeNode(path: Bytes, mode: number, major: number, minor: number): void;

/** Sets access and modification time in nanoseconds since 1970; a symlink's own, not its target's. */
export declare function setTimes(path: Bytes, accessNs: bigint, modifyNs: bigint): void;
