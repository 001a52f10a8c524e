import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeRuntime, everyTest } from "../../test/suite/index.ts";
import type { Commands, Feature } from "../../test/suite/runtime-under-test.ts";
import { checkRequests } from "../documents/index.ts";
import { type Program, startMemoryRuntime } from "./index.ts";

/** The suite's commands as functions. */
const programs: Readonly<Record<string, Program>> = {
  deaf: ({ onStop, stdout }) => {
    onStop(() => {});
    stdout.write("ready\n");
    return new Promise(() => {});
  },
  polite: ({ onStop, stdout }) => {
    stdout.write("ready\n");
    return new Promise((resolve) => onStop(() => resolve(5)));
  },
  exit: ({ argv, stdout, stderr }) => {
    stdout.write("out\n");
    stderr.write("err\n");
    return Number(argv[1]);
  },
  readline: async ({ stdin, stdout }) => {
    let text = "";
    for await (const chunk of stdin) {
      text += chunk;
      if (text.includes("\n")) break;
    }
    stdout.write(`got ${text}`);
  },
  write: async ({ argv, stdout }) => {
    for (let left = Number(argv[1]); left > 0; left -= 65_536) {
      const chunk = Buffer.alloc(Math.min(left, 65_536), "x");
      await new Promise((resolve) => stdout.write(chunk, resolve));
    }
  },
  tick: async ({ stdout, signal }) => {
    for (let i = 0; !signal.aborted; i++) {
      stdout.write(`tick ${i}\n`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
  watchsize: async ({ sizes, stdout }) => {
    for await (const { rows, columns } of sizes) stdout.write(`size ${rows} ${columns}\n`);
  },
  echoserver: ({ argv, listen }) => {
    listen(Number(argv[1]), (connection) => connection.pipe(connection));
    return new Promise(() => {});
  },
  printenv: ({ argv, env, stdout }) => {
    stdout.write(`${env[argv[1] ?? ""]}\n`);
  },
};

const commands: Commands = {
  wait: ["deaf"],
  waitForTerm: ["polite"],
  exit: (code) => ["exit", String(code)],
  copy: ["cat"],
  readLine: ["readline"],
  write: (bytes) => ["write", String(bytes)],
  tick: ["tick"],
  watchSize: ["watchsize"],
  echoServer: (port) => ["echoserver", String(port)],
  printEnv: (name) => ["printenv", name],
};

const features: ReadonlySet<Feature> = new Set([
  "events",
  "streamed lists",
  "metrics",
  "runtime config",
  "pod resources",
  "pod stats",
  "forgiving stop",
  "image ids",
  "filtered images",
  "container details",
] as const);

describeRuntime(
  "the in-memory runtime",
  async () => {
    const reference = "ocikit.test/busybox:1";
    const pullable = "ocikit.test/other:1";
    const { cri, endpoint, runtime, ...rest } = await startMemoryRuntime({
      programs,
      images: { [reference]: { entrypoint: ["deaf"] } },
      registry: { [pullable]: { entrypoint: ["cat"] } },
      // What real runtimes take, the checks of requests let pass.
      interceptors: [checkRequests()],
    });
    const { images } = await cri.image.listImages({});
    const folder = await mkdtemp(join(tmpdir(), "ocikit-cri-memory-test-"));
    return {
      cri,
      endpoint,
      folder,
      image: { reference, id: images[0]?.id ?? "" },
      pullable,
      commands,
      features,
      podDefaults: {},
      async [Symbol.asyncDispose]() {
        await rest[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
  everyTest,
);
