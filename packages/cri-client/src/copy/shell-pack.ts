import { posix } from "node:path";
import type { CallOptions } from "@ocikit/rpc";
import type { Cri } from "../cri.ts";
import { failed } from "./failed.ts";
import { padding, type TarEntry } from "./tar-entry.ts";
import { encodeEnd, encodeHeader } from "./tar-writer.ts";

/** Names what is at a path and below it, a letter and a path each, with NUL behind: all that a shell alone can find out. */
const walk = `walk() {
  if [ -L "$1" ]; then printf 'l%s\\0' "$1"
  elif [ -d "$1" ]; then
    printf 'd%s\\0' "$1"
    for one in "$1"/* "$1"/.[!.]* "$1"/..?*; do
      if [ -e "$one" ] || [ -L "$one" ]; then ( walk "$one" ); fi
    done
  elif [ -f "$1" ]; then if [ -x "$1" ]; then printf 'x%s\\0' "$1"; else printf 'f%s\\0' "$1"; fi
  elif [ -e "$1" ]; then printf 'o%s\\0' "$1"
  else echo "$1: no such file" >&2; exit 1; fi
}
walk "$1"`;

/** Packs a file or folder of a container that has no tar, with its shell and its cat. Links come without their targets. */
export async function* packWithShell(
  cri: Cri,
  containerId: string,
  path: string,
  options: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const listed = await run(["sh", "-c", walk, "sh", path]);
  const above = posix.dirname(path);
  for (const line of listed.toString().split("\0")) {
    if (line === "") continue;
    const kind = line.slice(0, 1);
    const file = line.slice(1);
    const name = posix.relative(above, file);
    const about = { name, size: 0, mtime: Date.now() / 1000, target: "" };
    if (kind === "d") yield encodeHeader({ ...about, type: "directory", mode: 0o755 });
    else if (kind === "l" || kind === "o")
      yield encodeHeader({ ...about, type: "symlink", mode: 0o777, target: "/" });
    else yield* packFile({ ...about, type: "file", mode: kind === "x" ? 0o755 : 0o644 }, file);
  }
  yield encodeEnd();

  async function* packFile(
    about: TarEntry,
    file: string,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const content = await run(["cat", file]);
    yield encodeHeader({ ...about, size: content.length });
    yield content;
    yield Buffer.alloc(padding(content.length));
  }

  async function run(command: readonly string[]): Promise<Buffer> {
    await using session = await cri.exec(containerId, command, { ...options, stdin: false });
    const maxBytes = 1024 ** 3;
    const { stdout, stderr, code } = await session.output({ encoding: "bytes", maxBytes });
    if (code !== 0) throw failed(`read ${path}`, Buffer.from(stderr).toString(), code);
    return Buffer.from(stdout.buffer, stdout.byteOffset, stdout.length);
  }
}
