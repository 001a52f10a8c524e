import type { Context } from "./context.ts";
import { describeMethod, type Method, type ServiceDefinition } from "./definition.ts";
import { RpcError } from "./error.ts";
import type { Implementation } from "./implementation.ts";

/** A method with the code that answers it. */
export type MethodHandler = UnaryHandler | StreamHandler;

/** Answers one request with one complete response. */
export interface UnaryHandler {
  readonly kind: "unary";
  readonly method: Method;
  handle(request: unknown, context: Context): unknown | Promise<unknown>;
}

/** Answers a call in which at least one side sends many. Requests and responses are complete messages. */
export interface StreamHandler {
  readonly kind: "stream";
  readonly method: Method;
  /** `requests` holds exactly one message when the method's client sends one. */
  handle(requests: AsyncIterable<unknown>, context: Context): AsyncIterable<unknown>;
}

/** Stands between the transport and a handler: sees the requests, the responses and the errors of every method. */
export type HandlerInterceptor = (handler: MethodHandler) => MethodHandler;

/** What a server answers: services with their handlers. Transports look methods up in it by their names on the wire. */
export class Router {
  readonly #services = new Map<string, Map<string, MethodHandler>>();
  readonly #interceptors: readonly HandlerInterceptor[];

  /** Interceptors wrap every handler, the first one outermost. */
  constructor(options: { readonly interceptors?: readonly HandlerInterceptor[] } = {}) {
    this.#interceptors = options.interceptors ?? [];
  }

  /** Adds a service. Throws a TypeError when it is there already, or when a handler is not a function. */
  service<Service extends ServiceDefinition>(
    service: Service,
    implementation: Implementation<Service>,
  ): this {
    if (this.#services.has(service.fullName)) {
      throw new TypeError(`service ${service.fullName} has handlers already`);
    }
    const handlers = new Map<string, MethodHandler>();
    for (const [name, definition] of Object.entries(service.methods)) {
      const method = describeMethod(service, definition);
      const written: unknown = implementation[name];
      if (written !== undefined && typeof written !== "function") {
        throw new TypeError(`${method.path}: the handler is not a function`);
      }
      let handler = handlerOf(method, written?.bind(implementation) ?? unimplemented(method));
      for (const wrap of this.#interceptors.toReversed()) handler = wrap(handler);
      handlers.set(definition.name, handler);
    }
    this.#services.set(service.fullName, handlers);
    return this;
  }

  /** The names of the services on the wire. */
  get services(): readonly string[] {
    return [...this.#services.keys()];
  }

  /** The handler of a method by its names on the wire; throws UNIMPLEMENTED in the words of Go's ttrpc. */
  find(service: string, method: string): MethodHandler {
    const methods = this.#services.get(service);
    if (methods === undefined) throw new RpcError("UNIMPLEMENTED", `service ${service}`);
    const handler = methods.get(method);
    if (handler === undefined) throw new RpcError("UNIMPLEMENTED", `method ${method}`);
    return handler;
  }
}

type Written = (input: unknown, context: Context) => unknown;

function unimplemented(method: Method): Written {
  return () => {
    throw new RpcError("UNIMPLEMENTED", `method ${method.name}`);
  };
}

function handlerOf(method: Method, written: Written): MethodHandler {
  const { responseType } = method;
  const complete = (part: unknown): unknown => responseType.fromPartial(part ?? {});
  switch (method.kind) {
    case "unary":
      return {
        kind: "unary",
        method,
        handle(request: unknown, context: Context) {
          const response = written(request, context);
          // A response that is there already costs no turn of the queue.
          return isPromise(response) ? response.then(complete) : complete(response);
        },
      };
    case "serverStreaming":
      return {
        kind: "stream",
        method,
        async *handle(requests: AsyncIterable<unknown>, context: Context) {
          const request = await onlyRequest(requests, method);
          for await (const part of iterable(written(request, context), method))
            yield complete(part);
        },
      };
    case "clientStreaming":
      return {
        kind: "stream",
        method,
        async *handle(requests: AsyncIterable<unknown>, context: Context) {
          yield complete(await written(requests, context));
        },
      };
    case "bidiStreaming":
      return {
        kind: "stream",
        method,
        async *handle(requests: AsyncIterable<unknown>, context: Context) {
          for await (const part of iterable(written(requests, context), method)) {
            yield complete(part);
          }
        },
      };
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}

function iterable(value: unknown, method: Method): AsyncIterable<unknown> {
  if (typeof value === "object" && value !== null && Symbol.asyncIterator in value) {
    return value as AsyncIterable<unknown>; // as: the line above looked
  }
  throw new RpcError("INTERNAL", "the handler returned no async iterable", { method: method.path });
}

async function onlyRequest(requests: AsyncIterable<unknown>, method: Method): Promise<unknown> {
  for await (const request of requests) return request;
  throw new RpcError("INVALID_ARGUMENT", "the call ended before its request", {
    method: method.path,
  });
}
