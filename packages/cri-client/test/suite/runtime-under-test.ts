import type { MessageInit } from "@ocikit/rpc";
import { afterAll, beforeAll, describe } from "vitest";
import type { ContainerConfig } from "../../src/gen/runtime/v1/container.ts";
import { PodSandboxConfig } from "../../src/gen/runtime/v1/sandbox_config.ts";
import type { Cri } from "../../src/index.ts";

/** What a runtime may lack; what it does not claim must answer UNIMPLEMENTED. */
export type Feature =
  | "events"
  | "streamed lists"
  | "metrics"
  | "runtime config"
  | "pod resources"
  | "pod stats"
  | "checkpoint"
  /** Stopping or removing what is not there is no error. Runtimes of some years ago say NOT_FOUND. */
  | "forgiving stop"
  /** Lists of images can be narrowed to one. */
  | "filtered images"
  /** The status of a container names its image by id. */
  | "image ids"
  /** The status of a container tells its limits, its user and its stop signal. */
  | "container details";

/** Commands that do the same in every runtime under test. */
export interface Commands {
  /** Runs until it is killed; writes "ready" when it is deaf to SIGTERM. */
  readonly wait: readonly string[];
  /** Ends with code 5 on SIGTERM, and not before; writes "ready" when it listens. */
  readonly waitForTerm: readonly string[];
  /** Writes "out" to stdout and "err" to stderr, and ends with the code. */
  exit(code: number): readonly string[];
  /** Copies stdin to stdout. */
  readonly copy: readonly string[];
  /** Reads one line and writes it behind "got ", then ends with 0. */
  readonly readLine: readonly string[];
  /** Writes that many bytes. */
  write(bytes: number): readonly string[];
  /** Writes "tick 0", "tick 1", ... for ever, some fifty a second. */
  readonly tick: readonly string[];
  /** Writes "size ROWS COLUMNS" whenever the size of its terminal changes. */
  readonly watchSize: readonly string[];
  /** Answers each connection to the port with what it receives, until that ends. */
  echoServer(port: number): readonly string[];
  /** Writes the environment variable. */
  printEnv(name: string): readonly string[];
}

/** A runtime with what tests need to know of it. */
export interface RuntimeUnderTest extends AsyncDisposable {
  readonly cri: Cri;
  readonly endpoint: string;
  /** A folder of this machine for logs. */
  readonly folder: string;
  /** An image that is there. */
  readonly image: { readonly reference: string; readonly id: string };
  /** A reference that can be pulled, and is not there yet. */
  readonly pullable: string;
  readonly commands: Commands;
  readonly features: ReadonlySet<Feature>;
  /** What pods need on this machine. */
  readonly podDefaults: MessageInit<typeof PodSandboxConfig>;
}

/** A test's hold on the runtime, started once for the file. */
export interface Subject {
  readonly runtime: RuntimeUnderTest;
  readonly cri: Cri;
  /** Runs a pod of its own for a test. */
  runPod(config?: MessageInit<typeof PodSandboxConfig>): Promise<TestPod>;
}

export interface TestPod extends AsyncDisposable {
  readonly id: string;
  readonly config: PodSandboxConfig;
  create(command: readonly string[], config?: MessageInit<typeof ContainerConfig>): Promise<string>;
  /** Creates and starts a container. */
  start(command: readonly string[], config?: MessageInit<typeof ContainerConfig>): Promise<string>;
}

let lastName = 0;

/** Defines tests of a runtime that is started before them and disposed of after them. */
export function describeRuntime(
  name: string,
  start: () => Promise<RuntimeUnderTest>,
  define: readonly ((subject: Subject) => void)[],
): void {
  describe(name, () => {
    let runtime: RuntimeUnderTest | undefined;
    beforeAll(async () => {
      runtime = await start();
    }, 60_000);
    afterAll(async () => {
      await runtime?.[Symbol.asyncDispose]();
    }, 60_000);
    const subject: Subject = {
      get runtime() {
        if (runtime === undefined) throw new Error("the runtime did not start");
        return runtime;
      },
      get cri() {
        return subject.runtime.cri;
      },
      runPod: (config) => runPod(subject.runtime, config),
    };
    for (const tests of define) tests(subject);
  });
}

async function runPod(
  runtime: RuntimeUnderTest,
  overrides: MessageInit<typeof PodSandboxConfig> = {},
): Promise<TestPod> {
  const { cri, podDefaults, image, folder } = runtime;
  const name = `pod-${++lastName}`;
  const config = PodSandboxConfig.fromPartial({
    metadata: { name, namespace: "default", uid: `uid-${lastName}` },
    logDirectory: `${folder}/logs/${name}`,
    ...podDefaults,
    ...overrides,
  });
  const { podSandboxId } = await cri.runtime.runPodSandbox({ config });
  const create = async (
    command: readonly string[],
    more: MessageInit<typeof ContainerConfig> = {},
  ): Promise<string> => {
    const container = `container-${++lastName}`;
    const { containerId } = await cri.runtime.createContainer({
      podSandboxId,
      sandboxConfig: config,
      config: {
        metadata: { name: container },
        image: { image: image.reference },
        command: [...command],
        logPath: `${container}.log`,
        ...more,
      },
    });
    return containerId;
  };
  return {
    id: podSandboxId,
    config,
    create,
    async start(command, more) {
      const containerId = await create(command, more);
      await cri.runtime.startContainer({ containerId });
      return containerId;
    },
    async [Symbol.asyncDispose]() {
      // Some tests stop or remove their pod themselves, and some runtimes mind it twice.
      const { items } = await cri.runtime.listPodSandbox({ filter: { id: podSandboxId } });
      if (items.length === 0) return;
      await cri.runtime.stopPodSandbox({ podSandboxId });
      await cri.runtime.removePodSandbox({ podSandboxId });
    },
  };
}
