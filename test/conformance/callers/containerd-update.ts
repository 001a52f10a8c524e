import { connect } from "node:http2";

/**
 * Calls containerd's `Tasks.Update`, for which `ctr` has no command.
 *
 * Rejects with what containerd answers when it refuses. Written out by hand, message and all, so that a caller's test
 * does not rest on the packages of this repository.
 */
export async function updateTask(socket: string, id: string, resources: unknown): Promise<void> {
  const any = Buffer.concat([
    field(1, "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources"),
    field(2, JSON.stringify(resources)),
  ]);
  const message = Buffer.concat([field(1, id), field(2, any)]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);

  const session = connect("http://containerd", { path: socket });
  try {
    await new Promise<void>((resolve, reject) => {
      session.on("error", reject);
      const stream = session.request({
        ":method": "POST",
        ":path": "/containerd.services.tasks.v1.Tasks/Update",
        "content-type": "application/grpc",
        "containerd-namespace": "default",
        te: "trailers",
      });
      const settle = (headers: Record<string, unknown>): void => {
        const status = headers["grpc-status"];
        if (status === undefined) return;
        if (status === "0") resolve();
        else reject(new Error(`update ${id}: ${String(headers["grpc-message"])}`));
      };
      stream.on("response", settle);
      stream.on("trailers", settle);
      stream.on("error", reject);
      stream.setTimeout(20_000, () => reject(new Error(`update ${id}: no answer`)));
      stream.resume();
      stream.end(Buffer.concat([prefix, message]));
    });
  } finally {
    session.destroy();
  }
}

/** A length-delimited field of a protobuf message. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}
