import { posix } from "node:path";
import type { CallOptions } from "@ocikit/rpc";
import type { Cri } from "../cri.ts";
import { failed } from "./failed.ts";
import { readTar } from "./tar-reader.ts";

/** Unpacks an archive in a container that has no tar, with its shell: a command for each entry. */
export async function unpackWithShell(
  cri: Cri,
  containerId: string,
  archive: AsyncIterable<Uint8Array>,
  options: CallOptions,
): Promise<void> {
  for await (const { entry, content } of readTar(archive)) {
    const path = `/${entry.name}`;
    const mode = entry.mode.toString(8);
    switch (entry.type) {
      case "directory":
        await run('mkdir -p "$1" && chmod "$2" "$1"', [path, mode]);
        break;
      case "symlink":
        await run('mkdir -p "$3" && ln -sfn "$2" "$1"', [path, entry.target, posix.dirname(path)]);
        break;
      case "file":
        await run(
          'mkdir -p "$3" && rm -f "$1" && cat >"$1" && chmod "$2" "$1"',
          [path, mode, posix.dirname(path)],
          content,
        );
        break;
    }
  }

  async function run(
    script: string,
    args: readonly string[],
    input?: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    await using session = await cri.exec(containerId, ["sh", "-c", script, "sh", ...args], options);
    const writer = session.stdin.getWriter();
    const written = (async () => {
      for await (const chunk of input ?? []) await writer.write(chunk);
      await writer.close();
    })();
    // A script that fails takes no more; how it failed says more than that.
    written.catch(() => {});
    const { code, stderr } = await session.output();
    if (code !== 0) throw failed(`write ${args[0]}`, stderr, code);
    await written;
  }
}
