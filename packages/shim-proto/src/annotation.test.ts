import { describeShared, readSharedJson } from "@ocikit/testing";
import { expect, test } from "vitest";
import { groupAnnotations, groupOf, readPodAnnotations } from "./annotation.ts";

test("a container of a pod tells which, in typed values", () => {
  expect(
    readPodAnnotations({
      "io.kubernetes.cri.container-type": "container",
      "io.kubernetes.cri.sandbox-id": "s1",
      "io.kubernetes.cri.sandbox-name": "web",
      "io.kubernetes.cri.sandbox-memory": "1048576",
      "io.kubernetes.cri.sandbox-cpu-quota": "-1",
      "io.kubernetes.cri.sandbox-cpu-shares": "many",
    }),
  ).toEqual({
    containerType: "container",
    sandboxId: "s1",
    sandboxName: "web",
    sandboxMemory: 1048576,
    sandboxCpuQuota: -1,
  });
});

test("a container of no pod has no pod annotations", () => {
  expect(readPodAnnotations({})).toBeUndefined();
  expect(readPodAnnotations({ "io.kubernetes.cri.sandbox-id": "s" })).toBeUndefined();
});

test("containers share a shim by the first group annotation present, or not at all", () => {
  expect(groupOf("c", {})).toBe("c");
  expect(groupOf("c", { "io.kubernetes.cri.sandbox-id": "s" })).toBe("s");
  expect(
    groupOf("c", { "io.kubernetes.cri.sandbox-id": "s", "io.containerd.runc.v2.group": "g" }),
  ).toBe("g");
});

describeShared("group annotations", () => {
  test("are those of the facts, in their order", () => {
    const { socketAddress } = readSharedJson<{ socketAddress: { groupAnnotations: string[] } }>(
      "facts/shim/protocol.json",
    );
    expect(groupAnnotations).toEqual(socketAddress.groupAnnotations);
  });
});
