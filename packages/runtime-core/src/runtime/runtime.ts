import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { create } from "../container/create.ts";
import { remove } from "../container/delete.ts";
import { stateOf } from "../container/list.ts";
import { prepare } from "../container/prepare.ts";
import { defaultRoot, listIds, readState } from "../container/store.ts";
import { RuntimeError } from "../error.ts";
import { isWholeMap } from "../host/facts.ts";
import type { Awaitable, Host } from "../host/host.ts";
import { nodeHost } from "../host/node/node-host.ts";
import type { LaunchPlan } from "../plan/plan.ts";
import { Container, type Surroundings } from "./container.ts";
import { toExit } from "./exit.ts";
import { ParentLauncher } from "./parent-launcher.ts";
import { type ContainerState, toState } from "./state.ts";
import { readStdio, type StdioOption } from "./stdio.ts";

export interface RuntimeOptions {
  /**
   * Directory of the containers' state, the same as of `ocirun --root`; `/run/ocirun` unless it is said, and
   * `$XDG_RUNTIME_DIR/ocirun` for who is not root.
   */
  readonly root?: string;
  /** Path of the launcher's program; the one of `@ocikit/launcher` unless it is said. */
  readonly launcher?: string;
  /**
   * Hears of what went wrong without anything failing, such as a poststart hook; a warning of the process
   * unless it is said.
   */
  readonly onWarning?: (message: string) => void;
}

/** What a plan may depend on besides its bundle. */
export interface PlanOptions {
  /** Path of the bundle, whose config.json says all the rest. */
  readonly bundle: string;
  /** Unix socket that receives the master of the process' terminal. */
  readonly consoleSocket?: string;
  /** How many of our descriptors from 3 on the process keeps. */
  readonly preserveFds?: number;
  /** Whether the root is changed by moving the mount, for roots on which pivot_root fails (ramfs). */
  readonly noPivot?: boolean;
  readonly noNewKeyring?: boolean;
  /**
   * Answers the plan that is carried out in place of the one it is given: with steps more, fewer or others.
   * It is called once, before anything is done.
   */
  readonly changePlan?: (plan: LaunchPlan) => Awaitable<LaunchPlan>;
}

export interface CreateOptions<Option extends StdioOption = StdioOption> extends PlanOptions {
  /**
   * What the standard streams of its process are; ours unless it is said. With a terminal of its own, and no
   * socket for that, they are what the terminal is copied from and to.
   */
  readonly stdio?: Option;
  /** Ends the creation, which fails with its reason then and leaves nothing. */
  readonly signal?: AbortSignal;
}

function ownRoot(host: Host): string {
  const rootless = host.uid !== 0 || !isWholeMap(readFileSync("/proc/self/uid_map", "utf8"));
  return defaultRoot(host, rootless);
}

/** Makes, finds and lists containers below one root directory, beside `ocirun` and others like itself. */
export class Runtime {
  readonly #surroundings: Surroundings;

  constructor({ root, launcher, onWarning }: RuntimeOptions = {}) {
    const host = nodeHost(launcher);
    const tell = onWarning ?? ((message: string) => process.emitWarning(message, "OcikitWarning"));
    this.#surroundings = {
      store: { host, root: root === undefined ? ownRoot(host) : resolve(root) },
      launcher,
      warn: async (message) => tell(message),
    };
  }

  /** Absolute path of the directory of the containers' state. */
  get root(): string {
    return this.#surroundings.store.root;
  }

  /**
   * What `create` would do with a bundle, as data; nothing is done.
   *
   * @throws RuntimeError `INVALID_ARGUMENT`, `INVALID_CONFIG`, `HOST_UNSUPPORTED`, `INVALID_ID`
   */
  async plan(id: string, options: PlanOptions): Promise<LaunchPlan> {
    const { plan } = await prepare(this.#surroundings.store, id, toCreate(options));
    return plan;
  }

  /**
   * Makes a container from a bundle, up to where its process waits for `start`. Its scope deletes it
   * (`await using`); without a scope it outlives this program.
   *
   * @throws RuntimeError `CONTAINER_EXISTS`, `INVALID_ID`, `INVALID_ARGUMENT`, `INVALID_CONFIG`,
   *   `HOST_UNSUPPORTED`
   * @throws LaunchError `LAUNCH_FAILED` with the step; nothing is left then
   */
  async create<const Option extends StdioOption = "inherit">(
    id: string,
    options: CreateOptions<Option>,
  ): Promise<Container<Option>> {
    const { signal, stdio = "inherit" } = options;
    readStdio(stdio);
    signal?.throwIfAborted();
    const { store, launcher, warn } = this.#surroundings;
    // The default of the option is the default of its type.
    const parent = new ParentLauncher(store.host.launcher, launcher, stdio as Option);
    const own = { ...store, host: { ...store.host, launcher: parent } };
    const abort = (): void => parent.kill();
    signal?.addEventListener("abort", abort);
    let made = false;
    try {
      const { prepared } = await create(own, id, toCreate(options));
      made = true;
      for (const warning of prepared.warnings) await warn(warning);
      signal?.throwIfAborted();
      const { ended } = await parent.stay();
      const exit = ended.then(({ status }) => toExit(status));
      return new Container<Option>(this.#surroundings, id, { parent, ended: exit });
    } catch (error) {
      if (made) await remove(store, id, { force: true }, warn);
      await parent.close();
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /**
   * Finds a container that somebody made.
   *
   * @throws RuntimeError `CONTAINER_NOT_FOUND`, `INVALID_ID`, `BROKEN_STATE`
   */
  async load(id: string): Promise<Container<"null">> {
    await readState(this.#surroundings.store, id);
    return new Container<"null">(this.#surroundings, id);
  }

  /** All containers of the root, by id. One that is being made or deleted right now may be missing. */
  async *list(): AsyncGenerator<ContainerState, void, void> {
    const { store, warn } = this.#surroundings;
    for (const id of await listIds(store)) {
      try {
        yield toState(await stateOf(store, id));
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error;
        if (error.code !== "CONTAINER_NOT_FOUND") await warn(`container ${id}: ${error.message}`);
      }
    }
  }
}

function toCreate(options: PlanOptions): Parameters<typeof prepare>[2] {
  const { bundle, consoleSocket, preserveFds, noPivot, noNewKeyring, changePlan } = options;
  const detached = consoleSocket !== undefined;
  return {
    bundle,
    waits: true,
    detached,
    consoleSocket,
    preserveFds,
    noPivot,
    noNewKeyring,
    changePlan,
  };
}
