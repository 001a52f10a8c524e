import { fileURLToPath } from "node:url";
import {
  CreateTaskRequest,
  Envelope,
  encodeEvent,
  MetricsV1,
  MetricsV2,
  packPayload,
  StateResponse,
  toTimestamp,
} from "@ocikit/shim-proto";
import { parseProtos } from "@ocikit/testing";
import { median, table } from "../src/figures.ts";

interface Codec<Message> {
  readonly $type: string;
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
  fromPartial(part: object): Message;
}

// as: each codec with a part of its own message.
const cases = [
  [
    StateResponse,
    {
      id: "web",
      bundle: "/run/containerd/io.containerd.runtime.v2.task/k8s.io/web",
      pid: 4711,
      status: 2,
      exitedAt: toTimestamp(),
    },
  ],
  [
    CreateTaskRequest,
    {
      id: "web",
      bundle: "/run/web",
      stdout: "/run/out",
      stderr: "/run/err",
      rootfs: [
        {
          type: "overlay",
          source: "overlay",
          options: ["lowerdir=/l2:/l1", "upperdir=/u", "workdir=/w"],
        },
      ],
      options: packPayload("containerd.runc.v1.Options", {
        binaryName: "runc",
        systemdCgroup: true,
      }),
    },
  ],
  [
    Envelope,
    {
      timestamp: toTimestamp(),
      namespace: "k8s.io",
      topic: "/tasks/exit",
      event: encodeEvent("/tasks/exit", {
        containerId: "web",
        id: "web",
        pid: 4711,
        exitStatus: 137,
        exitedAt: toTimestamp(),
      }),
    },
  ],
  [
    MetricsV1,
    {
      cpu: { usage: { total: 123456789n, perCpu: [61728394n, 61728395n] } },
      memory: {
        cache: 4096n,
        rss: 8192n,
        usage: { limit: 9223372036854771712n, usage: 1048576n, max: 2097152n },
      },
      pids: { current: 3n },
    },
  ],
  [
    MetricsV2,
    {
      cpu: { usageUsec: 123456789n, userUsec: 100n, systemUsec: 23n },
      memory: { anon: 4096n, file: 8192n, usage: 1048576n, usageLimit: 18446744073709551615n },
      io: { usage: [{ major: 8n, rbytes: 123n }] },
      pids: { current: 3n },
    },
  ],
] as unknown as readonly (readonly [Codec<unknown>, object])[];

const millis = 40;

/** Microseconds a run takes. */
function time(run: () => void): number {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < millis) {
    for (let turn = 0; turn < 50; turn++) run();
    count += 50;
  }
  return ((performance.now() - start) * 1000) / count;
}

/** Writing and reading messages, ours and protobufjs in turn. What protobufjs runs is the static code it makes at start. */
export function measureCodecs(rounds: number): string {
  const root = parseProtos(
    fileURLToPath(new URL("../../packages/shim-proto/proto", import.meta.url)),
  );
  const rows = cases.map(([codec, part]) => {
    const message = codec.fromPartial(part);
    const bytes = codec.encode(message).finish().slice();
    const oracle = root.lookupType(codec.$type);
    const read = oracle.decode(bytes);
    const runs = [
      () => void codec.encode(message).finish(),
      () => void oracle.encode(read).finish(),
      () => void codec.decode(bytes),
      () => void oracle.decode(bytes),
    ];
    for (const run of runs) time(run);
    const times = runs.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [index, run] of runs.entries()) times[index]?.push(time(run));
    }
    const [encode = [], theirEncode = [], decode = [], theirDecode = []] = times;
    const speed = (theirs: readonly number[], ours: readonly number[]): string =>
      median(theirs.map((value, round) => value / (ours[round] ?? Number.NaN))).toFixed(2);
    return [
      `${codec.$type} (${bytes.length} B)`,
      median(encode).toFixed(2),
      speed(theirEncode, encode),
      median(decode).toFixed(2),
      speed(theirDecode, decode),
    ];
  });
  const head = ["codec", "encode us", "times protobufjs", "decode us", "times protobufjs"];
  return table(head, rows);
}
