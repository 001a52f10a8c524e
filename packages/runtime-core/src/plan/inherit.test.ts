import type { Process } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import { inherit, inheritanceOf } from "./inherit.ts";

const own: Process = {
  cwd: "/",
  args: ["init"],
  env: ["A=1"],
  user: { uid: 7, gid: 7, umask: 0o27 },
  capabilities: { bounding: ["CAP_KILL"] },
  apparmorProfile: "strict",
  rlimits: [{ type: "RLIMIT_NOFILE", soft: 10, hard: 18446744073709551615n }],
  oomScoreAdj: 321,
  scheduler: { policy: "SCHED_BATCH" },
};

const { capabilities, apparmorProfile, oomScoreAdj, scheduler } = own;

describe("one more process of a container", () => {
  const given: Process = { cwd: "/tmp", args: ["sh"], user: { uid: 0, gid: 0 } };

  test("has of its own document what runs, where, as whom and with what limits, the rest from the container", () => {
    expect(inherit(given, inheritanceOf(own))).toEqual({
      ...{ capabilities, apparmorProfile, oomScoreAdj, scheduler },
      ...given,
      user: { uid: 0, gid: 0, umask: 0o27 },
    });
  });

  test("has what its document says, even if that is no capability and a score of 0", () => {
    const said: Process = {
      ...given,
      user: { uid: 0, gid: 0, umask: 0 },
      capabilities: {},
      oomScoreAdj: 0,
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 1 }],
    };
    const expected = { ...said, apparmorProfile, scheduler };
    expect(inherit(said, inheritanceOf(own))).toEqual(expected);
  });

  test("takes an empty profile for nothing said", () => {
    const process = inherit({ ...given, apparmorProfile: "" }, inheritanceOf(own));
    expect(process).toMatchObject({ apparmorProfile });
  });

  test("is as it is where the container's says nothing", () => {
    expect(inherit(given, inheritanceOf({ cwd: "/" }))).toEqual(given);
  });
});
