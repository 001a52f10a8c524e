import type { MountAttribute, MountFlag, Propagation } from "../generated/plan-ops.ts";

/** Attributes that a plain option sets, or with `no` or its opposite clears. */
type PlainAttribute = Exclude<MountAttribute, "atime" | "noatime" | "strictatime">;

type Access = "noatime" | "relatime" | "strictatime";

/** What the options of a mount say, told apart by who has to act on it. */
export interface MountOptions {
  readonly bind: boolean;
  /** Whether mounts below the source come along. */
  readonly recursive: boolean;
  readonly remount: boolean;
  /** Attributes asked for, without those of access times. */
  readonly set: readonly PlainAttribute[];
  /** Attributes explicitly not wanted. */
  readonly cleared: readonly PlainAttribute[];
  /** How access times are kept, when an option says so. */
  readonly access: Access | undefined;
  /** Attributes of the whole tree: the options that begin with `r`. */
  readonly setAll: readonly MountAttribute[];
  readonly clearAll: readonly MountAttribute[];
  /** Flags of the file system itself. */
  readonly flags: readonly MountFlag[];
  /** In the order given: a mount can be shared and a slave at once. */
  readonly propagation: readonly Propagation[];
  /** Whether what lies under a tmpfs is copied into it. */
  readonly copyUp: boolean;
  /** Whether ids are mapped, and for the whole tree; by maps of its own, where they stand as crun has them. */
  readonly idmap: { readonly recursive: boolean; readonly maps?: string } | undefined;
  /** Everything else, for the file system. */
  readonly data: readonly string[];
}

const attributeWords: Readonly<Record<string, readonly [PlainAttribute, boolean]>> = {
  ro: ["ro", true],
  rw: ["ro", false],
  nosuid: ["nosuid", true],
  suid: ["nosuid", false],
  nodev: ["nodev", true],
  dev: ["nodev", false],
  noexec: ["noexec", true],
  exec: ["noexec", false],
  nosymfollow: ["nosymfollow", true],
  symfollow: ["nosymfollow", false],
  nodiratime: ["nodiratime", true],
  diratime: ["nodiratime", false],
};

const accessWords: Readonly<Record<string, readonly [Access, boolean]>> = {
  noatime: ["noatime", true],
  atime: ["noatime", false],
  relatime: ["relatime", true],
  norelatime: ["relatime", false],
  strictatime: ["strictatime", true],
  nostrictatime: ["strictatime", false],
};

const flagWords: Readonly<Record<string, readonly [MountFlag, boolean]>> = {
  sync: ["sync", true],
  async: ["sync", false],
  dirsync: ["dirsync", true],
  mand: ["mand", true],
  nomand: ["mand", false],
  silent: ["silent", true],
  loud: ["silent", false],
  iversion: ["iversion", true],
  noiversion: ["iversion", false],
  lazytime: ["lazytime", true],
  nolazytime: ["lazytime", false],
};

const propagationWords: ReadonlySet<string> = new Set<Propagation>([
  "shared",
  "slave",
  "private",
  "unbindable",
  "rshared",
  "rslave",
  "rprivate",
  "runbindable",
]);

/** The kernel takes a change of access times only together with its whole mask. */
const treeWords: Readonly<
  Record<string, readonly [set: readonly MountAttribute[], clear: readonly MountAttribute[]]>
> = {
  rro: [["ro"], []],
  rrw: [[], ["ro"]],
  rnosuid: [["nosuid"], []],
  rsuid: [[], ["nosuid"]],
  rnodev: [["nodev"], []],
  rdev: [[], ["nodev"]],
  rnoexec: [["noexec"], []],
  rexec: [[], ["noexec"]],
  rnodiratime: [["nodiratime"], []],
  rdiratime: [[], ["nodiratime"]],
  rnosymfollow: [["nosymfollow"], []],
  rsymfollow: [[], ["nosymfollow"]],
  rnoatime: [["noatime"], ["atime"]],
  ratime: [[], ["atime"]],
  rrelatime: [[], ["atime"]],
  rnorelatime: [[], ["atime"]],
  rstrictatime: [["strictatime"], ["atime"]],
  rnostrictatime: [[], ["atime"]],
};

/** Every option that is not merely handed to the file system. */
export const mountOptionNames: readonly string[] = [
  ...Object.keys(attributeWords),
  ...Object.keys(accessWords),
  ...Object.keys(flagWords),
  ...Object.keys(treeWords),
  ...propagationWords,
  ...["bind", "defaults", "idmap", "rbind", "remount", "ridmap", "tmpcopyup"],
].sort();

/** A set of things asked for and one of things refused; of two words on one thing the later counts. */
class Choices<T> {
  readonly wanted: T[] = [];
  readonly refused: T[] = [];

  choose(thing: T, wanted: boolean): void {
    const chosen = wanted ? this.wanted : this.refused;
    if (!chosen.includes(thing)) chosen.push(thing);
    drop(wanted ? this.refused : this.wanted, thing);
  }
}

function drop<T>(things: T[], thing: T): void {
  const at = things.indexOf(thing);
  if (at >= 0) things.splice(at, 1);
}

/** Sorts the options of a mount; a later one undoes an earlier opposite one, as mount(8) has it. */
export function readMountOptions(options: readonly string[]): MountOptions {
  const attributes = new Choices<PlainAttribute>();
  const access = new Choices<Access>();
  const flags = new Choices<MountFlag>();
  const tree = new Choices<MountAttribute>();
  const propagation: Propagation[] = [];
  const data: string[] = [];
  let bind = false;
  let recursive = false;
  let remount = false;
  let copyUp = false;
  let idmap: MountOptions["idmap"];
  for (const option of options) {
    const attribute = attributeWords[option];
    const time = accessWords[option];
    const flag = flagWords[option];
    const whole = treeWords[option];
    const mapped = /^(r?)idmap(?:=(.*))?$/s.exec(option);
    if (attribute) attributes.choose(...attribute);
    else if (time) access.choose(...time);
    else if (flag) flags.choose(...flag);
    else if (whole) {
      for (const cleared of whole[1]) tree.choose(cleared, false);
      if (whole[1].includes("atime")) {
        drop(tree.wanted, "noatime");
        drop(tree.wanted, "strictatime");
      }
      for (const wanted of whole[0]) tree.choose(wanted, true);
    } else if (propagationWords.has(option)) propagation.push(option as Propagation);
    else if (option === "bind" || option === "rbind") {
      bind = true;
      recursive ||= option === "rbind";
    } else if (option === "remount") remount = true;
    else if (option === "tmpcopyup") copyUp = true;
    else if (mapped) {
      const [, prefix, maps] = mapped;
      idmap = { recursive: prefix === "r", ...(maps !== undefined && { maps }) };
    } else if (option !== "" && option !== "defaults") data.push(option);
  }
  return {
    bind,
    recursive,
    remount,
    set: attributes.wanted,
    cleared: attributes.refused,
    access: access.wanted.includes("strictatime")
      ? "strictatime"
      : access.wanted.includes("noatime")
        ? "noatime"
        : access.wanted.includes("relatime")
          ? "relatime"
          : undefined,
    setAll: tree.wanted,
    clearAll: tree.refused,
    flags: flags.wanted,
    propagation,
    copyUp,
    idmap,
    data,
  };
}

/** Splits options at commas, as the kernel does with a whole string of them, but not inside quotes. */
export function splitData(data: readonly string[]): readonly string[] {
  if (!data.some((entry) => entry.includes(","))) return data;
  return data.flatMap((entry) => {
    if (!entry.includes(",")) return [entry];
    const parts: string[] = [];
    let part = "";
    let quoted = false;
    for (const character of entry) {
      if (character === '"') quoted = !quoted;
      else if (character === "," && !quoted) {
        parts.push(part);
        part = "";
      } else part += character;
    }
    return [...parts, part].filter((text) => text !== "");
  });
}
