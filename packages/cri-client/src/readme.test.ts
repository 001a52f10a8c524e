// The snippets of the README and the examples run, and print what their comments say.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { repository } from "@ocikit/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "./index.ts";
import { type RunningPod, runPod } from "./pod/run-pod.ts";
import { startMemoryRuntime } from "./testing/index.ts";
import type { RunningMemoryRuntime } from "./testing/memory-runtime.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const snippets = readme.split("\n## ").flatMap((section) => {
  const [, code] = /```ts\n(.*?)```/s.exec(section) ?? [];
  return code === undefined ? [] : [{ name: section.split("\n")[0], code }];
});

const node = join(repository, "node_modules/.bin/node");
const flags = ["--conditions=@ocikit/source", "--disable-warning=ExperimentalWarning"];

/** A program starts in its own time on a machine that is busy. */
const patience = 60_000;

let memory: RunningMemoryRuntime;
let pod: RunningPod;

beforeAll(async () => {
  memory = await startMemoryRuntime({
    registry: { "docker.io/library/busybox:1": { entrypoint: ["sh"] } },
    programs: {
      uname: ({ stdout }) => void stdout.write("Linux 6.1.0\n"),
      serve: async ({ stdout, signal }) => {
        stdout.write("serving\n");
        await once(signal, "abort");
      },
      sort: async ({ stdin, stdout }) => {
        const lines = (await stdin.toArray()).join("").split("\n").slice(0, -1);
        stdout.write(`${lines.sort().join("\n")}\n`);
      },
    },
  });
  pod = await runPod(memory.cri, {
    name: "web",
    uid: "first",
    containers: {
      main: {
        image: "docker.io/library/busybox:1",
        command: ["serve"],
        labels: { app: "web" },
      },
    },
  });
});

afterAll(async () => {
  await pod?.[Symbol.asyncDispose]();
  await memory?.[Symbol.asyncDispose]();
});

const env = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CONTAINER_RUNTIME_ENDPOINT: memory.endpoint,
});

describe("the README", { timeout: patience }, () => {
  test("has code in every part that needs some", () => {
    expect(snippets.length).toBe(readme.split("```ts\n").length - 1);
  });

  test.each(snippets)("$name", async ({ code }) => {
    const said = [...code.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line);
    // Inside the package, so that its own name leads to its sources.
    const folder = mkdtempSync(fileURLToPath(new URL("../readme-", import.meta.url)));
    try {
      writeFileSync(join(folder, "readme.ts"), code);
      const run = promisify(execFile)(node, [...flags, "readme.ts"], { cwd: folder, env: env() });
      const { stdout, stderr } = await run;
      expect(stderr).toBe("");
      for (const line of said) expect(stdout.split("\n")).toContain(line);
      expect(said.length).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("the examples", { timeout: patience }, () => {
  test("run-pod.ts runs a pod and removes it", async () => {
    const file = join(repository, "examples/run-pod.ts");
    const { stdout } = await promisify(execFile)(node, [...flags, file], { env: env() });
    expect(stdout).toBe("exited with 0: Linux 6.1.0\n");
    const { items } = await memory.cri.runtime.listPodSandbox({});
    expect(items.map(({ id }) => id)).toEqual([pod.id]);
  });

  test("cri-proxy.ts passes every kind of call on, and says what it was", async () => {
    const folder = mkdtempSync(fileURLToPath(new URL("../readme-", import.meta.url)));
    const endpoint = `unix://${join(folder, "proxy.sock")}`;
    const file = join(repository, "examples/cri-proxy.ts");
    const proxy = spawn(node, [...flags, file, memory.endpoint, endpoint], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    proxy.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    try {
      await expect.poll(() => said, { timeout: patience }).toContain(`listening on ${endpoint}\n`);
      await using cri = await connect(endpoint);
      const [container] = (await cri.runtime.listContainers({})).containers;
      await using session = await cri.exec(container?.id ?? "", ["echo", "hi"]);
      expect((await session.output()).stdout).toBe("hi\n");
      await expect(cri.runtime.containerStatus({ containerId: "abc" })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      const stop = new AbortController();
      const reading = (async () => {
        for await (const _ of cri.runtime.getContainerEvents({}, { signal: stop.signal })) break;
      })();
      await expect
        .poll(() => said, { timeout: patience })
        .toMatch(/ListContainers \d+\.\d ms\n.*GetContainerEv/s);
      stop.abort();
      await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
      const exited = once(proxy, "exit");
      proxy.kill("SIGTERM");
      expect(await exited).toEqual([0, null]);
    } finally {
      proxy.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
