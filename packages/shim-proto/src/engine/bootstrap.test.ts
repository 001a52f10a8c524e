import { RpcError } from "@ocikit/rpc";
import { describeShared, listShared, readSharedJson } from "@ocikit/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Any } from "../gen/google/protobuf/any.ts";
import { BootstrapResult } from "../gen/runtime/bootstrap/v1/bootstrap.ts";
import { packPayload } from "../payload.ts";
import { parseShimCommand } from "../shim/command-line.ts";
import { encodeStartAnswer, readStartInput } from "../shim/start-input.ts";
import {
  encodeStartInput,
  parseStartAnswer,
  type StartParams,
  shimDialects,
  shimEnvironment,
  shimFlags,
} from "./bootstrap.ts";

const params: StartParams = {
  id: "web",
  namespace: "k8s.io",
  grpcAddress: "/run/containerd/containerd.sock",
  ttrpcAddress: "/run/containerd/containerd.sock.ttrpc",
  publishBinary: "/usr/bin/containerd",
  debug: false,
  options: packPayload("containerd.runc.v1.Options", { binaryName: "crun" }),
};
const address = "unix:///run/containerd/s/1";

describe("the answer to start", () => {
  test("is understood as protobuf, as JSON, and as an address alone", () => {
    const whole = { version: 3, address, protocol: "ttrpc" };
    const bytes = BootstrapResult.encode(BootstrapResult.fromPartial(whole)).finish();
    expect(parseStartAnswer(bytes)).toEqual(whole);
    expect(parseStartAnswer(Buffer.from(`${JSON.stringify(whole)}\n`))).toEqual(whole);
    expect(parseStartAnswer(Buffer.from(`${address}\n`))).toEqual({ ...whole, version: 2 });
  });

  test("that is none, or of a version or protocol nobody speaks, is refused", () => {
    const refused: [string | Uint8Array, string][] = [
      ["", "the shim said nothing on start"],
      [Uint8Array.of(0x08, 0xff), "the shim's answer to start can't be read"],
      [
        JSON.stringify({ version: 9, address, protocol: "ttrpc" }),
        "shim version 9 is not supported",
      ],
      [JSON.stringify({ version: 3, address, protocol: "grpc" }), "a shim that speaks grpc"],
    ];
    for (const [answer, message] of refused) {
      expect(() => parseStartAnswer(Buffer.from(answer))).toThrow(message);
    }
  });

  test("of any bytes is understood or refused with an RpcError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          parseStartAnswer(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RpcError);
        }
      }),
    );
  });
});

test.each(shimDialects)("what an engine says in dialect %s is what a shim reads", (dialect) => {
  const command = parseShimCommand(
    [...shimFlags(params), "start"],
    shimEnvironment(dialect, params),
  );
  expect(command).toMatchObject({
    action: "start",
    id: "web",
    namespace: "k8s.io",
    grpcAddress: params.grpcAddress,
    ttrpcAddress: params.ttrpcAddress,
  });
  const input = readStartInput(encodeStartInput(dialect, params), command);
  expect(input.extensions).toEqual([params.options]);
  const answer = parseStartAnswer(encodeStartAnswer(address, input, command));
  expect(answer).toEqual({ version: dialect === "1.6" ? 2 : 3, address, protocol: "ttrpc" });
});

test("a shim tells CRI-O, which means the version it names, no other than 2", () => {
  const crio = { ...params, publishBinary: "/usr/bin/crio" };
  const command = parseShimCommand([...shimFlags(crio), "start"], shimEnvironment("1.7", crio));
  const input = readStartInput(new Uint8Array(0), command);
  expect(parseStartAnswer(encodeStartAnswer(address, input, command)).version).toBe(2);
});

test("a shim refuses parameters for another container than its flags name", () => {
  const command = parseShimCommand([...shimFlags(params), "start"], {});
  const other = encodeStartInput("2.3", { ...params, id: "other" });
  expect(() => readStartInput(other, command)).toThrow("neither options nor parameters");
});

describe("a shim's command line", () => {
  test("is read as Go reads flags", () => {
    const command = parseShimCommand(["--id=web", "-namespace", "n", "-debug", "delete"], {});
    expect(command).toMatchObject({ id: "web", namespace: "n", debug: true, action: "delete" });
    expect(parseShimCommand(["-info"], {}).action).toBe("info");
    expect(parseShimCommand(["-version"], {}).action).toBe("version");
    expect(parseShimCommand(["-id", "a", "-namespace", "n"], {}).action).toBe("serve");
  });

  test("that says what no engine says is refused", () => {
    for (const [args, message] of [
      [["-id"], "-id needs a value"],
      [["-nonsense"], "unknown flag"],
      [["-namespace", "n", "start"], "-id is missing"],
      [["-namespace", "n", "-id", "a", "start", "twice"], "unknown argument"],
    ] as const) {
      expect(() => parseShimCommand(args, {})).toThrow(message);
    }
  });
});

describeShared("what real engines and shims said on start", () => {
  test.each(listShared("vectors/shim"))("of %s is understood at both ends", (file) => {
    const { start, protocol } = readSharedJson<{
      protocol: string;
      start: {
        argv: string[];
        env: Record<string, string>;
        stdin: string;
        stdout: string;
        decoded?: object;
      };
    }>(`vectors/shim/${file}`);
    const command = parseShimCommand(start.argv, start.env);
    const input = readStartInput(Buffer.from(start.stdin, "base64"), command);
    const expected = start.env.MAX_SHIM_VERSION === undefined ? "address" : "json";
    expect(input.answer).toBe(protocol === "bootstrap" ? "protobuf" : expected);
    for (const { typeUrl } of input.extensions) expect(typeUrl).toBe("containerd.runc.v1.Options");
    const answer = parseStartAnswer(toBytes(start.stdout));
    expect(answer.address).toMatch(/^unix:\/\/\/run\/containerd\/s\/[0-9a-f]{64}$/);
  });

  test("Any is what older engines write, byte for byte", () => {
    const { start } = readSharedJson<{ start: { stdin: string } }>("vectors/shim/shim-2.1.9.json");
    if (start.stdin === "") return;
    const options = Any.decode(Buffer.from(start.stdin, "base64"));
    const written = encodeStartInput("2.0", { ...params, options });
    expect(Buffer.from(written).toString("base64")).toBe(start.stdin);
  });
});

/** Recorded answers are base64, but for those that are text. */
function toBytes(recorded: string): Uint8Array {
  const text = /^[A-Za-z0-9+/]+=*$/.test(recorded);
  return text ? Buffer.from(recorded, "base64") : Buffer.from(recorded);
}
