import { describe, expect, test } from "vitest";
import { planSeccomp } from "./seccomp.ts";

const program = new Uint8Array(8);
const state = { ociVersion: "1.3.0", container: '{"id":"one","pid":\u0001}' };

describe("a seccomp filter", () => {
  test("that hands nothing over is loaded by the process alone", () => {
    expect(planSeccomp({ program, flags: 2 }, "start", state)).toEqual({
      host: [],
      process: [{ phase: "start", op: "loadSeccomp", from: "/linux/seccomp", program, flags: 2 }],
    });
  });

  test("with a listener is loaded while the launching side is there to take and send its descriptor", () => {
    const listener = { path: "/run/agent.sock", metadata: 'a"b' };
    const { host, process } = planSeccomp({ program, flags: 8, listener }, "container", state);
    expect(process.map(({ op, phase }) => [op, phase])).toEqual([
      ["loadSeccomp", "container"],
      ["offerListener", "container"],
    ]);
    expect(host.map(({ op }) => op)).toEqual([
      "takeListener",
      "connectSocket",
      "sendDescriptor",
      "pass",
    ]);
    expect(host[2]).toMatchObject({
      text: '{"ociVersion":"1.3.0","fds":["seccompFd"],"pid":\u0001,"metadata":"a\\"b","state":{"id":"one","pid":\u0001}}',
    });
  });
});
