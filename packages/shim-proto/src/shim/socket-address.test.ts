import { describeShared, readSharedJson } from "@ocikit/testing";
import { expect, test } from "vitest";
import { shimSocketAddress } from "./socket-address.ts";

describeShared("a shim's socket", () => {
  test("is where containerd's own shims have theirs", () => {
    const { socketAddress } = readSharedJson<{
      socketAddress: {
        vector: { grpcAddress: string; namespace: string; group: string; address: string };
      };
    }>("facts/shim/protocol.json");
    const { grpcAddress, namespace, group, address } = socketAddress.vector;
    expect(shimSocketAddress(grpcAddress, namespace, group)).toBe(address);
    expect(shimSocketAddress(grpcAddress, namespace, group, "/x")).toBe(
      address.replace("/run/containerd/s", "/x"),
    );
  });
});
