import { describe, expect, test } from "vitest";
import { readMountOptions, splitData } from "./mount-options.ts";

const read = (...words: readonly string[]): ReturnType<typeof readMountOptions> =>
  readMountOptions(words);

describe("options of a mount", () => {
  test("are attributes, flags, propagation and, whatever is left, the file system's own", () => {
    expect(read("nosuid", "ro", "sync", "rslave", "mode=755", "size=1k")).toMatchObject({
      set: ["nosuid", "ro"],
      flags: ["sync"],
      propagation: ["rslave"],
      data: ["mode=755", "size=1k"],
    });
  });

  test("undo earlier opposite ones", () => {
    expect(read("ro", "rw")).toMatchObject({ set: [], cleared: ["ro"] });
    expect(read("rw", "ro")).toMatchObject({ set: ["ro"], cleared: [] });
    expect(read("sync", "async").flags).toEqual([]);
    expect(read("noexec", "exec", "noexec").set).toEqual(["noexec"]);
  });

  test("of access times go by rank: strictatime, noatime, relatime", () => {
    expect(read("relatime", "noatime").access).toBe("noatime");
    expect(read("strictatime", "noatime").access).toBe("strictatime");
    expect(read("noatime", "atime").access).toBeUndefined();
    expect(read().access).toBeUndefined();
  });

  test("that begin with r are for the whole tree", () => {
    expect(read("rro", "rnosuid", "rexec")).toMatchObject({
      setAll: ["ro", "nosuid"],
      clearAll: ["noexec"],
    });
    expect(read("rro", "rrw")).toMatchObject({ setAll: [], clearAll: ["ro"] });
    expect(read("rnoatime", "rstrictatime")).toMatchObject({
      setAll: ["strictatime"],
      clearAll: ["atime"],
    });
  });

  test("bind one mount, or with rbind what is below too", () => {
    expect(read("bind")).toMatchObject({ bind: true, recursive: false });
    expect(read("rbind")).toMatchObject({ bind: true, recursive: true });
    expect(read("rbind", "bind").recursive).toBe(true);
  });

  test("map ids of one mount or of a whole tree, by maps of their own or the container's", () => {
    expect(read("idmap").idmap).toEqual({ recursive: false });
    expect(read("ridmap").idmap).toEqual({ recursive: true });
    const maps = "uids=0-1-1;gids=0-1-1";
    expect(read(`ridmap=${maps}`)).toMatchObject({ idmap: { recursive: true, maps }, data: [] });
    expect(read("idmapping").data).toEqual(["idmapping"]);
  });

  test("say nothing when they are empty or defaults", () => {
    expect(read("", "defaults").data).toEqual([]);
  });

  test("for the file system are split at commas outside quotes", () => {
    expect(splitData(["mode=755,size=1k", "uid=0"])).toEqual(["mode=755", "size=1k", "uid=0"]);
    expect(splitData(['context="a:b,c",nodev,'])).toEqual(["context=a:b,c", "nodev"]);
  });
});
