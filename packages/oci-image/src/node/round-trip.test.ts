import { createHash } from "node:crypto";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addLayer, buildImage } from "../build.ts";
import { digestOf } from "../digest.ts";
import { ImageError } from "../error.ts";
import { type Image, resolveImage } from "../image.ts";
import { type Compression, MediaType } from "../media-type.ts";
import { MemoryStore } from "../memory-store.ts";
import { encodeHeader, writeTar } from "../tar/writer.ts";
import { unpackBundle } from "./bundle.ts";
import { Layout } from "./layout.ts";
import { packDirectory } from "./pack.ts";
import { unpack } from "./unpack.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "ocikit-image-"));
});
afterEach(() => rmSync(base, { recursive: true }));

function makeTree(): string {
  const tree = join(base, "tree");
  mkdirSync(join(tree, "etc"), { recursive: true });
  writeFileSync(join(tree, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nweb:x:33:33::/srv:/bin/sh\n");
  writeFileSync(join(tree, "data"), Buffer.alloc(3_000_000, "x"));
  linkSync(join(tree, "data"), join(tree, "link"));
  symlinkSync("/etc/passwd", join(tree, "abs"));
  chmodSync(join(tree, "data"), 0o4711);
  for (const name of ["etc/passwd", "data", "etc", "."]) utimesSync(join(tree, name), 1e9, 1e9);
  return tree;
}

/** Names, modes, times, link counts and contents of a tree, as one text. */
function describeTree(path: string, name = "."): string {
  const stats = lstatSync(path, { bigint: true });
  const body = stats.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
  // A directory's link count is the filesystem's affair, and a symlink's own time is when it was made here.
  const own = `${name} ${stats.mode.toString(8)} ${stats.isSymbolicLink() ? "" : stats.mtimeNs} ${stats.isFile() ? stats.nlink : ""} ${body}`;
  if (!stats.isDirectory()) return own;
  const inner = readdirSync(path)
    .sort()
    .map((child) => describeTree(join(path, child), `${name}/${child}`));
  return [own, ...inner].join("\n");
}

async function imageOf(
  layers: readonly AsyncIterable<Uint8Array>[],
  compression?: Compression,
): Promise<{ image: Image; layout: Layout }> {
  const layout = await Layout.open(join(base, "layout"), { create: true });
  const added = [];
  for (const layer of layers) added.push(await addLayer(layout, layer, { compression }));
  const descriptor = await buildImage(layout, {
    layers: added,
    config: { Cmd: ["sh"], User: "web" },
  });
  await layout.tag(descriptor, "test");
  return { image: await resolveImage(layout, "test"), layout };
}

const names = (): string[] => readdirSync(base).sort();

describe("an image of a directory", () => {
  test.each(["gzip", "zstd", "none"] as const)(
    "unpacks to the same tree with %s",
    async (compression) => {
      const tree = makeTree();
      const { image } = await imageOf([packDirectory(tree)], compression);
      await unpack(image, join(base, "root"));
      expect(describeTree(join(base, "root"))).toBe(describeTree(tree));
      expect(names()).toEqual(["layout", "root", "tree"]);
    },
  );

  test("is the same image every time", async () => {
    const tree = makeTree();
    const digests = [];
    for (const _ of [1, 2]) {
      const store = new MemoryStore();
      const layer = await addLayer(store, packDirectory(tree, { sourceDateEpoch: 1 }));
      digests.push((await buildImage(store, { layers: [layer] })).digest);
    }
    expect(digests[0]).toBe(digests[1]);
  });

  test("refuses names that would be whiteouts", async () => {
    const tree = makeTree();
    writeFileSync(join(tree, "etc/.wh.passwd"), "");
    await expect(imageOf([packDirectory(tree)])).rejects.toThrow("would be read as a whiteout");
  });

  test("becomes a bundle whose user is looked up inside", async () => {
    const { image } = await imageOf([packDirectory(makeTree())]);
    const { config, rootfs } = await unpackBundle(image, join(base, "bundle"));
    expect(config.process?.user).toMatchObject({ uid: 33, gid: 33 });
    expect(JSON.parse(readFileSync(join(base, "bundle/config.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(config)),
    );
    expect(lstatSync(join(base, "bundle")).mode & 0o777).toBe(0o700);
    expect(readdirSync(rootfs)).toContain("etc");
  });
});

describe("an image that is not what it says", () => {
  async function broken(change: (bytes: Buffer) => Buffer): Promise<Image> {
    const { image, layout } = await imageOf([packDirectory(makeTree())]);
    const path = layout.blobPath(image.manifest.layers[0]?.digest ?? "");
    writeFileSync(path, change(readFileSync(path)));
    return image;
  }

  test.each([
    [
      "one byte of a layer is another",
      (bytes: Buffer) => bytes.fill(bytes.readUInt8(500) ^ 1, 500, 501),
      /DIGEST_MISMATCH|COMPRESSION_INVALID|TAR_INVALID/,
    ],
    [
      "a layer is cut short",
      (bytes: Buffer) => bytes.subarray(0, -9),
      /SIZE_MISMATCH|COMPRESSION_INVALID/,
    ],
    [
      "a layer is longer",
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("x")]),
      /SIZE_MISMATCH/,
    ],
  ])("leaves nothing behind when %s", async (_, change, code) => {
    const image = await broken(change);
    const error = await Promise.resolve(unpack(image, join(base, "root"))).catch(
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(ImageError);
    expect((error as ImageError).code).toMatch(code);
    expect((error as ImageError).message).toMatch(/^layer 1 of 1: /);
    expect(names()).toEqual(["layout", "tree"]);
  });

  test("is refused when a layer's archive is not the one its config names", async () => {
    const { image, layout } = await imageOf([writeTar([{ type: "file", path: "a", body: "a" }])]);
    const config = {
      ...(await image.config()),
      rootfs: { type: "layers", diff_ids: [`sha256:${"0".repeat(64)}`] },
    };
    const changed = await layout.add(image.manifest.config.mediaType, JSON.stringify(config));
    const manifest = await layout.add(
      image.descriptor.mediaType,
      JSON.stringify({ ...image.manifest, config: changed }),
    );
    await layout.tag(manifest, "changed");
    const other = await resolveImage(layout, "changed");
    await expect(unpack(other, join(base, "root"))).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
  });
});

describe("the directory an image is unpacked to", () => {
  test("may be there when it is empty, and only then", async () => {
    const { image } = await imageOf([packDirectory(makeTree())]);
    mkdirSync(join(base, "root"));
    await unpack(image, join(base, "root"));
    await expect(unpack(image, join(base, "root"))).rejects.toMatchObject({ code: "EXISTS" });
  });

  test("does not appear when the job is cancelled", async () => {
    const { image } = await imageOf([packDirectory(makeTree())]);
    const controller = new AbortController();
    const job = unpack(image, join(base, "root"), { signal: controller.signal });
    for await (const event of job) {
      if (event.type === "bytes") {
        controller.abort(new Error("enough"));
        break;
      }
    }
    await expect(job).rejects.toThrow("enough");
    expect(names()).toEqual(["layout", "tree"]);
  });

  test("is not reached by a bomb of 10 GB in 10 MB", async () => {
    const layout = await Layout.open(join(base, "layout"), { create: true });
    // gzip's members may follow each other: one of 64 MiB of zeros, again and again.
    const zeros = gzipSync(Buffer.alloc(64 << 20), { level: 1 });
    async function* bomb(): AsyncGenerator<Uint8Array> {
      yield gzipSync(encodeHeader({ type: "file", path: "zeros", size: 10 * 2 ** 30 }));
      for (let i = 0; i < 160; i++) yield zeros;
    }
    const descriptor = await layout.add(MediaType.layerGzip, bomb());
    expect(descriptor.size).toBeLessThan(50 << 20);
    const diffId = digestOf("never read so far");
    await layout.tag(await buildImage(layout, { layers: [{ descriptor, diffId }] }), "bomb");
    const image = await resolveImage(layout, "bomb");
    await expect(unpack(image, join(base, "root"))).rejects.toThrow(
      "more than 200 times larger than its blob",
    );
    expect(names()).toEqual(["layout"]);
  }, 30_000);

  test.each([{ bytes: 1000 }, { entries: 1 }])(
    "is not reached by an image beyond %j",
    async (limits) => {
      const { image } = await imageOf([packDirectory(makeTree())]);
      await expect(unpack(image, join(base, "root"), { limits })).rejects.toMatchObject({
        code: "LIMIT_EXCEEDED",
      });
      expect(names()).toEqual(["layout", "tree"]);
    },
  );
});
