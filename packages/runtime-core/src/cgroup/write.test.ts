import { describe, expect, test } from "vitest";
import type { Files } from "../host/host.ts";
import type { PlacedSetting } from "./resources.ts";
import { writeSettings } from "./write.ts";

class Refusal extends Error {
  readonly code = "EINVAL";
  readonly syscall = "write";
}

/** Files of a cgroup that take a text when `accepts` does. */
function cgroup(
  content: Record<string, string>,
  accepts: (file: string, text: string, content: Readonly<Record<string, string>>) => boolean,
) {
  const name = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
  const written: string[] = [];
  const files: Pick<Files, "readText" | "status" | "writeExisting"> = {
    readText: (path) => content[name(path)],
    status: (path) =>
      content[name(path)] === undefined
        ? undefined
        : { kind: "file", mode: 0o644, uid: 0, gid: 0, sizeBytes: 0, device: 1, inode: 1 },
    writeExisting: (path, text) => {
      const file = name(path);
      if (content[file] === undefined || !accepts(file, text, content)) {
        throw new Refusal(`write ${file}: EINVAL`);
      }
      content[file] = text;
      written.push(`${file} ${text}`);
    },
  };
  return { files: files as Files, content, written };
}

function settings(texts: Readonly<Record<string, string>>): readonly PlacedSetting[] {
  return Object.entries(texts).map(([file, text]) => ({
    directory: "/cg",
    file,
    texts: [text],
    from: `/linux/resources/${file}`,
  }));
}

/** Memory may not exceed memory with swap. */
function bounded(file: string, text: string, content: Readonly<Record<string, string>>): boolean {
  return file === "memory"
    ? Number(text) <= Number(content.swap)
    : file !== "swap" || Number(text) >= Number(content.memory);
}

describe("limits of a cgroup in use", () => {
  test("that bound each other are written in the order that the ones in force allow", async () => {
    for (const [from, to] of [
      [10, 20],
      [20, 10],
    ]) {
      const made = cgroup({ memory: String(from), swap: String(from) }, bounded);
      await writeSettings(made.files, settings({ memory: String(to), swap: String(to) }));
      expect(made.content).toEqual({ memory: String(to), swap: String(to) });
    }
  });

  test("are all put back when one is refused", async () => {
    const made = cgroup({ memory: "10", swap: "10", "cpu.idle": "0" }, (file, text, content) =>
      file === "cpu.idle" ? text === "0" : bounded(file, text, content),
    );
    const change = settings({ memory: "20", swap: "20", "cpu.idle": "2" });
    await expect(writeSettings(made.files, change)).rejects.toMatchObject({
      code: "LIMIT_REFUSED",
      pointer: "/linux/resources/cpu.idle",
      message: 'linux.resources["cpu.idle"]: set to 2: write cpu.idle: EINVAL',
    });
    expect(made.content).toEqual({ memory: "10", swap: "10", "cpu.idle": "0" });
  });

  test("of a device that had none are lifted again", async () => {
    const made = cgroup({ "io.max": "8:0 rbps=5", bad: "" }, (file) => file !== "bad");
    const change = settings({ "io.max": "8:16 rbps=1", bad: "1" });
    await expect(writeSettings(made.files, change)).rejects.toMatchObject({
      code: "LIMIT_REFUSED",
    });
    expect(made.written).toEqual([
      "io.max 8:16 rbps=1",
      "io.max 8:16 rbps=max wbps=max riops=max wiops=max",
    ]);
  });

  test("are written under the name that the kernel has for them", async () => {
    const made = cgroup({ "blkio.bfq.weight": "100" }, () => true);
    const [setting] = settings({ "blkio.weight": "300" });
    if (setting === undefined) throw new Error("no setting");
    const otherwise = { file: "blkio.bfq.weight", texts: ["300"] };
    await writeSettings(made.files, [{ ...setting, otherwise }]);
    expect(made.written).toEqual(["blkio.bfq.weight 300"]);
  });

  test("that may be missed are, and others are not", async () => {
    const made = cgroup({}, () => true);
    const change = settings({ "memory.swap.max": "0" });
    await writeSettings(
      made.files,
      change.map((one) => ({ ...one, optional: true })),
    );
    await expect(writeSettings(made.files, change)).rejects.toMatchObject({
      code: "LIMIT_REFUSED",
    });
  });

  test("on shares are refused when the kernel keeps another number", async () => {
    const made = cgroup({ "cpu.shares": "1024" }, () => true);
    const files: Files = {
      ...made.files,
      writeExisting: (path, text) =>
        made.files.writeExisting(path, String(Math.max(2, Number(text)))),
    };
    await expect(writeSettings(files, settings({ "cpu.shares": "1" }))).rejects.toThrow(
      "the minimum allowed cpu-shares is 2",
    );
  });
});
