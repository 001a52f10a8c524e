import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RuntimeError } from "../error.ts";
import { readIdmapValue, toHost } from "./idmap-option.ts";

const read = (text: string) => readIdmapValue(text, "/mounts/0");

describe("maps in the option idmap, as crun takes them", () => {
  test("are ranges of users and of groups: first on disk, first on the host, how many", () => {
    expect(read("uids=0-1-10#10-11-10;gids=0-100-10")).toEqual({
      users: [
        { containerID: 0, hostID: 1, size: 10 },
        { containerID: 10, hostID: 11, size: 10 },
      ],
      groups: [{ containerID: 0, hostID: 100, size: 10 }],
    });
  });

  test("are relative to the container's user namespace behind an @", () => {
    const container = {
      users: [
        { containerID: 0, hostID: 0, size: 1 },
        { containerID: 1, hostID: 2, size: 1000 },
      ],
      groups: [{ containerID: 0, hostID: 7, size: 1 }],
    };
    expect(toHost(read("uids=@1-3-10;gids=0-9-1"), container, "/mounts/0")).toEqual({
      users: [{ containerID: 1, hostID: 4, size: 10 }],
      groups: [{ containerID: 0, hostID: 9, size: 1 }],
    });
    const nobody = { users: [], groups: [] };
    for (const other of [nobody, { ...container, groups: [] }]) {
      const relative = read("uids=0-1-1;gids=@0-9-1");
      expect(() => toHost(relative, other, "/mounts/0")).toThrow(/no id 9/);
    }
  });

  test.for([
    "",
    "uids=0-1-1",
    "uids=0-1-1;gids=",
    "uids=0-1-1;gids=0-1",
    "uids=0-1-1;gids=0-1-1-1",
    "uids=0-1-1;gids=0-1--1",
    "uids=0-1-1;gids=0-1-1;uids=0-1-1",
    "uids=0-1-1;gids=0-1-1;pids=1",
    "uids=@@0-1-1;gids=0-1-1",
  ])("that say something else are refused: %j", (text) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", pointer: "/mounts/0/options" }),
    );
  });

  test("are read or refused, whatever they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."uidsg=0-19#@;\0") }), (text) => {
        try {
          read(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RuntimeError);
        }
      }),
    );
  });
});
