/** What an entry of an archive makes. */
export type TarEntryType =
  | "file"
  | "directory"
  | "symlink"
  | "hardlink"
  | "character-device"
  | "block-device"
  | "fifo";

/** A stretch of a sparse file that is written; what lies between the stretches is a hole. */
export interface TarSegment {
  readonly offset: number;
  readonly length: number;
}

/** One entry of a tar archive, as its headers say it. Paths are as in the archive, not cleaned. */
export interface TarEntry {
  readonly type: TarEntryType;
  readonly path: string;
  /** Target of a symlink, or path inside the archive of a hardlink's file. */
  readonly linkPath: string;
  /** Size in bytes of the file once unpacked; 0 for all but files. */
  readonly size: number;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly userName: string;
  readonly groupName: string;
  /** Modification time in nanoseconds since 1970. */
  readonly modifiedNs: bigint;
  /** Access time in nanoseconds since 1970, where the archive has it. */
  readonly accessedNs: bigint | undefined;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** Extended attributes by their full name, such as `security.capability`. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** Where a sparse file's data lie, in order and apart; undefined for files without holes. */
  readonly segments: readonly TarSegment[] | undefined;
}

/** What a new entry needs; all but path and type has a default (files are 0644 of 0:0 at time 0). */
export type TarEntryInput = Pick<TarEntry, "path" | "type"> & Partial<TarEntry>;

const DEFAULT_MODE: Readonly<Partial<Record<TarEntryType, number>>> = {
  directory: 0o755,
  symlink: 0o777,
};

/** Fills what is left out. */
export function tarEntry(input: TarEntryInput): TarEntry {
  return {
    linkPath: "",
    size: 0,
    mode: DEFAULT_MODE[input.type] ?? 0o644,
    uid: 0,
    gid: 0,
    userName: "",
    groupName: "",
    modifiedNs: 0n,
    accessedNs: undefined,
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: NO_XATTRS,
    segments: undefined,
    ...input,
  };
}

/** Shared by all entries without attributes: nearly every one, so no map is made for each. */
export const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();
