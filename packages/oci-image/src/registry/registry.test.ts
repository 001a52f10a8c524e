import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addLayer, buildArtifact, buildImage, buildIndex } from "../build.ts";
import { copy } from "../copy.ts";
import { digestOf } from "../digest.ts";
import type { Descriptor } from "../document.ts";
import { ImageError } from "../error.ts";
import { resolveImage } from "../image.ts";
import { MediaType } from "../media-type.ts";
import { MemoryStore } from "../memory-store.ts";
import { contentOf } from "../store.ts";
import { writeTar } from "../tar/writer.ts";
import {
  answer,
  failure,
  MemoryRegistry,
  type MemoryRegistryOptions,
} from "../testing/registry.ts";
import { parseChallenges } from "./challenge.ts";
import { RegistryError } from "./error.ts";
import type { Http, HttpRequest } from "./http.ts";
import { Registry, type RegistryOptions } from "./registry.ts";

const retry = { attempts: 3, delayMs: 1 };

function setUp(
  options: MemoryRegistryOptions = {},
  more: RegistryOptions = {},
): { server: MemoryRegistry; registry: Registry } {
  const server = new MemoryRegistry(options);
  return {
    server,
    registry: new Registry("registry.example/team/app", { http: server.http, retry, ...more }),
  };
}

async function makeImage(
  text = "hello",
  store = new MemoryStore(),
): Promise<{ store: MemoryStore; descriptor: Descriptor }> {
  const layer = await addLayer(store, writeTar([{ type: "file", path: "hello", body: text }]));
  const descriptor = await buildImage(store, {
    layers: [layer],
    platform: { os: "linux", architecture: "amd64" },
  });
  await store.tag(descriptor, "v1");
  return { store, descriptor };
}

const bytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
const blobOf = (content: Uint8Array): Descriptor => ({
  mediaType: MediaType.layer,
  digest: digestOf(content),
  size: content.length,
});
async function whole(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: number[] = [];
  for await (const chunk of source) parts.push(...chunk);
  return Uint8Array.from(parts);
}
async function list<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe("a repository", () => {
  test("gives back the image that was copied to it", async () => {
    const { store, descriptor } = await makeImage();
    const { registry } = setUp();
    const events = [];
    const job = copy(await store.resolve("v1"), { target: registry, reference: "v1" });
    for await (const event of job) events.push(event.type);
    expect((await job).digest).toBe(descriptor.digest);
    expect(events.filter((type) => type === "done")).toHaveLength(3);
    const back = new MemoryStore();
    await copy(await registry.resolve("v1"), { target: back, reference: "v1" });
    expect(await (await resolveImage(back, "v1")).config()).toEqual(
      await (await resolveImage(store, "v1")).config(),
    );
  });

  test("is not sent what it has", async () => {
    const { store } = await makeImage();
    const { registry, server } = setUp();
    await copy(await store.resolve("v1"), { target: registry, reference: "v1" });
    server.requests.length = 0;
    const skipped = [];
    for await (const event of copy(await store.resolve("v1"), {
      target: registry,
      reference: "v2",
    })) {
      if (event.type === "skip") skipped.push(event.why);
    }
    expect(skipped).toEqual(["exists", "exists"]);
    expect(server.requests.some(({ method }) => method === "PATCH" || method === "POST")).toBe(
      false,
    );
  });

  test("takes over what another repository of its registry has", async () => {
    const { store } = await makeImage();
    const { registry, server } = setUp();
    await copy(await store.resolve("v1"), { target: registry, reference: "v1" });
    const other = new Registry("registry.example/team/copy", { http: server.http });
    const why = [];
    for await (const event of copy(await registry.resolve("v1"), {
      target: other,
      reference: "v1",
    })) {
      if (event.type === "skip") why.push(event.why);
    }
    expect(why).toEqual(["mounted", "mounted"]);
  });

  test("lists its tags page by page, and takes them away", async () => {
    const { store, descriptor } = await makeImage();
    const { registry } = setUp({ pageSize: 2 });
    await copy(await store.resolve("v1"), { target: registry, reference: "a" });
    for (const tag of ["b", "c", "d", "e"]) await registry.tag(descriptor, tag);
    expect(await list(registry.tags())).toEqual(["a", "b", "c", "d", "e"]);
    await registry.delete("c");
    expect(await list(registry.tags())).toEqual(["a", "b", "d", "e"]);
    await registry.delete(descriptor);
    expect(await list(registry.tags())).toEqual([]);
    await expect(registry.find("a")).rejects.toMatchObject({
      code: "MANIFEST_UNKNOWN",
      status: 404,
    });
  });

  test.each([true, false])(
    "knows what refers to an image, with the API or by a tag: %s",
    async (referrersApi) => {
      const { store, descriptor } = await makeImage();
      const { registry } = setUp({ referrersApi });
      await copy(await store.resolve("v1"), { target: registry, reference: "v1" });
      const one = await buildArtifact(registry, {
        artifactType: "test/signature",
        subject: descriptor,
        annotations: { a: "1" },
      });
      const two = await buildArtifact(registry, { artifactType: "test/sbom", subject: descriptor });
      expect(
        (await list(registry.referrers(descriptor.digest))).map(({ digest }) => digest),
      ).toEqual([one.digest, two.digest]);
      expect(
        await list(registry.referrers(descriptor.digest, { artifactType: "test/signature" })),
      ).toMatchObject([
        { digest: one.digest, artifactType: "test/signature", annotations: { a: "1" } },
      ]);
      const back = new MemoryStore();
      await copy(await registry.resolve("v1"), { target: back }, { referrers: true });
      expect(await list(back.referrers(descriptor.digest))).toHaveLength(2);
      await registry.delete(one);
      expect(
        (await list(registry.referrers(descriptor.digest))).map(({ digest }) => digest),
      ).toEqual([two.digest]);
    },
  );

  test("holds an index whose images can be copied in part", async () => {
    const store = new MemoryStore();
    const members = [];
    for (const architecture of ["amd64", "arm64"]) {
      const layer = await addLayer(
        store,
        writeTar([{ type: "file", path: architecture, body: architecture }]),
      );
      members.push(
        await buildImage(store, { layers: [layer], platform: { os: "linux", architecture } }),
      );
    }
    await store.tag(await buildIndex(store, members), "all");
    const { registry } = setUp();
    await copy(
      await store.resolve("all"),
      { target: registry, reference: "all" },
      { platforms: ["linux/arm64"] },
    );
    expect(
      (await (await resolveImage(registry, "all", { platform: "linux/arm64" })).config())
        .architecture,
    ).toBe("arm64");
    await expect(resolveImage(registry, "all", { platform: "linux/amd64" })).rejects.toMatchObject({
      code: "MANIFEST_UNKNOWN",
    });
  });

  test("takes a stream whose digest comes out at its end", async () => {
    const { registry } = setUp();
    const content = bytes(5000);
    const descriptor = await registry.add(
      MediaType.layer,
      (async function* () {
        yield content.subarray(0, 2000);
        yield content.subarray(2000);
      })(),
    );
    expect(descriptor).toEqual(blobOf(content));
    expect(await whole(registry.read(descriptor))).toEqual(content);
  });

  test("is never written what is not what it was to be", async () => {
    const { registry } = setUp();
    const descriptor = blobOf(bytes(100));
    await expect(registry.write(descriptor, contentOf(new Uint8Array(100)))).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
    expect(await registry.has(descriptor)).toBe(false);
  });
});

describe("a registry that wants credentials", () => {
  const auth = { username: "me", password: "pä:ss" };
  const credentials = async (): Promise<typeof auth> => auth;
  // btoa in the test registry knows no characters beyond Latin-1.
  const ascii = { username: "me", password: "pa:ss" };

  test.each(["basic", "bearer"] as const)(
    "gets them by %s, and one round for many requests",
    async (scheme) => {
      const { registry, server } = setUp(
        { auth: { scheme, ...ascii } },
        { auth: async () => ascii },
      );
      const { store } = await makeImage();
      await copy(await store.resolve("v1"), { target: registry, reference: "v1" });
      await registry.find("v1");
      await registry.find("v1");
      expect(
        server.requests.filter(({ url }) => url.pathname === "/token").length,
      ).toBeLessThanOrEqual(2);
    },
  );

  test("is told which repository and what for", async () => {
    const { registry, server } = setUp(
      { auth: { scheme: "bearer", ...ascii } },
      { auth: async () => ascii },
    );
    await registry.find("v1").catch(() => undefined);
    const asked = server.requests.find(({ url }) => url.pathname === "/token");
    expect(asked?.url.searchParams.get("scope")).toBe("repository:team/app:pull");
    expect(asked?.url.searchParams.get("service")).toBe("memory");
  });

  test("refuses others with its own words", async () => {
    const { registry } = setUp(
      { auth: { scheme: "basic", username: "a", password: "b" } },
      { auth: credentials },
    );
    await expect(registry.find("v1")).rejects.toMatchObject({ code: "UNAUTHORIZED", status: 401 });
    const { registry: anonymous } = setUp({
      auth: { scheme: "bearer", username: "a", password: "b" },
    });
    await expect(anonymous.find("v1")).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  test("cannot send its user's password to a token server in the clear", async () => {
    const http: Http = async ({ url }) =>
      url.host === "registry.example"
        ? failure(401, "UNAUTHORIZED", {
            "www-authenticate": 'Bearer realm="http://elsewhere.example/token"',
          })
        : answer(200);
    const registry = new Registry("registry.example/a", { http, auth: credentials });
    await expect(registry.find("v1")).rejects.toThrow(
      "http://elsewhere.example would get credentials unencrypted",
    );
  });

  test("cannot pass them on by redirecting to a stranger", async () => {
    const content = bytes(100);
    const seen: HttpRequest[] = [];
    const http: Http = async (request) => {
      seen.push(request);
      if (request.url.host === "storage.example")
        return answer(200, { "content-length": "100" }, content);
      if (request.headers.authorization === undefined)
        return failure(401, "UNAUTHORIZED", { "www-authenticate": "Basic" });
      return answer(307, { location: "https://storage.example/blob?X-Amz-Signature=abc" });
    };
    const registry = new Registry("registry.example/a", { http, auth: credentials });
    expect(await whole(registry.read(blobOf(content)))).toEqual(content);
    expect(seen.map(({ url, headers }) => [url.host, headers.authorization !== undefined])).toEqual(
      [
        ["registry.example", false],
        ["registry.example", true],
        ["storage.example", false],
      ],
    );
  });

  test("cannot redirect from https to http, nor for ever", async () => {
    const plain = new Registry("registry.example/a", {
      http: async () => answer(302, { location: "http://registry.example/x" }),
      retry,
    });
    await expect(plain.find("v1")).rejects.toThrow("a redirect from https: to http:");
    const ring = new Registry("registry.example/a", {
      http: async ({ url }) => answer(302, { location: url.href }),
      retry,
    });
    await expect(ring.find("v1")).rejects.toThrow("more than 10 redirects");
  });

  test("does not see its secrets in errors", async () => {
    const http: Http = async ({ url }) =>
      url.host === "storage.example"
        ? failure(403, "DENIED")
        : answer(307, {
            location: "https://storage.example/b?X-Amz-Signature=secret1&sig=secret2",
          });
    const registry = new Registry("registry.example/a", { http });
    const error = await whole(registry.read(blobOf(bytes(1)))).catch((cause: unknown) => cause);
    expect(String(error)).toContain("storage.example");
    expect(`${error} ${JSON.stringify(error)}`).not.toMatch(/secret\d/);
  });
});

describe("a registry that stumbles", () => {
  function stumbling(
    plan: (request: HttpRequest, count: number) => ReturnType<typeof answer> | undefined,
  ): ReturnType<typeof setUp> {
    let count = 0;
    return setUp({ intercept: (request) => plan(request, count++) });
  }

  test.each([500, 502, 503, 504, 429, 408])("is asked again after %d", async (status) => {
    const { registry } = stumbling((_, count) => (count < 2 ? failure(status, "") : undefined));
    await expect(registry.find("v1")).rejects.toMatchObject({ code: "MANIFEST_UNKNOWN" });
  });

  test.each([400, 401, 403, 404, 405])("is taken at its word after %d", async (status) => {
    const { registry, server } = stumbling(() => failure(status, ""));
    await expect(registry.find("v1")).rejects.toBeInstanceOf(RegistryError);
    expect(server.requests).toHaveLength(1);
  });

  test("is waited for as long as it asks, but not for ever", async () => {
    const { registry, server } = stumbling(() =>
      failure(429, "TOOMANYREQUESTS", { "retry-after": "3600" }),
    );
    await expect(registry.find("v1")).rejects.toMatchObject({
      code: "TOOMANYREQUESTS",
      retryAfterMs: 3_600_000,
    });
    expect(server.requests).toHaveLength(1);
  });

  test("is given up in the end", async () => {
    const { registry, server } = stumbling(() => failure(503, ""));
    await expect(registry.find("v1")).rejects.toMatchObject({ status: 503, retryable: true });
    expect(server.requests).toHaveLength(3);
  });

  test("may break off anywhere in a download", async () => {
    const content = bytes(3000);
    const { registry } = stumbling(({ method, url, headers }) => {
      if (method !== "GET" || !url.pathname.includes("/blobs/")) return undefined;
      const from = Number(/\d+/.exec(headers.range ?? "0")?.[0]);
      return {
        status: from > 0 ? 206 : 200,
        headers: new Headers(from > 0 ? { "content-range": `bytes ${from}-2999/3000` } : {}),
        body: (async function* () {
          yield content.subarray(from, from + 700);
          if (from + 700 < content.length) throw new Error("connection reset");
        })(),
      };
    });
    expect(await whole(registry.read(blobOf(content)))).toEqual(content);
  });

  test("may break off anywhere in an upload, and is asked how far it came", async () => {
    const content = bytes(3000);
    let cuts = 0;
    const server = new MemoryRegistry();
    const http: Http = async (request) => {
      if (
        request.method !== "PATCH" ||
        cuts >= 3 ||
        request.body === undefined ||
        request.body.bytes instanceof Uint8Array
      )
        return server.http(request);
      cuts++;
      const part: number[] = [];
      for await (const chunk of request.body.bytes) part.push(...chunk);
      const kept = Uint8Array.from(part.slice(0, 800));
      await server.http({ ...request, body: { bytes: kept, length: 800 } });
      throw new Error("connection reset");
    };
    const registry = new Registry("registry.example/team/app", { http, retry });
    await registry.write(blobOf(content), contentOf(content));
    expect(cuts).toBe(3);
    expect(await whole(registry.read(blobOf(content)))).toEqual(content);
  });

  test("may forget an upload, which begins again", async () => {
    const content = bytes(2000);
    const { registry } = stumbling(({ method }, count) =>
      method === "PATCH" && count < 4 ? failure(404, "BLOB_UPLOAD_UNKNOWN") : undefined,
    );
    await registry.write(blobOf(content), contentOf(content));
    expect(await registry.has(blobOf(content))).toBe(true);
  });

  test("is sent small requests when it takes no others", async () => {
    const content = bytes(2500);
    const { registry, server } = setUp({}, { chunkBytes: 1000 });
    await registry.write(blobOf(content), contentOf(content));
    const ranges = server.requests
      .filter(({ method }) => method === "PATCH")
      .map(({ headers }) => headers["content-range"]);
    expect(ranges).toEqual(["0-999", "1000-1999", "2000-2499"]);
  });

  test("has mirrors that are asked first and may fail", async () => {
    const { store } = await makeImage();
    const { server } = setUp();
    const hosts: string[] = [];
    const http: Http = async (request) => {
      hosts.push(request.url.host);
      return request.url.host === "broken.example" ? failure(500, "") : server.http(request);
    };
    await copy(await store.resolve("v1"), {
      target: new Registry("registry.example/team/app", { http }),
      reference: "v1",
    });
    hosts.length = 0;
    const mirrored = new Registry("registry.example/team/app", {
      http,
      mirrors: ["broken.example", "mirror.example"],
      retry,
    });
    await mirrored.find("v1");
    expect(hosts).toEqual(["broken.example", "mirror.example"]);
  });
});

describe("a registry that means no good", () => {
  test("cannot give another image than it announced", async () => {
    const { store } = await makeImage();
    const { server } = setUp();
    await copy(await store.resolve("v1"), {
      target: new Registry("registry.example/team/app", { http: server.http }),
      reference: "v1",
    });
    const http: Http = async (request) => {
      const real = await server.http(request);
      if (request.method !== "GET" || !request.url.pathname.includes("/manifests/")) return real;
      return answer(
        200,
        { "content-type": MediaType.manifest },
        new TextEncoder().encode('{"schemaVersion":2}'),
      );
    };
    const registry = new Registry("registry.example/team/app", { http });
    await expect(registry.resolve("v1")).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
  });

  test("cannot announce an image so large that reading it fills memory", async () => {
    const http: Http = async () =>
      answer(200, {
        "content-type": MediaType.manifest,
        "content-length": "5000000000",
        "docker-content-digest": digestOf(""),
      });
    await expect(new Registry("registry.example/a", { http }).resolve("v1")).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
  });

  test.each([
    ["is an index and an image", { schemaVersion: 2, manifests: [], layers: [], config: {} }],
    [
      "calls itself something else",
      { schemaVersion: 2, mediaType: MediaType.index, manifests: [] },
    ],
    ["is of schema 1", { schemaVersion: 1, fsLayers: [] }],
    ["is no object", []],
    ["has a config that is none", { schemaVersion: 2, config: 5, layers: [] }],
  ])("cannot pass off as an image what %s", async (_, document) => {
    const text = new TextEncoder().encode(JSON.stringify(document));
    const http: Http = async ({ method }) =>
      answer(
        200,
        {
          "content-type": MediaType.manifest,
          "content-length": String(text.length),
          "docker-content-digest": digestOf(text),
        },
        method === "HEAD" ? undefined : text,
      );
    await expect(new Registry("registry.example/a", { http }).resolve("v1")).rejects.toBeInstanceOf(
      ImageError,
    );
  });

  test("cannot do worse than an error, whatever its token server says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), fc.string(), async (body, challenge) => {
        const http: Http = async ({ url }) =>
          url.pathname === "/token"
            ? answer(200, {}, new TextEncoder().encode(body))
            : failure(401, "", {
                "www-authenticate": `Bearer realm="https://t.example/token",x=${challenge.replace(/[^\x20-\x7e]/g, "?")}`,
              });
        await expect(
          new Registry("registry.example/a", { http, retry: { attempts: 1 } }).find("v1"),
        ).rejects.toBeInstanceOf(ImageError);
      }),
    );
  });

  test("is not believed a token that would end the header it stands in", async () => {
    const http: Http = async ({ url }) =>
      url.pathname === "/token"
        ? answer(200, {}, new TextEncoder().encode(JSON.stringify({ token: "a\r\nX-Evil: 1" })))
        : failure(401, "", { "www-authenticate": 'Bearer realm="https://t.example/token"' });
    await expect(new Registry("registry.example/a", { http }).find("v1")).rejects.toThrow(
      "no token",
    );
  });
});

describe("challenges", () => {
  test.each([
    [
      'Bearer realm="https://a/t",service="s",scope="repository:a:pull,push"',
      [["bearer", { realm: "https://a/t", service: "s", scope: "repository:a:pull,push" }]],
    ],
    [
      'Basic realm="a \\"b\\"", Bearer realm=x',
      [
        ["basic", { realm: 'a "b"' }],
        ["bearer", { realm: "x" }],
      ],
    ],
    [
      "Negotiate, Basic",
      [
        ["negotiate", {}],
        ["basic", {}],
      ],
    ],
    ["", []],
    ["=,=", []],
  ])("%j are read", (header, expected) => {
    expect(
      parseChallenges(header).map(({ scheme, parameters }) => [
        scheme,
        Object.fromEntries(parameters),
      ]),
    ).toEqual(expected);
  });
});
