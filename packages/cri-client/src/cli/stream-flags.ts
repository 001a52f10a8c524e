import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { TlsOptions } from "../streaming/wire-options.ts";
import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";

/** How a streaming server is reached. */
export interface StreamFlags {
  readonly transport?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
}

export function addStreamFlags(command: Command): Command {
  return command
    .option("-r, --transport <protocol>", "spdy or websocket")
    .option("--tls-ca <file>", "whom to trust, of a streaming server with TLS")
    .option("--tls-cert <file>", "what to show it")
    .option("--tls-key <file>", "the key of that")
    .option("--tls-server-name <name>", "the name it must have, when it is not the one of its URL");
}

/** Reads what the flags say, and the files they name. */
export async function readStreamFlags(
  io: CliIo,
  { transport, tlsCa, tlsCert, tlsKey, tlsServerName }: StreamFlags,
): Promise<{ transport: "spdy" | "websocket" | undefined; tls: TlsOptions | undefined }> {
  if (transport !== undefined && transport !== "spdy" && transport !== "websocket") {
    throw new CliError(`--transport takes spdy or websocket, not ${JSON.stringify(transport)}`, 2);
  }
  const read = async (file: string | undefined): Promise<string | undefined> =>
    file === undefined ? undefined : await readFile(resolve(io.cwd, file), "utf8");
  const [ca, cert, key] = await Promise.all([tlsCa, tlsCert, tlsKey].map(read));
  const none = [ca, cert, key, tlsServerName].every((one) => one === undefined);
  return { transport, tls: none ? undefined : { ca, cert, key, servername: tlsServerName } };
}
