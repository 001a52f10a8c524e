import { ImageError } from "./error.ts";

/** Who runs a container's process. */
export interface ImageUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string | undefined;
}

/** Texts of an image's user and group files. */
export interface UserFiles {
  readonly passwd?: string | undefined;
  readonly group?: string | undefined;
}

/** Above it is -1, which the kernel takes for "unchanged", so that a process would stay root. */
const MAX_ID = 0xffff_fffe;

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/**
 * Who `user`, `uid`, `user:group`, `uid:gid` and so on is (image-spec config.md, `User`). A number is
 * never looked up as a name, since an image could call a user of uid 0 "1000" (CVE-2016-3697).
 * Supplementary groups are those of /etc/group, unless a group is given.
 *
 * Throws `CONFIG_INVALID`.
 */
export function findUser(spec: string, files: UserFiles = {}): ImageUser {
  const [userPart = "", groupPart, ...more] = spec.split(":");
  if (more.length > 0 || groupPart === "") throw invalid(spec, "not user[:group]");
  const passwd = parsePasswd(files.passwd ?? "");
  const groups = parseGroup(files.group ?? "");
  const number = parseId(userPart === "" ? "0" : userPart, spec);
  const entry =
    number === undefined
      ? passwd.find(({ name }) => name === userPart)
      : passwd.find(({ uid }) => uid === number);
  const uid = number ?? entry?.uid;
  if (uid === undefined)
    throw invalid(spec, `the image's /etc/passwd has no ${JSON.stringify(userPart)}`);
  const home = entry?.home || undefined;
  if (groupPart === undefined) {
    const additionalGids = groups
      .filter(({ members }) => entry !== undefined && members.includes(entry.name))
      .map(({ gid }) => gid);
    return { uid, gid: entry?.gid ?? 0, additionalGids, home };
  }
  const gid = parseId(groupPart, spec) ?? groups.find(({ name }) => name === groupPart)?.gid;
  if (gid === undefined)
    throw invalid(spec, `the image's /etc/group has no ${JSON.stringify(groupPart)}`);
  return { uid, gid, additionalGids: [], home };
}

/** A number, or undefined for a name. Throws where a number is none a process can have. */
function parseId(text: string, spec: string): number | undefined {
  if (!/^-?\d+$/.test(text)) return undefined;
  const id = Number(text);
  if (id < 0 || id > MAX_ID) throw invalid(spec, `${text} is not from 0 to ${MAX_ID}`);
  return id;
}

function parsePasswd(text: string): PasswdEntry[] {
  return lines(text).flatMap((fields) => {
    const [name = "", , uid = "", gid = "", , home = ""] = fields;
    const ids = [fileId(uid), fileId(gid)] as const;
    if (name === "" || ids[0] === undefined || ids[1] === undefined) return [];
    return [{ name, uid: ids[0], gid: ids[1], home }];
  });
}

function parseGroup(text: string): GroupEntry[] {
  return lines(text).flatMap((fields) => {
    const [name = "", , gid = "", members = ""] = fields;
    const id = fileId(gid);
    if (name === "" || id === undefined) return [];
    return [{ name, gid: id, members: members.split(",").filter((member) => member !== "") }];
  });
}

/** Lines that cannot be read are passed over, as by the C library. */
function lines(text: string): string[][] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}

function fileId(text: string): number | undefined {
  const id = Number(text);
  return /^\d+$/.test(text) && id <= MAX_ID ? id : undefined;
}

function invalid(spec: string, why: string): ImageError {
  return new ImageError("CONFIG_INVALID", `find user ${JSON.stringify(spec)}: ${why}`);
}
