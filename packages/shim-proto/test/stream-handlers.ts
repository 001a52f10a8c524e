import { setTimeout as sleep } from "node:timers/promises";
import { type Context, fromCodeNumber, type Implementation, RpcError } from "@ocikit/rpc";
import type { StreamService } from "./stream-service.ts";

/** What a request asks for in its text: the same words that the Go peer understands. */
async function answer(
  data: Uint8Array,
  { signal, timeoutMs, metadata }: Context,
): Promise<Uint8Array> {
  if (data[0] !== 0x21) return data;
  const text = Buffer.from(data).toString();
  const space = text.indexOf(" ");
  const word = space < 0 ? text : text.slice(0, space);
  const rest = space < 0 ? "" : text.slice(space + 1);
  switch (word) {
    case "!error": {
      const [number, ...message] = rest.split(" ");
      throw new RpcError(fromCodeNumber(Number(number)), message.join(" "));
    }
    case "!plain-error":
      throw new Error(rest);
    case "!sleep":
      await sleep(Number(rest), undefined, { signal });
      return Buffer.from("slept");
    case "!deadline":
      return Buffer.from(timeoutMs === undefined ? "none" : String(Math.floor(timeoutMs)));
    case "!metadata":
      return Buffer.from(String(metadata.get(rest) ?? "none"));
    case "!large":
      return new Uint8Array(Number(rest));
    default:
      return data;
  }
}

/** The handlers the Go client is tried on; the Go peer of @ocikit/testing answers the same. */
export const streamHandlers: Implementation<typeof StreamService> = {
  async echo({ data }, context) {
    return { data: await answer(data, context) };
  },
  async *split({ data }, context) {
    if (data[0] === 0x21) {
      yield { data: Buffer.from("first") };
      await answer(data, context);
      return;
    }
    for (const byte of data) yield { data: Uint8Array.of(byte) };
  },
  async join(messages) {
    const all: Uint8Array[] = [];
    for await (const { data } of messages) all.push(data);
    return { data: Buffer.concat(all) };
  },
  async *reverse(messages) {
    for await (const { data } of messages) yield { data: data.toReversed() };
  },
};
