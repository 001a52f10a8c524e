import { ImageError } from "../error.ts";
import { textOf } from "./byte-text.ts";
import { NO_XATTRS, type TarEntry, type TarEntryType, type TarSegment } from "./entry.ts";
import { BLOCK, decodeHeader, isZeroBlock, type TarHeader } from "./header.ts";
import { concat, parsePax, paxNumber, paxTime, paxXattrs } from "./pax.ts";
import {
  checkedSegments,
  oldSparseMap,
  oldSparseSize,
  paxSparseMap,
  repeatedSparseMap,
  SparseMapReader,
  sparseNumber,
} from "./sparse.ts";

/**
 * Receives an archive. `entry` comes first, then `data` for each piece of a file's bytes with the
 * offset where it belongs (holes of sparse files are passed over), then `end`.
 */
export interface TarHandler {
  entry(entry: TarEntry): void;
  data(bytes: Uint8Array, offset: number): void;
  end(): void;
}

/** Longest extended header or long name: what Go reads at most, so nobody else can use more. */
const MAX_EXTENSION_BYTES = 1 << 20;

/** Header blocks that stand for an entry: their bytes are never data, whatever size they state. */
const TYPES: Readonly<Record<string, TarEntryType>> = {
  "0": "file",
  "\0": "file",
  // "Contiguous" files: POSIX says to treat them as plain ones.
  "7": "file",
  S: "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "character-device",
  "4": "block-device",
  "5": "directory",
  "6": "fifo",
};

/** What headers before an entry said about it. */
interface Extension {
  pax: Map<string, Uint8Array>;
  name: string | undefined;
  link: string | undefined;
}

type State =
  | { readonly in: "header" }
  /** Collecting an extended header or long name. */
  | { readonly in: "extension"; readonly flag: string; readonly parts: Uint8Array[]; left: number }
  /** Collecting blocks that continue an old GNU sparse map. */
  | {
      readonly in: "old-map";
      readonly header: TarHeader;
      readonly segments: TarSegment[];
      readonly realSize: number;
    }
  /** Collecting the map in front of a sparse file's data (pax form 1.0). */
  | {
      readonly in: "new-map";
      readonly header: TarHeader;
      readonly map: SparseMapReader;
      left: number;
      readonly realSize: number;
      readonly name: string | undefined;
    }
  | {
      readonly in: "data";
      left: number;
      at: number;
      readonly segments: readonly TarSegment[] | undefined;
      segment: number;
    }
  | { readonly in: "padding"; left: number }
  /** One zero block was seen; a second one ends the archive. */
  | { readonly in: "trailer" }
  | { readonly in: "ended" };

/**
 * Reads tar archives from bytes pushed into it, in pieces of any size: v7, ustar, pax, GNU and star
 * headers. What it accepts is what Go's archive/tar accepts, since that is what writes and unpacks
 * nearly every layer; where a damaged archive could be read in two ways it is refused.
 */
export class TarParser {
  readonly #handler: TarHandler;
  readonly #block = new Uint8Array(BLOCK);
  #filled = 0;
  #state: State = { in: "header" };
  #extension: Extension = { pax: new Map(), name: undefined, link: undefined };

  constructor(handler: TarHandler) {
    this.#handler = handler;
  }

  /** Takes the next bytes of the archive. Throws `TAR_INVALID` or `LIMIT_EXCEEDED`. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const state = this.#state;
      switch (state.in) {
        case "ended":
          return;
        case "data":
          at += this.#data(state, bytes, at);
          break;
        case "padding": {
          const step = Math.min(state.left, bytes.length - at);
          state.left -= step;
          at += step;
          if (state.left === 0) this.#state = { in: "header" };
          break;
        }
        case "extension": {
          const step = Math.min(state.left, bytes.length - at);
          state.parts.push(bytes.slice(at, at + step));
          state.left -= step;
          at += step;
          if (state.left === 0) this.#endExtension(state.flag, concat(state.parts));
          break;
        }
        default: {
          const step = Math.min(BLOCK - this.#filled, bytes.length - at);
          if (this.#filled === 0 && step === BLOCK) {
            this.#oneBlock(state, bytes.subarray(at, at + BLOCK));
          } else {
            this.#block.set(bytes.subarray(at, at + step), this.#filled);
            this.#filled += step;
            if (this.#filled === BLOCK) {
              this.#filled = 0;
              this.#oneBlock(state, this.#block);
            }
          }
          at += step;
        }
      }
    }
  }

  /** Bytes up to the next header, with their padding, that `skip` passes over. */
  get skippable(): number {
    return this.#state.in === "data" ? this.#state.left + this.#padding : 0;
  }

  /** Goes on as if the rest of the current file had been pushed; its bytes are not handed on. */
  skip(): void {
    if (this.#state.in !== "data") return;
    this.#handler.end();
    this.#state = { in: "header" };
  }

  /** Says that no more comes. Throws `TAR_INVALID` where the archive stops inside an entry. */
  finish(): void {
    const { in: where } = this.#state;
    const between = where === "header" || where === "trailer" || where === "ended";
    const pending = this.#extension.pax.size > 0 || this.#extension.name !== undefined;
    if (!between || this.#filled > 0 || (where === "header" && pending)) {
      throw invalid(`it stops in the middle of ${between ? "a header" : `an entry's ${where}`}`);
    }
    this.#state = { in: "ended" };
  }

  #oneBlock(state: State, block: Uint8Array): void {
    switch (state.in) {
      case "trailer":
        if (!isZeroBlock(block)) throw invalid("a block of zeros is followed by more");
        this.#state = { in: "ended" };
        return;
      case "old-map": {
        const { segments, more } = oldSparseMap(block, "extension");
        state.segments.push(...segments);
        if (!more)
          this.#sparseFile(state.header, state.segments, state.realSize, state.header.size);
        return;
      }
      case "new-map":
        state.left -= BLOCK;
        if (state.left < 0) throw invalid("a sparse file's map is longer than the file");
        state.map.take(block);
        if (state.map.done) {
          const header =
            state.name === undefined ? state.header : { ...state.header, name: state.name };
          this.#sparseFile(header, state.map.segments(), state.realSize, state.left);
        }
        return;
      default:
        if (isZeroBlock(block)) this.#state = { in: "trailer" };
        else this.#header(block);
    }
  }

  #header(block: Uint8Array): void {
    const header = decodeHeader(block);
    const { typeFlag } = header;
    if ("xgLKX".includes(typeFlag)) {
      if (header.size < 0 || header.size > MAX_EXTENSION_BYTES) {
        throw new ImageError(
          "LIMIT_EXCEEDED",
          `read tar: an extended header of ${header.size} bytes; at most ${MAX_EXTENSION_BYTES}`,
        );
      }
      if (header.size === 0) this.#endExtension(typeFlag, new Uint8Array());
      else this.#state = { in: "extension", flag: typeFlag, parts: [], left: header.size };
      return;
    }
    const type = TYPES[typeFlag];
    if (type === undefined) {
      throw invalid(
        `${JSON.stringify(header.name)} is of the unknown type ${JSON.stringify(typeFlag)}`,
      );
    }
    if (typeFlag === "S") {
      const { segments, more } = oldSparseMap(block, "header");
      const realSize = oldSparseSize(block);
      if (more) this.#state = { in: "old-map", header, segments, realSize };
      else this.#sparseFile(header, segments, realSize, header.size);
      return;
    }
    const { pax } = this.#extension;
    if (type === "file" && isSparse(pax)) this.#paxSparse(header);
    else this.#begin(header, type, undefined, undefined);
  }

  #endExtension(flag: string, bytes: Uint8Array): void {
    const padding = (BLOCK - (bytes.length % BLOCK)) % BLOCK;
    this.#state = padding === 0 ? { in: "header" } : { in: "padding", left: padding };
    switch (flag) {
      case "x":
      case "X": {
        const pax = parsePax(bytes);
        if (pax.has("GNU.sparse.numbytes") && !pax.has("GNU.sparse.map")) {
          pax.set("GNU.sparse.map", new TextEncoder().encode(repeatedSparseMap(bytes)));
        }
        this.#extension.pax = pax;
        return;
      }
      case "L":
        this.#extension.name = cut(bytes);
        return;
      case "K":
        this.#extension.link = cut(bytes);
        return;
      default:
      // Global headers: image-spec has no use for them, and every unpacker passes over them.
    }
  }

  #paxSparse(header: TarHeader): void {
    const { pax } = this.#extension;
    const size = pax.get("GNU.sparse.realsize") ?? pax.get("GNU.sparse.size");
    if (size === undefined) throw invalid("a sparse file does not say its size");
    const realSize = sparseNumber("GNU.sparse.realsize", size);
    const dataSize = this.#sizeOf(header);
    const nameRecord = pax.get("GNU.sparse.name");
    const name = nameRecord && textOf(nameRecord);
    const map = pax.get("GNU.sparse.map");
    if (map !== undefined) {
      const named = name === undefined ? header : { ...header, name };
      this.#sparseFile(named, paxSparseMap(textOf(map)), realSize, dataSize);
      return;
    }
    this.#state = {
      in: "new-map",
      header,
      map: new SparseMapReader(),
      left: dataSize,
      realSize,
      name,
    };
  }

  #sparseFile(
    header: TarHeader,
    map: readonly TarSegment[],
    realSize: number,
    dataSize: number,
  ): void {
    const segments = checkedSegments(map, realSize, dataSize);
    // A sparse file's own name stands beside the one that is meant for tars that do not know.
    if (this.#extension.pax.has("GNU.sparse.name")) this.#extension.pax.delete("path");
    this.#begin(header, "file", segments, { realSize, dataSize });
  }

  #sizeOf(header: TarHeader): number {
    const record = this.#extension.pax.get("size");
    const size = record && record.length > 0 ? paxNumber("size", record) : header.size;
    if (size < 0) throw invalid(`${JSON.stringify(header.name)} has a negative size`);
    return size;
  }

  #begin(
    header: TarHeader,
    type: TarEntryType,
    segments: readonly TarSegment[] | undefined,
    sparse: { readonly realSize: number; readonly dataSize: number } | undefined,
  ): void {
    const stated = type === "file" ? this.#sizeOf(header) : 0;
    const dataSize = sparse?.dataSize ?? stated;
    const entry = merge(header, type, this.#extension, sparse?.realSize ?? stated, segments);
    this.#extension = { pax: new Map(), name: undefined, link: undefined };
    this.#handler.entry(entry);
    if (dataSize === 0) {
      this.#handler.end();
      this.#state = { in: "header" };
    } else {
      this.#padding = (BLOCK - (dataSize % BLOCK)) % BLOCK;
      this.#state = { in: "data", left: dataSize, at: 0, segments, segment: 0 };
    }
  }

  #padding = 0;

  #data(state: State & { in: "data" }, bytes: Uint8Array, from: number): number {
    const { segments } = state;
    let step = Math.min(state.left, bytes.length - from);
    if (segments === undefined) {
      this.#handler.data(bytes.subarray(from, from + step), state.at);
    } else {
      const segment = segments[state.segment] as TarSegment;
      step = Math.min(step, segment.length - state.at);
      this.#handler.data(bytes.subarray(from, from + step), segment.offset + state.at);
    }
    state.left -= step;
    state.at += step;
    if (segments !== undefined && state.at === segments[state.segment]?.length) {
      state.segment++;
      state.at = 0;
    }
    if (state.left === 0) {
      this.#handler.end();
      this.#state = this.#padding === 0 ? { in: "header" } : { in: "padding", left: this.#padding };
    }
    return step;
  }
}

function isSparse(pax: ReadonlyMap<string, Uint8Array>): boolean {
  return pax.has("GNU.sparse.major") || pax.has("GNU.sparse.map") || pax.has("GNU.sparse.size");
}

function merge(
  header: TarHeader,
  flagged: TarEntryType,
  { pax, name, link }: Extension,
  size: number,
  segments: readonly TarSegment[] | undefined,
): TarEntry {
  const text = (key: string, otherwise: string): string => {
    const value = pax.get(key);
    if (value === undefined || value.length === 0) return otherwise;
    if (value.includes(0)) throw invalid(`a pax record ${key} holds a zero byte`);
    return textOf(value);
  };
  const number = (key: string, otherwise: number): number => {
    const value = pax.get(key);
    return value === undefined || value.length === 0 ? otherwise : paxNumber(key, value);
  };
  const time = (key: string): bigint | undefined => {
    const value = pax.get(key);
    return value === undefined || value.length === 0 ? undefined : paxTime(key, value);
  };
  const path = name ?? text("path", header.name);
  // Before directories had a type of their own, a slash at the end made one.
  const oldDirectory = header.typeFlag === "\0" && path.endsWith("/");
  const xattrs = pax.size === 0 ? NO_XATTRS : paxXattrs(pax);
  return {
    type: oldDirectory ? "directory" : flagged,
    path,
    linkPath: link ?? text("linkpath", header.linkName),
    size,
    mode: header.mode & 0o7777,
    uid: number("uid", header.uid),
    gid: number("gid", header.gid),
    userName: text("uname", header.userName),
    groupName: text("gname", header.groupName),
    modifiedNs: time("mtime") ?? BigInt(header.modifiedSeconds) * 1_000_000_000n,
    accessedNs: time("atime"),
    deviceMajor: header.deviceMajor,
    deviceMinor: header.deviceMinor,
    xattrs,
    segments,
  };
}

/** A long name ends at its first zero byte. */
function cut(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return textOf(end === -1 ? bytes : bytes.subarray(0, end));
}

function invalid(why: string): ImageError {
  return new ImageError("TAR_INVALID", `read tar: ${why}`);
}
