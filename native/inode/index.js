import { createRequire } from "node:module";
import { getSystemErrorName } from "node:util";

const ENODATA = -61;
const EOPNOTSUPP = -95;
const ENOSYS = -38;

/** XATTR_SIZE_MAX and XATTR_LIST_MAX of the kernel: no value and no list is longer. */
const XATTR_MAX = 65_536;

const NANOSECONDS = 1_000_000_000n;

const native = load();
export const available = native !== undefined;

function load() {
  const path = process.env.OCIKIT_INODE ?? new URL("build/inode.node", import.meta.url).pathname;
  try {
    return createRequire(import.meta.url)(path);
  } catch {
    // Not built, or built for another machine: `available` says so and every call throws ENOSYS.
    return undefined;
  }
}

function terminated(text) {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  if (bytes.includes(0)) throw new TypeError("a path or name must not contain a zero byte");
  const out = Buffer.allocUnsafe(bytes.length + 1);
  out.set(bytes);
  out[bytes.length] = 0;
  return out;
}

function failure(syscall, path, errno) {
  const code = errno === ENOSYS ? "ENOSYS" : getSystemErrorName(errno);
  const shown = typeof path === "string" ? path : Buffer.from(path).toString();
  const why = available ? "" : " (the inode module is not built for this machine)";
  return Object.assign(new Error(`${syscall} ${shown}: ${code}${why}`), {
    code,
    errno,
    syscall,
    path: shown,
  });
}

function call(name, syscall, path, ...rest) {
  const answer = native ? native[name](terminated(path), ...rest) : ENOSYS;
  return { answer, fail: () => failure(syscall, path, answer) };
}

function must(name, syscall, path, ...rest) {
  const { answer, fail } = call(name, syscall, path, ...rest);
  if (answer < 0) throw fail();
}

export function setXattr(path, name, value) {
  must("setXattr", "lsetxattr", path, terminated(name), value);
}

export function getXattr(path, name) {
  const into = Buffer.allocUnsafe(XATTR_MAX);
  const { answer, fail } = call("getXattr", "lgetxattr", path, terminated(name), into);
  if (answer === ENODATA || answer === EOPNOTSUPP) return undefined;
  if (answer < 0) throw fail();
  return new Uint8Array(into.subarray(0, answer));
}

export function removeXattr(path, name) {
  must("removeXattr", "lremovexattr", path, terminated(name));
}

export function listXattrs(path) {
  const into = Buffer.allocUnsafe(XATTR_MAX);
  const { answer, fail } = call("listXattrs", "llistxattr", path, into);
  if (answer === EOPNOTSUPP) return [];
  if (answer < 0) throw fail();
  return into
    .toString("utf8", 0, answer)
    .split("\0")
    .filter((name) => name !== "")
    .sort();
}

export function makeNode(path, mode, major, minor) {
  must("makeNode", "mknodat", path, mode, major, minor);
}

export function setTimes(path, accessNs, modifyNs) {
  must("setTimes", "utimensat", path, ...split(accessNs), ...split(modifyNs));
}

/** Whole seconds towards minus infinity and the rest, as the kernel wants times before 1970. */
function split(ns) {
  const rest = ((ns % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  return [Number((ns - rest) / NANOSECONDS), Number(rest)];
}
