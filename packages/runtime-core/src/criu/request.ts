import { encodeProto, type ProtoField } from "./protobuf.ts";

/** How CRIU treats the cgroups of what it dumps and restores (criu(8), --manage-cgroups). */
export const cgroupModes = { ignore: 0, none: 1, props: 2, soft: 3, full: 4, strict: 5 } as const;

/** How CRIU keeps packets off while it dumps (criu(8), --network-lock). */
export const networkLocks = { iptables: 1, nftables: 2, skip: 3 } as const;

const defaultCgroupMode = 6;

/** The numbers that descriptors have for CRIU, in the order in which the step that starts it lists them. */
export function criuDescriptor(index: number): number {
  return 100 + index;
}

/** A mount that CRIU does not make itself: a name for it when dumping, what lies there when restoring. */
export interface ExternalMount {
  readonly mountpoint: string;
  readonly value: string;
}

/** What CRIU is asked to do with a container. */
export interface CriuOptions {
  readonly root: string;
  readonly logFile: string;
  /** Where the images are, by its number for CRIU. */
  readonly images: number;
  /** Where the log goes; beside the images without it. */
  readonly work?: number | undefined;
  readonly pid?: number;
  readonly leaveRunning?: boolean;
  readonly extUnixSk?: boolean;
  readonly tcpEstablished?: boolean;
  readonly tcpClose?: boolean;
  readonly tcpSkipInFlight?: boolean;
  readonly shellJob?: boolean;
  readonly fileLocks?: boolean;
  readonly linkRemap?: boolean;
  readonly pageServer?: { readonly address: string; readonly port: number } | undefined;
  /** Images of an earlier dump, relative to these. */
  readonly parent?: string | undefined;
  readonly autoDedup?: boolean;
  readonly lazyPages?: boolean;
  readonly cgroupMode?: keyof typeof cgroupModes | undefined;
  /** Cgroups that take the place of those that were dumped, by controller. */
  readonly cgroupRoots?: readonly { readonly controller: string; readonly path: string }[];
  readonly freezer?: string | undefined;
  readonly externalMounts: readonly ExternalMount[];
  /** Other things that CRIU leaves alone, in its own notation. */
  readonly external?: readonly string[];
  /** Descriptors that take the place of what was dumped under a name. */
  readonly inherited?: readonly { readonly key: string; readonly fd: number }[];
  readonly joined?: readonly { readonly kind: string; readonly path: string }[];
  readonly emptyNetwork?: boolean;
  readonly configFile?: string | undefined;
  readonly lsmProfile?: string | undefined;
  readonly lsmMountContext?: string | undefined;
  readonly networkLock?: keyof typeof networkLocks | undefined;
}

const kinds = { dump: 1, restore: 2, preDump: 4 } as const;

const newNetwork = 0x40000000;

/** Says everything that happens to it in its log. */
const logLevel = 4;

function messages<T>(
  number: number,
  all: readonly T[] | undefined,
  fields: (one: T) => readonly ProtoField[],
): readonly ProtoField[] {
  return (all ?? []).map((one): ProtoField => [number, encodeProto(fields(one))]);
}

function encodeOptions(kind: keyof typeof kinds, options: CriuOptions): Uint8Array {
  const { pageServer: server, cgroupMode, networkLock } = options;
  const restores = kind === "restore";
  return encodeProto([
    [1, options.images],
    [2, options.pid],
    [3, options.leaveRunning],
    [4, options.extUnixSk],
    [5, options.tcpEstablished],
    [6, restores || undefined],
    [7, options.shellJob],
    [8, options.fileLocks],
    [9, logLevel],
    [10, options.logFile],
    [
      11,
      server &&
        encodeProto([
          [1, server.address],
          [2, server.port],
        ]),
    ],
    [12, true],
    [13, options.root],
    [14, options.parent],
    [15, options.parent !== undefined || undefined],
    [16, options.autoDedup],
    [17, options.work],
    [18, options.linkRemap],
    ...messages(23, options.externalMounts, ({ mountpoint, value }) => [
      [1, mountpoint],
      [2, value],
    ]),
    // What older ones knew in place of the mode.
    [24, true],
    ...messages(25, options.cgroupRoots, ({ controller, path }) => [
      [1, controller],
      [2, path],
    ]),
    [26, restores || undefined],
    ...messages(27, options.inherited, ({ key, fd }) => [
      [1, key],
      [2, fd],
    ]),
    [34, cgroupMode === undefined ? defaultCgroupMode : cgroupModes[cgroupMode]],
    ...(options.external ?? []).map((one): ProtoField => [37, one]),
    [38, options.emptyNetwork ? newNetwork : undefined],
    ...messages(39, options.joined, ({ kind: ns, path }) => [
      [1, ns],
      [2, path],
    ]),
    [44, options.freezer],
    [46, options.tcpSkipInFlight],
    [48, options.lazyPages],
    [50, true],
    [51, options.configFile],
    [52, options.tcpClose],
    [53, options.lsmProfile],
    [63, options.lsmMountContext],
    [64, networkLock && networkLocks[networkLock]],
  ]);
}

/** A request as CRIU reads it (its rpc.proto, criu_req). */
export function encodeRequest(kind: keyof typeof kinds, options: CriuOptions): Uint8Array {
  return encodeProto([
    [1, kinds[kind]],
    [2, encodeOptions(kind, options)],
  ]);
}
