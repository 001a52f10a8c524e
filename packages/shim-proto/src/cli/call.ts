import { namespaceKey } from "../engine/shim.ts";
import { messageFromJson, messageToJson } from "../json/message-json.ts";
import { connect } from "../ttrpc/connect.ts";
import type { FoundMethod } from "./methods.ts";
import { UsageError } from "./usage.ts";

export interface CallCommand {
  readonly address: string;
  readonly method: FoundMethod;
  readonly json: string;
  readonly namespace: string;
  readonly timeoutMs: number | undefined;
}

type AnyCall = (request: unknown, options: object) => Promise<unknown> | AsyncIterable<unknown>;

/** Calls a method with JSON, and prints each answer as JSON. A client that streams sends one message a line. */
export async function runCall(
  { address, method, json, namespace, timeoutMs }: CallCommand,
  print: (line: string) => void,
): Promise<void> {
  const requests = parseRequests(json, method);
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

function parseRequests(json: string, { definition, requestType }: FoundMethod): unknown[] {
  const texts = definition.requestStream
    ? json.split("\n").filter((line) => line.trim() !== "")
    : [json.trim() === "" ? "{}" : json];
  return texts.map((text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new UsageError(
        `the request is no JSON: ${error instanceof Error ? error.message : ""}`,
      );
    }
    return messageFromJson(requestType, value);
  });
}
