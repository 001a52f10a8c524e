import { messageToJson } from "../documents/table.ts";
import { namespaceKey } from "../engine/shim.ts";
import { connect } from "../ttrpc/connect.ts";
import type { FoundMethod } from "./methods.ts";
import { readMessage } from "./read-message.ts";

export interface CallCommand {
  readonly address: string;
  readonly method: FoundMethod;
  readonly json: string;
  readonly namespace: string;
  readonly timeoutMs: number | undefined;
  /** Sends what the protocol does not allow, too. */
  readonly force: boolean;
}

type AnyCall = (request: unknown, options: object) => Promise<unknown> | AsyncIterable<unknown>;

/** Calls a method with JSON, and prints each answer as JSON. A client that streams sends one message a line. */
export async function runCall(
  { address, method, json, namespace, timeoutMs, force }: CallCommand,
  print: (line: string) => void,
): Promise<void> {
  const requests = parseRequests(json, method, force);
  await using connection = await connect(address, { metadata: { [namespaceKey]: namespace } });
  const client = connection.client(method.service) as unknown as Record<string, AnyCall>;
  const request = method.definition.requestStream ? requests : requests[0];
  const result = client[method.key]?.(request, { timeoutMs });
  const show = (message: unknown): void => {
    print(JSON.stringify(messageToJson(method.responseType, message), undefined, 2));
  };
  if (typeof result === "object" && Symbol.asyncIterator in result) {
    for await (const message of result) show(message);
  } else show(await result);
}

function parseRequests(
  json: string,
  { definition, requestType }: FoundMethod,
  force: boolean,
): unknown[] {
  const texts = definition.requestStream
    ? json.split("\n").filter((line) => line.trim() !== "")
    : [json.trim() === "" ? "{}" : json];
  return texts.map((text) => readMessage(requestType, text, force));
}
