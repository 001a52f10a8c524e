import { describe, expect, test } from "vitest";
import { parseScopeName, sliceDirectory } from "./unit-name.ts";

describe("the unit of a container", () => {
  test("is named by slice:prefix:name", () => {
    expect(parseScopeName("machine.slice:libpod:abc", "id", false)).toEqual({
      slice: "machine.slice",
      prefix: "libpod",
      name: "abc",
      unit: "libpod-abc.scope",
    });
  });

  test("has no dash when there is no prefix", () => {
    expect(parseScopeName("a.slice::abc", "id", false).unit).toBe("abc.scope");
  });

  test("without a path is named for the container, in the slice of the system or of the user", () => {
    expect(parseScopeName(undefined, "web", false)).toMatchObject({
      slice: "system.slice",
      unit: "ocirun-web.scope",
    });
    expect(parseScopeName("", "web", true).slice).toBe("user.slice");
    expect(parseScopeName(":p:n", "web", true).slice).toBe("user.slice");
  });

  test.for([
    "/a/b",
    "a.slice:b",
    "a.slice:b:c:d",
    "a.slice:b:",
    "a.slice:b:../c",
    "a:b:c",
    "a.slice:b:c d",
  ])("can't be %o", (path) => {
    expect(() => parseScopeName(path, "id", false)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", pointer: "/linux/cgroupsPath" }),
    );
  });

  test("has a name of 255 letters at the most", () => {
    const fits = "n".repeat(255 - ".scope".length);
    expect(parseScopeName(`a.slice::${fits}`, "id", false).unit).toHaveLength(255);
    expect(() => parseScopeName(`a.slice::n${fits}`, "id", false)).toThrow(/not the name/);
  });
});

describe("the directory of a slice", () => {
  test("goes one step down with each dash", () => {
    expect(sliceDirectory("a.slice")).toBe("/a.slice");
    expect(sliceDirectory("kubepods-burstable-pod1.slice")).toBe(
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice",
    );
  });

  test("of the root slice is the root", () => expect(sliceDirectory("-.slice")).toBe(""));

  test.for([
    ".slice",
    "slice",
    "a",
    "-a.slice",
    "a-.slice",
    "a--b.slice",
    "a/b.slice",
    "../a.slice",
  ])("is not to be had of %o", (slice) =>
    expect(() => sliceDirectory(slice)).toThrow(/not the name of a systemd slice/),
  );
});
