import type { LocalPort } from "../streaming/port-forward.ts";
import { CliError } from "./cli-error.ts";
import type { Declare } from "./declare.ts";
import type { Session } from "./session.ts";
import { addStreamFlags, readStreamFlags, type StreamFlags } from "./stream-flags.ts";

interface PortForwardCommandOptions extends StreamFlags {
  readonly address?: string;
}

export function declarePortForward(declare: Declare): void {
  const command = declare(
    "port-forward <pod> <ports...>",
    "reach ports of a pod: LOCAL:REMOTE, REMOTE or :REMOTE",
    portForwardCommand,
  ).option("--address <address>", "where to listen (default: 127.0.0.1)");
  addStreamFlags(command);
}

/** `cri port-forward POD [LOCAL:]REMOTE...`: until it is interrupted. */
async function portForwardCommand(
  { io, cri, signal }: Session,
  podSandboxId: string,
  ports: readonly string[],
  options: PortForwardCommandOptions,
): Promise<void> {
  const { transport = "spdy", tls } = await readStreamFlags(io, options);
  const pairs = ports.map(parsePair);
  // A pod that is not there is said now, not at the first connection.
  await cri.runtime.podSandboxStatus({ podSandboxId }, { signal });
  await using forward = cri.portForward(podSandboxId, { transport, tls });
  const open: LocalPort[] = [];
  for (const [local, remote] of pairs) {
    const listening = await forward.listen(remote, {
      host: options.address,
      port: local,
      onError: (error) => io.stderr.write(`cri: ${error.message}\n`),
    });
    open.push(listening);
    io.stdout.write(`Forwarding from ${listening.host}:${listening.port} -> ${remote}\n`);
  }
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

function parsePair(text: string): [number, number] {
  const [, local, remote = local] =
    /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text) ?? /^(?:)(:)(\d{1,5})$/.exec(text) ?? [];
  // `:80` is a free port here.
  const pair: [number, number] = [local === ":" ? 0 : Number(local), Number(remote)];
  if (remote === undefined || pair.some((port) => port > 65_535) || pair[1] === 0) {
    throw new CliError(
      `ports are written LOCAL:REMOTE, REMOTE or :REMOTE, not ${JSON.stringify(text)}`,
      2,
    );
  }
  return pair;
}
