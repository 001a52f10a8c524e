import type { CallOptions } from "./call-options.ts";
import {
  describeMethod,
  type MessageInit,
  type MessageOf,
  type MessageType,
  type Method,
  type MethodDefinition,
  type ServiceDefinition,
} from "./definition.ts";
import { RpcError } from "./error.ts";
import type { Transport } from "./transport.ts";

/** A method as its caller sees it: parts of messages go in, complete ones come out. */
export type ClientMethod<Definition extends MethodDefinition> = Definition extends {
  requestStream: false;
}
  ? (
      request: MessageInit<Definition["requestType"]>,
      options?: CallOptions,
    ) => ClientResult<Definition>
  : (
      requests:
        | Iterable<MessageInit<Definition["requestType"]>>
        | AsyncIterable<MessageInit<Definition["requestType"]>>,
      options?: CallOptions,
    ) => ClientResult<Definition>;

/** One response is a promise, many are an iterable whose early end cancels the call. */
export type ClientResult<Definition extends MethodDefinition> = Definition extends {
  responseStream: false;
}
  ? Promise<MessageOf<Definition["responseType"]>>
  : AsyncIterable<MessageOf<Definition["responseType"]>>;

/** Every method of a service, by the name it has in TypeScript. */
export type Client<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service["methods"]]: ClientMethod<Service["methods"][Name]>;
};

const noOptions: CallOptions = {};

/** A client of a service whose calls go through a transport. Holds no resource of its own. */
export function createClient<Service extends ServiceDefinition>(
  service: Service,
  transport: Transport,
): Client<Service> {
  const client: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(service.methods)) {
    client[name] = callerOf(describeMethod(service, definition), transport);
  }
  // Built method by method from the definition the type is mapped from.
  return client as Client<Service>;
}

function callerOf(method: Method, transport: Transport): unknown {
  const { requestType } = method;
  switch (method.kind) {
    case "unary":
      return (request: unknown, options: CallOptions = noOptions) => {
        try {
          return transport.unary(method, requestType.fromPartial(request), options);
        } catch (error) {
          return Promise.reject(error);
        }
      };
    case "serverStreaming":
      return (request: unknown, options: CallOptions = noOptions) =>
        transport.stream(method, [requestType.fromPartial(request)], options);
    case "clientStreaming":
      return (
        requests: Iterable<unknown> | AsyncIterable<unknown>,
        options: CallOptions = noOptions,
      ) => onlyOne(transport.stream(method, complete(requests, requestType), options), method);
    case "bidiStreaming":
      return (
        requests: Iterable<unknown> | AsyncIterable<unknown>,
        options: CallOptions = noOptions,
      ) => transport.stream(method, complete(requests, requestType), options);
  }
}

async function* complete<Message>(
  partial: Iterable<unknown> | AsyncIterable<unknown>,
  type: MessageType<Message>,
): AsyncGenerator<Message, void, undefined> {
  for await (const one of partial) yield type.fromPartial(one);
}

/** The response of a call whose server sends one; fewer or more break the protocol. */
async function onlyOne<Response>(
  responses: AsyncIterable<Response>,
  method: Method,
): Promise<Response> {
  let found: { readonly response: Response } | undefined;
  for await (const response of responses) {
    if (found !== undefined) {
      throw new RpcError("INTERNAL", "the server sent more than one response", {
        method: method.path,
      });
    }
    found = { response };
  }
  if (found === undefined) {
    throw new RpcError("INTERNAL", "the server sent no response", { method: method.path });
  }
  return found.response;
}
