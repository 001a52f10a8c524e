/** Where a ttrpc server listens. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  /** A unix socket in the abstract namespace of Linux: no file, its name ends with its network namespace. */
  | { readonly kind: "abstract"; readonly name: string }
  | { readonly kind: "vsock"; readonly cid: number; readonly port: number }
  /** A virtual machine's vsock behind a unix socket of its monitor, which is told the port in words. */
  | { readonly kind: "hvsock"; readonly path: string; readonly port: number };

/** Most bytes a unix socket's path may have: `sun_path` has 108, one of them the end. */
const maxPathBytes = 107;

/**
 * Reads an address: `unix:///run/s`, `unix://@name`, `vsock://CID:PORT`, `hvsock://PATH:PORT`, a path, or an abstract
 * name behind `@` or NUL. Throws a TypeError that says what is wrong.
 */
export function parseAddress(text: string): Address {
  const { scheme, rest } = splitScheme(text);
  switch (scheme) {
    case undefined:
    case "unix":
      return parseUnix(text, rest);
    case "vsock": {
      const { before, port } = splitPort(text, rest);
      if (!/^\d+$/.test(before)) throw invalid(text, "a vsock address is vsock://CID:PORT");
      return { kind: "vsock", cid: Number(before), port };
    }
    case "hvsock": {
      const { before, port } = splitPort(text, rest);
      return { kind: "hvsock", path: checkPath(text, before), port };
    }
    default:
      throw invalid(text, `ttrpc knows no ${scheme}://`);
  }
}

/** The form of an address that other tools read. */
export function formatAddress(address: Address): string {
  switch (address.kind) {
    case "unix":
      return `unix://${address.path}`;
    case "abstract":
      return `unix://@${address.name}`;
    case "vsock":
      return `vsock://${address.cid}:${address.port}`;
    case "hvsock":
      return `hvsock://${address.path}:${address.port}`;
  }
}

function splitScheme(text: string): { readonly scheme: string | undefined; readonly rest: string } {
  const at = text.indexOf("://");
  if (at < 0) return { scheme: undefined, rest: text };
  return { scheme: text.slice(0, at), rest: text.slice(at + 3) };
}

function parseUnix(text: string, rest: string): Address {
  const [first] = rest;
  if (first === "@" || first === "\0") {
    const name = rest.slice(1);
    if (name === "" || Buffer.byteLength(name) > maxPathBytes) {
      throw invalid(text, `an abstract name has 1 to ${maxPathBytes} bytes`);
    }
    return { kind: "abstract", name };
  }
  return { kind: "unix", path: checkPath(text, rest) };
}

function checkPath(text: string, path: string): string {
  if (path === "") throw invalid(text, "it names no path");
  if (path.includes("\0")) throw invalid(text, "a path has no NUL");
  const bytes = Buffer.byteLength(path);
  if (bytes > maxPathBytes) {
    throw invalid(text, `a socket's path has at most ${maxPathBytes} bytes, this one ${bytes}`);
  }
  return path;
}

function splitPort(text: string, rest: string): { readonly before: string; readonly port: number } {
  const at = rest.lastIndexOf(":");
  const digits = rest.slice(at + 1);
  const port = Number(digits);
  if (at < 0 || !/^\d+$/.test(digits) || port > 0xffffffff) {
    throw invalid(text, "it ends in a colon and a port");
  }
  return { before: rest.slice(0, at), port };
}

function invalid(text: string, why: string): TypeError {
  return new TypeError(`address ${JSON.stringify(text)}: ${why}`);
}
