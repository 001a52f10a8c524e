import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import {
  addLayer,
  buildArtifact,
  buildImage,
  copy,
  type Descriptor,
  digestOf,
  MemoryStore,
  Registry,
  resolveImage,
  writeTar,
} from "@ocikit/oci-image";
import { checkLayout, Layout, nodeHttp, unpack } from "@ocikit/oci-image/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCutter, startRegistry, type TestRegistry } from "./docker-registry.ts";
import { writeEveryKind } from "./every-kind.ts";
import { describeTree, missing, numbers, scratch } from "./peers.ts";

const reason = missing("docker-registry", "openssl");
const area = scratch();
const at = (...parts: string[]): string => join(area.path, ...parts);
let server: TestRegistry | undefined;
let layout: Layout;

beforeAll(async () => {
  if (reason) return;
  server = await startRegistry(at("registry"));
  layout = await Layout.open(at("layout"), { create: true });
  await writeEveryKind(layout, "every");
}, 60_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  area.remove();
});

function open(repository: string, host = server?.host ?? ""): Registry {
  return new Registry(`${host}/${repository}`, {
    auth: async () => server?.user,
    http: nodeHttp({ ca: [server?.ca ?? ""] }),
    retry: { delayMs: 1, attempts: 8 },
  });
}

async function list<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe("against docker-registry, by TLS and tokens", () => {
  test("an image goes up, comes down, and is the same tree", async (context) => {
    if (reason) context.skip(reason);
    const registry = open("team/app");
    await copy(await layout.resolve("every"), { target: registry, reference: "v1" });
    expect(await list(registry.tags())).toEqual(["v1"]);
    expect(server?.granted).toContain("repository:team/app:pull,push");
    const back = await Layout.open(at("back"), { create: true });
    await copy(await registry.resolve("v1"), { target: back, reference: "v1" });
    expect(
      (await list(checkLayout(at("back")))).filter(({ severity }) => severity === "error"),
    ).toEqual([]);
    await unpack(await resolveImage(registry, "v1"), at("from-registry"));
    await unpack(await resolveImage(layout, "every"), at("from-layout"));
    expect(describeTree(at("from-registry"))).toEqual(describeTree(at("from-layout")));
  });

  test("a certificate nobody vouches for is refused, and so are wrong passwords", async (context) => {
    if (reason) context.skip(reason);
    const stranger = new Registry(`${server?.host}/team/app`, {
      auth: async () => server?.user,
      retry: { attempts: 1 },
    });
    await expect(stranger.find("v1")).rejects.toThrow(/certificate/);
    const wrong = new Registry(`${server?.host}/team/app`, {
      auth: async () => ({ username: "tester", password: "no" }),
      http: nodeHttp({ ca: [server?.ca ?? ""] }),
    });
    await expect(wrong.find("v1")).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  test("a blob is mounted from another repository, without a byte of it sent", async (context) => {
    if (reason) context.skip(reason);
    const from = open("team/app");
    await copy(await layout.resolve("every"), { target: from, reference: "v1" });
    const skipped: string[] = [];
    for await (const event of copy(await from.resolve("v1"), {
      target: open("team/mounted"),
      reference: "v1",
    })) {
      if (event.type === "skip") skipped.push(event.why);
    }
    expect(new Set(skipped)).toEqual(new Set(["mounted"]));
    expect(await list(open("team/mounted").tags())).toEqual(["v1"]);
  });

  test("referrers are kept under a tag, since this registry has no API for them", async (context) => {
    if (reason) context.skip(reason);
    const registry = open("team/signed");
    const subject = await copy(await layout.resolve("every"), {
      target: registry,
      reference: "v1",
    });
    const signature = await buildArtifact(registry, { artifactType: "test/signature", subject });
    const other = await buildArtifact(registry, { artifactType: "test/other", subject });
    const found = await list(registry.referrers(subject.digest));
    expect(found.map(({ digest }) => digest).sort()).toEqual(
      [signature.digest, other.digest].sort(),
    );
    expect(await list(registry.tags())).toContain(subject.digest.replace(":", "-"));
    await registry.delete(signature);
    expect((await list(registry.referrers(subject.digest))).map(({ digest }) => digest)).toEqual([
      other.digest,
    ]);
  });

  test("an image is deleted, with its tags", async (context) => {
    if (reason) context.skip(reason);
    const registry = open("team/deleted");
    const descriptor = await copy(await layout.resolve("every"), {
      target: registry,
      reference: "gone",
    });
    await registry.delete(descriptor);
    await expect(registry.find("gone")).rejects.toMatchObject({ code: "MANIFEST_UNKNOWN" });
    const [blob] = (await resolveImage(layout, "every")).manifest.layers;
    await registry.delete(blob as Descriptor);
    expect(await registry.has(blob as Descriptor)).toBe(false);
  });

  test("a stream of unknown digest is uploaded in one go", async (context) => {
    if (reason) context.skip(reason);
    const registry = open("team/stream");
    const body = randomBytes(3_000_000);
    const layer = await addLayer(registry, writeTar([{ type: "file", path: "random", body }]));
    await registry.tag(await buildImage(registry, { layers: [layer] }), "v1");
    expect((await list(checkLayoutOf(await resolveImage(registry, "v1")))).length).toBe(1);
  });

  test("an image arrives whole although the connection is cut a hundred times at random", async (context) => {
    if (reason) context.skip(reason);
    const store = new MemoryStore();
    const bodies = [6_000_000, 2_500_000, 300].map((size) => randomBytes(size));
    const layers = [];
    for (const [i, body] of bodies.entries()) {
      layers.push(
        await addLayer(store, writeTar([{ type: "file", path: `f${i}`, body }]), {
          compression: "none",
        }),
      );
    }
    await store.tag(await buildImage(store, { layers }), "v1");
    const random = numbers(20261120);
    let cutter: Awaited<ReturnType<typeof startCutter>> | undefined;
    let goal = 50;
    const done = (): boolean => (cutter?.cuts() ?? 0) >= goal;
    const nextCut = (): number | undefined =>
      done() ? undefined : 1 + Math.floor(random() * (random() < 0.5 ? 20_000 : 900_000));
    cutter = await startCutter(server?.host ?? "", nextCut);
    try {
      const { host } = cutter;
      // Every client has new connections, so that each may be cut anywhere, in the handshake too.
      const flaky = (name: string): Registry =>
        new Registry(`${host}/team/${name}`, {
          auth: async () => server?.user,
          http: nodeHttp({ ca: [server?.ca ?? ""] }),
          retry: { delayMs: 0, attempts: 60 },
        });
      for (let round = 0; !done(); round++) {
        await copy(
          await store.resolve("v1"),
          { target: flaky(`cut-${round}`), reference: "v1" },
          { concurrency: 2 },
        );
      }
      goal = 100;
      while (!done()) {
        const back = new MemoryStore();
        await copy(await flaky("cut-0").resolve("v1"), { target: back, reference: "v1" });
        expect((await resolveImage(back, "v1")).descriptor.digest).toBe(
          (await store.find("v1")).digest,
        );
      }
      expect(cutter.cuts()).toBeGreaterThanOrEqual(100);
    } finally {
      await cutter.close();
    }
  }, 120_000);
});

describe("the command, against docker-registry", () => {
  test("uses docker's login and pulls, tags, copies", async (context) => {
    if (reason) context.skip(reason);
    const { host = "", caPath = "", user = { username: "", password: "" } } = server ?? {};
    mkdirSync(at("home"), { recursive: true });
    const auth = Buffer.from(`${user.username}:${user.password}`).toString("base64");
    writeFileSync(at("home", "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
    // Not spawnSync: the token server it asks is in this process.
    const cli = async (
      ...args: string[]
    ): Promise<{ status: number | null; stdout: string; stderr: string }> => {
      const program = new URL("../../src/node/cli/bin.ts", import.meta.url).pathname;
      const child = spawn(process.execPath, ["--conditions=@ocikit/source", program, ...args], {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...process.env,
          DOCKER_CONFIG: at("home"),
          XDG_RUNTIME_DIR: "",
          XDG_CONFIG_HOME: at("none"),
          REGISTRY_AUTH_FILE: "",
        },
      });
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      const [stdout, stderr, status] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        ended,
      ]);
      return { status, stdout, stderr };
    };
    const pushed = await cli(
      "push",
      `oci:${at("layout")}:every`,
      `${host}/cli/app:v1`,
      "--ca",
      caPath,
    );
    expect([pushed.status, pushed.stderr.split("\n").length > 3]).toEqual([0, true]);
    expect((await cli("tags", `${host}/cli/app`, "--ca", caPath)).stdout).toBe("v1\n");
    const pulled = await cli("pull", `${host}/cli/app:v1`, at("pulled"), "--ca", caPath, "--json");
    expect(JSON.parse(pulled.stdout)).toMatchObject({ digest: pushed.stdout.trim() });
    expect((await cli("check", at("pulled"))).status).toBe(0);
    const refused = await cli("pull", `${host}/cli/none:v1`, at("none"), "--ca", caPath);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(
      /^oci-image: HEAD https:\/\/127\.0\.0\.1:\d+\/v2\/cli\/none\/manifests\/v1: 404: /,
    );
    const wrong = await cli("login", host, "-u", "tester", "--password-stdin", "--ca", caPath);
    expect(wrong.status).toBe(1);
  }, 60_000);
});

/** One layer's digest as its bytes have it. */
async function* checkLayoutOf(
  image: Awaited<ReturnType<typeof resolveImage>>,
): AsyncGenerator<string> {
  for (const layer of await image.layers()) {
    const parts: Uint8Array[] = [];
    for await (const chunk of layer.compressed()) parts.push(chunk);
    expect(digestOf(Buffer.concat(parts))).toBe(layer.descriptor.digest);
    yield layer.descriptor.digest;
  }
}
