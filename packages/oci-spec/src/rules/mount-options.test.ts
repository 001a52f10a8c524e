import { describeShared, readSharedJson } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { fixedBy, issuesOf } from "../../test/issues-of.ts";
import { runtimeOptions, unportable } from "../data/mount-options.ts";
import { overlayFaults } from "./overlay-options.ts";

const tmpfs = (...options: string[]) => ({
  mounts: [{ destination: "/tmp", type: "tmpfs", options }],
});
const bind = (...options: string[]) => ({
  mounts: [{ destination: "/a", source: "/b", options: ["bind", ...options] }],
});

interface OptionFact {
  readonly runc: boolean;
  readonly crun: boolean;
  readonly spec?: string;
}

describeShared("the options that runtimes know", () => {
  const { options } = readSharedJson<{ options: Record<string, OptionFact> }>(
    "facts/runtime/mount-options.json",
  );

  test("are all that the facts have, and some opposites that only complete a pair", () => {
    expect(Object.keys(options).filter((option) => !runtimeOptions.has(option))).toEqual([]);
    const more = [...runtimeOptions].filter((option) => !options[option]);
    expect(more).toEqual([]);
  });

  test("are said to be unknown to runc and crun exactly where the facts say so", () => {
    for (const [option, { runc, crun }] of Object.entries(options)) {
      const lacking = (unportable.get(option) ?? "").split(/, | and /);
      expect([option, lacking.includes("runc"), lacking.includes("crun")]).toEqual([
        option,
        !runc,
        !crun,
      ]);
    }
  });
});

describe("a word that is no option", () => {
  test("is offered the nearest one, of the runtime or of the filesystem", () => {
    expect(issuesOf("mount/option-known", tmpfs("nosiud", "sise=1m"))).toEqual([
      'warning /mounts/0/options/0: tmpfs has no option "nosiud"; did you mean "nosuid"?',
      'warning /mounts/0/options/1: tmpfs has no option "sise=1m"; did you mean "size"?',
    ]);
    expect(issuesOf("mount/bind-data", bind("raed-only"))).toHaveLength(1);
  });

  test("is written as it was meant by a fix where only the case is wrong", () => {
    expect(fixedBy("mount/option-known", tmpfs("RO", "size=1m")).mounts?.[0]?.options).toEqual([
      "ro",
      "size=1m",
    ]);
  });

  test("is taken apart by a fix where several options stand in one text, in their order", () => {
    expect(
      fixedBy("mount/option-known", tmpfs("size=1m,nosuid,nodev", "ro")).mounts?.[0]?.options,
    ).toEqual(["size=1m", "nosuid", "nodev", "ro"]);
    expect(fixedBy("mount/bind-data", bind("ro,nosuid")).mounts?.[0]?.options).toEqual([
      "bind",
      "ro",
      "nosuid",
    ]);
  });

  test("is left to filesystems that are not listed", () => {
    const mounts = [{ destination: "/a", type: "ext4", source: "/dev/sda", options: ["nosiud"] }];
    expect(issuesOf("mount/option-known", { mounts })).toEqual([]);
  });
});

describe("two options", () => {
  test("of which one undoes the other are one too many", () => {
    expect(issuesOf("mount/option-conflict", tmpfs("ro", "nosuid", "rw"))).toEqual([
      "warning /mounts/0/options/0: rw after it undoes ro",
    ]);
    expect(fixedBy("mount/option-conflict", tmpfs("ro", "rw")).mounts?.[0]?.options).toEqual([
      "rw",
    ]);
  });

  test("for the mount and for all below it do not undo each other", () => {
    expect(issuesOf("mount/option-conflict", bind("rro", "rw"))).toEqual([]);
  });

  test("about access times exclude each other", () => {
    expect(issuesOf("mount/option-conflict", tmpfs("relatime", "noatime"))).toEqual([
      "warning /mounts/0/options: noatime and relatime exclude each other",
    ]);
  });

  test("that are the same are no conflict", () => {
    expect(issuesOf("mount/option-conflict", tmpfs("ro", "ro"))).toEqual([]);
    expect(issuesOf("mount/propagation-multi", bind("rslave", "rslave"))).toEqual([]);
  });
});

test("defaults is taken out by a fix, since runc fails with it and it says nothing", () => {
  expect(issuesOf("mount/option-portable", tmpfs("defaults"))).toEqual([
    "warning /mounts/0/options/0: runc hands defaults to the filesystem, which refuses it",
  ]);
  expect(fixedBy("mount/option-portable", tmpfs("defaults", "ro")).mounts?.[0]?.options).toEqual([
    "ro",
  ]);
});

describe("an overlay", () => {
  const messages = (...options: string[]) => overlayFaults(options).map(({ message }) => message);

  test("has lower directories, and with an upper one a workdir that is apart from it", () => {
    expect(messages("lowerdir=/a:/b", "upperdir=/u", "workdir=/w", "ro")).toEqual([]);
    expect(messages("lowerdir=/a,upperdir=/u,workdir=/w")).toEqual([]);
    expect(messages("lowerdir=/a::/data")).toEqual([]);
    expect(messages("upperdir=/u", "workdir=/u/work")).toEqual([
      "an overlay needs a lowerdir",
      "workdir and upperdir are one in the other",
    ]);
  });

  test("has backslashes before commas and colons of paths", () => {
    expect(messages("lowerdir=/a\\:b:/c\\,d")).toEqual([]);
    expect(messages("lowerdir=/a,b")).toEqual(["a comma in a path needs a backslash before it"]);
    expect(messages("lowerdir=/a:")).toEqual(["an empty path in lowerdir"]);
    expect(messages("lowerdir=a")).toEqual(["a relative path starts wherever the runtime is"]);
  });

  test("has options that fit in a page", () => {
    const many = Array.from({ length: 200 }, (_, index) => `/some/long/path/to/layer/${index}`);
    expect(messages(`lowerdir=${many.join(":")}`)).toEqual([
      "mount(2) cuts the options after 4095 bytes",
    ]);
  });
});
