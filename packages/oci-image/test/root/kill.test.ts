import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  addLayer,
  buildImage,
  copy,
  MemoryStore,
  Registry,
  resolveImage,
  writeTar,
} from "@ocikit/oci-image";
import { checkLayout, Layout, unpack } from "@ocikit/oci-image/node";
import { MemoryRegistry } from "@ocikit/oci-image/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeTree, numbers, scratch } from "./peers.ts";

const KILLS = 200;

const area = scratch();
const at = (...parts: string[]): string => join(area.path, ...parts);
const registry = new MemoryRegistry();
let host = "";
let server: http.Server;

beforeAll(async () => {
  server = serveHttp(registry);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = new MemoryStore();
  const layers = [];
  for (const name of ["a", "b", "c"]) {
    const entries = Array.from({ length: 30 }, (_, i) => ({
      type: "file" as const,
      path: `${name}/${i}`,
      body: randomBytes(40_000),
    }));
    layers.push(await addLayer(store, writeTar(entries), { level: 1 }));
  }
  await store.tag(await buildImage(store, { layers }), "v1");
  await copy(await store.resolve("v1"), {
    target: new Registry(`${host}/app`, { plainHttp: true }),
    reference: "v1",
  });
  await unpack(await resolveImage(store, "v1"), at("expected"));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  area.remove();
});

test(`a pull and unpack that is killed ${KILLS} times at random leaves a valid store, and the next one finishes`, async () => {
  const random = numbers(20261120);
  const whole = await runToEnd();
  rmSync(at("layout"), { recursive: true });
  rmSync(at("rootfs"), { recursive: true });
  // The job takes as long as the machine lets it: the window follows, so that most kills meet it alive.
  let windowMs = whole;
  for (let kills = 0, rounds = 0; kills < KILLS; rounds++) {
    expect(rounds).toBeLessThan(KILLS * 10);
    const child = await started();
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    child.send("go");
    await Promise.race([ended, sleep(random() * windowMs)]);
    if (child.exitCode === null && child.kill("SIGKILL")) {
      kills++;
      windowMs *= 1.01;
    } else windowMs *= 0.9;
    await ended;
    await expectValid();
    rmSync(at("rootfs"), { recursive: true, force: true });
    // Now and then from nothing, else from wherever the kills before left off.
    if (random() < 0.3) rmSync(at("layout"), { recursive: true, force: true });
  }
  rmSync(at("rootfs"), { recursive: true, force: true });
  await runToEnd();
  expect(describeTree(at("rootfs"))).toEqual(describeTree(at("expected")));
  const layout = await Layout.open(at("layout"));
  for await (const _removed of layout.gc());
  const needed = [
    ...(await resolveImage(layout, "v1")).manifest.layers.map(({ digest }) => digest),
  ];
  const blobs = [];
  for await (const { digest } of layout.blobs()) blobs.push(digest);
  expect(blobs).toHaveLength(needed.length + 2);
  expect(readdirSync(at("layout")).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
  expect(readdirSync(area.path).sort()).toEqual(["expected", "layout", "rootfs"]);
}, 600_000);

/** What a reader who comes now must find: whole blobs only, and a whole tree or none. */
async function expectValid(): Promise<void> {
  if (existsSync(at("layout", "oci-layout"))) {
    const errors = [];
    for await (const issue of checkLayout(at("layout"), { layers: false }))
      if (issue.severity === "error") errors.push(issue.message);
    expect(errors).toEqual([]);
  }
  if (existsSync(at("rootfs")))
    expect(describeTree(at("rootfs"))).toEqual(describeTree(at("expected")));
}

async function started(): Promise<ChildProcess> {
  const child = fork(
    new URL("pull-and-unpack.ts", import.meta.url),
    [host, at("layout"), at("rootfs")],
    {
      execArgv: ["--conditions=@ocikit/source"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    },
  );
  await new Promise((resolve, reject) => {
    // Its modules are loaded: from here on every moment is one of the job.
    child.once("message", resolve);
    child.once("error", reject);
  });
  return child;
}

/** Milliseconds from the word to the end. */
async function runToEnd(): Promise<number> {
  const child = await started();
  const errors: Buffer[] = [];
  child.stderr?.on("data", (part: Buffer) => void errors.push(part));
  const from = Date.now();
  child.send("go");
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  expect([status, Buffer.concat(errors).toString()]).toEqual([0, ""]);
  return Date.now() - from;
}

/** The registry in memory, on a socket. */
function serveHttp(memory: MemoryRegistry): http.Server {
  return http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const answer = await memory.http({
      method: request.method ?? "GET",
      url: new URL(request.url ?? "/", `http://${request.headers.host}`),
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: parts.length > 0 ? { bytes: Buffer.concat(parts), length: undefined } : undefined,
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body) response.write(chunk);
    response.end();
  });
}
