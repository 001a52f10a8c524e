import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context, HandlerInterceptor, MethodHandler, RpcError } from "@ocikit/rpc";
import { connect } from "../connect.ts";
import type { Cri } from "../cri.ts";
import type {
  ImageServiceDefinition,
  RuntimeServiceDefinition,
} from "../gen/runtime/v1/service.ts";
import { type ServeOptions, type Services, serve } from "../serve.ts";
import { containerMethods } from "./container-methods.ts";
import { imageMethods } from "./image-methods.ts";
import { ImageStore, type MemoryImage } from "./image-store.ts";
import { podMethods } from "./pod-methods.ts";
import { builtinPrograms, type Program } from "./program.ts";
import { runtimeMethods, streamingHandlers } from "./runtime-methods.ts";
import { RuntimeState } from "./state.ts";
import { statsMethods } from "./stats-methods.ts";

/** The methods of both services, by the names they have in TypeScript. */
export type MethodName =
  | keyof typeof RuntimeServiceDefinition.methods
  | keyof typeof ImageServiceDefinition.methods;

export interface MemoryRuntimeOptions {
  /** What containers can run, by name: functions in place of processes. */
  readonly programs?: Readonly<Record<string, Program>> | undefined;
  /** Images that can be pulled, by reference. */
  readonly registry?: Readonly<Record<string, MemoryImage>> | undefined;
  /** Images that are here already. */
  readonly images?: Readonly<Record<string, MemoryImage>> | undefined;
}

/** A call that the runtime was asked for. */
export interface RecordedCall {
  readonly method: MethodName;
  readonly request: unknown;
}

/**
 * A container runtime without containers: it keeps pods, containers and images in memory, and runs functions where others
 * run processes. Everything a client sees of it is as CRI says, over a real socket and real streams.
 */
export class MemoryRuntime {
  readonly #state: RuntimeState;
  readonly #failures = new Map<MethodName, RpcError[]>();
  /** Every call so far, in order. */
  readonly calls: RecordedCall[] = [];
  /** What to give to `serve`, with `interceptors`. */
  readonly services: Services;
  /** Records calls and makes those fail that the test wants to. */
  readonly interceptors: readonly HandlerInterceptor[];

  constructor(options: MemoryRuntimeOptions = {}) {
    const { programs = {}, images = {}, registry = {} } = options;
    const store = new ImageStore({ ...registry, ...images });
    for (const reference of Object.keys(images)) store.pull(reference);
    this.#state = new RuntimeState(store, { ...builtinPrograms, ...programs });
    this.services = {
      runtime: {
        ...runtimeMethods(this.#state),
        ...podMethods(this.#state),
        ...containerMethods(this.#state),
        ...statsMethods(this.#state),
      },
      image: imageMethods(this.#state),
      streaming: streamingHandlers(this.#state),
    };
    this.interceptors = [(handler) => this.#watch(handler)];
  }

  /** Makes the next call of a method fail; several wait for several calls. */
  failNext(method: MethodName, error: RpcError): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), error]);
  }

  /** Ends a container's process, as if it had exited by itself. Throws NOT_FOUND for an unknown container. */
  exit(containerId: string, code: number): void {
    const { phase } = this.#state.containers.get(containerId);
    if (phase.t === "running") phase.process.exit(code);
  }

  /** Says that the network is not ready, or ready again. */
  setNetworkReady(ready: boolean): void {
    this.#state.networkReady = ready;
  }

  #watch(handler: MethodHandler): MethodHandler {
    const { name } = handler.method;
    // The definitions' keys are the methods' names with a small first letter, all of them.
    const method = (name.charAt(0).toLowerCase() + name.slice(1)) as MethodName;
    const begin = (request: unknown): void => {
      this.calls.push({ method, request });
      const failure = this.#failures.get(method)?.shift();
      if (failure !== undefined) throw failure;
    };
    if (handler.kind === "unary") {
      return {
        ...handler,
        handle: (request: unknown, context: Context) => {
          begin(request);
          return handler.handle(request, context);
        },
      };
    }
    return {
      ...handler,
      handle: (requests: AsyncIterable<unknown>, context: Context) =>
        handler.handle(
          (async function* () {
            for await (const request of requests) {
              begin(request);
              yield request;
            }
          })(),
          context,
        ),
    };
  }
}

/** An in-memory runtime that listens, with a client of it. */
export interface RunningMemoryRuntime extends AsyncDisposable {
  readonly runtime: MemoryRuntime;
  readonly endpoint: string;
  readonly cri: Cri;
}

/** Starts an in-memory runtime on a socket of its own and connects to it. Disposing of it leaves nothing behind. */
export async function startMemoryRuntime(
  options: MemoryRuntimeOptions & ServeOptions = {},
): Promise<RunningMemoryRuntime> {
  const runtime = new MemoryRuntime(options);
  const folder = await mkdtemp(join(tmpdir(), "ocikit-cri-memory-"));
  const endpoint = `unix://${join(folder, "cri.sock")}`;
  const server = await serve(runtime.services, endpoint, {
    ...options,
    interceptors: [...runtime.interceptors, ...(options.interceptors ?? [])],
  });
  const cri = await connect(endpoint);
  return {
    runtime,
    endpoint,
    cri,
    async [Symbol.asyncDispose]() {
      await cri[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
