import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addLayer, buildImage, copy, resolveImage } from "@ocikit/oci-image";
import { Archive, ArchiveWriter, Layout, packDirectory, unpack } from "@ocikit/oci-image/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeEveryKind } from "./every-kind.ts";
import { describeTree, missing, run, scratch, serve, startContainerd } from "./peers.ts";

const area = scratch();
const at = (...parts: string[]): string => join(area.path, ...parts);
afterAll(() => area.remove());

let layout: Layout;
beforeAll(async () => {
  layout = await Layout.open(at("layout"), { create: true });
  await writeEveryKind(layout, "every");
  await layout.settle();
});

async function ours(
  name: string,
  reference = "every",
  from: Layout | Archive = layout,
): Promise<string[]> {
  await unpack(await resolveImage(from, reference), at(name));
  return describeTree(at(name));
}

/**
 * Leaves out what says nothing of unpacking: times of directories that only changed contents, which
 * each unpacker sees its own way, and links of symlinks, which are lost where a layer's tree is copied.
 */
function comparable(lines: readonly string[]): string[] {
  return lines.map((line) => {
    if (/^\S+ 4\d{4} /.test(line)) return line.replace(/ \d{10,} /, " ");
    return / -> /.test(line) ? line.replace(/ links=\d (?:= \S+)?/, "") : line;
  });
}

describe("an image with every kind of entry", () => {
  test("is the same tree as umoci's", async (context) => {
    const reason = missing("umoci");
    if (reason) context.skip(reason);
    run("umoci", ["unpack", "--image", `${at("layout")}:every`, at("umoci")]);
    expect(await ours("ours-umoci")).toEqual(describeTree(at("umoci", "rootfs")));
  });

  test("is the same tree as containerd's", async (context) => {
    const reason = missing("containerd", "ctr");
    if (reason) context.skip(reason);
    const archive = await ArchiveWriter.create(at("containerd.tar"));
    await copy(await layout.resolve("every"), {
      target: archive,
      reference: "docker.io/ocikit/every:1",
    });
    await archive.finish();
    const containerd = await startContainerd(area.path);
    try {
      containerd.ctr("images", "import", "--snapshotter", "native", at("containerd.tar"));
      const snapshots = join(containerd.root, "io.containerd.snapshotter.v1.native", "snapshots");
      // The native snapshotter copies each layer's tree and goes on from it: the last has all.
      const last =
        readdirSync(snapshots)
          .sort((a, b) => Number(a) - Number(b))
          .at(-1) ?? "";
      expect(comparable(await ours("ours-containerd"))).toEqual(
        comparable(describeTree(join(snapshots, last))),
      );
    } finally {
      await containerd.stop();
    }
  });

  test("is the same tree as podman's", async (context) => {
    const reason = missing("podman");
    if (reason) context.skip(reason);
    const archive = await ArchiveWriter.create(at("podman.tar"));
    await copy(await layout.resolve("every"), {
      target: archive,
      reference: "localhost/ocikit/every:1",
    });
    await archive.finish();
    const podman = (...args: string[]): string =>
      run("podman", [
        "--root",
        at("podman-root"),
        "--runroot",
        at("podman-run"),
        "--storage-driver",
        "vfs",
        "--events-backend",
        "none",
        ...args,
      ]);
    podman("load", "-i", at("podman.tar"));
    const trees = at("podman-root", "vfs", "dir");
    const image = JSON.parse(podman("image", "inspect", "localhost/ocikit/every:1"))[0] as {
      GraphDriver: { Data: { UpperDir?: string } };
    };
    const top = JSON.parse(
      readFileSync(join(at("podman-root"), "vfs-layers", "layers.json"), "utf8"),
    ) as { id: string; parent?: string }[];
    const parents = new Set(top.map(({ parent }) => parent));
    const last = top.find(({ id }) => !parents.has(id))?.id ?? "";
    expect(image).toBeDefined();
    expect(comparable(await ours("ours-podman"))).toEqual(
      comparable(describeTree(join(trees, last))),
    );
  });

  test("is the same tree as docker's", async (context) => {
    const reason = missing("dockerd", "docker");
    if (reason) context.skip(reason);
    const archive = await ArchiveWriter.create(at("docker.tar"));
    await copy(await layout.resolve("every"), {
      target: archive,
      reference: "docker.io/ocikit/every:1",
    });
    await archive.finish();
    const socket = at("docker.sock");
    const server = await serve(
      "dockerd",
      [
        "--data-root",
        at("docker-root"),
        "--exec-root",
        at("docker-exec"),
        "--pidfile",
        at("docker.pid"),
        "-H",
        `unix://${socket}`,
        "--storage-driver",
        "vfs",
        "--bridge",
        "none",
        "--iptables=false",
        "--ip6tables=false",
        "--log-level",
        "error",
      ],
      () => existsSync(socket),
    );
    try {
      const docker = (...args: string[]): string =>
        run("docker", ["-H", `unix://${socket}`, ...args]);
      docker("load", "-i", at("docker.tar"));
      const image = JSON.parse(docker("image", "inspect", "ocikit/every:1")) as {
        RootFS: { Layers: string[] };
      }[];
      expect(image[0]?.RootFS.Layers).toHaveLength(3);
      const trees = at("docker-root", "vfs", "dir");
      const last = readdirSync(trees).find((name) => existsSync(join(trees, name, "added"))) ?? "";
      expect(comparable(await ours("ours-docker"))).toEqual(
        comparable(describeTree(join(trees, last))),
      );
    } finally {
      await server.stop();
    }
  });

  test("comes out of packing as it went in", async () => {
    const before = await ours("ours-pack");
    const packed = await Layout.open(at("packed"), { create: true });
    const layer = await addLayer(packed, packDirectory(at("ours-pack")));
    await packed.tag(await buildImage(packed, { layers: [layer] }), "again");
    expect(await ours("ours-again", "again", packed)).toEqual(before);
  });
});

describe("images of others", () => {
  /** A small tree with links, modes, attributes and fractions of seconds. */
  function source(): string {
    if (!existsSync(at("source"))) {
      mkdirSync(at("source"));
      run("sh", [
        "-ec",
        `cd ${at("source")}; mkdir -p etc usr/bin; echo root:x:0:0::/root:/bin/sh > etc/passwd
        cp /bin/true usr/bin/true; ln usr/bin/true usr/bin/alias; ln -s usr/bin bin; chmod 4755 usr/bin/true
        mknod null c 1 3; mkfifo fifo; setfattr -n user.a -v b etc/passwd; chown 7:8 etc/passwd; touch -d @1600000000.123456789 etc/passwd`,
      ]);
    }
    return at("source");
  }

  test("of umoci unpack to the same tree as umoci's", async (context) => {
    const reason = missing("umoci", "setfattr");
    if (reason) context.skip(reason);
    run("umoci", ["init", "--layout", at("made-by-umoci")]);
    run("umoci", ["new", "--image", `${at("made-by-umoci")}:a`]);
    run("umoci", ["insert", "--image", `${at("made-by-umoci")}:a`, source(), "/"]);
    run("umoci", ["unpack", "--image", `${at("made-by-umoci")}:a`, at("umoci-own")]);
    expect(await ours("ours-of-umoci", "a", await Layout.open(at("made-by-umoci")))).toEqual(
      describeTree(at("umoci-own", "rootfs")),
    );
  });

  test("of buildah unpack to the same tree as umoci's", async (context) => {
    const reason = missing("buildah", "umoci", "setfattr");
    if (reason) context.skip(reason);
    const buildah = (...args: string[]): string =>
      run("buildah", [
        "--root",
        at("buildah-root"),
        "--runroot",
        at("buildah-run"),
        "--storage-driver",
        "vfs",
        ...args,
      ]).trim();
    const container = buildah("from", "scratch");
    buildah("copy", container, source(), "/");
    buildah("config", "--cmd", "/usr/bin/true", container);
    buildah("commit", "--format", "oci", container, `oci:${at("made-by-buildah")}:b`);
    run("umoci", ["unpack", "--image", `${at("made-by-buildah")}:b`, at("umoci-buildah")]);
    expect(await ours("ours-of-buildah", "b", await Layout.open(at("made-by-buildah")))).toEqual(
      describeTree(at("umoci-buildah", "rootfs")),
    );
  });

  test("of skopeo, in every form it writes, are the same image", async (context) => {
    const reason = missing("skopeo");
    if (reason) context.skip(reason);
    run("skopeo", [
      "copy",
      "--insecure-policy",
      `oci:${at("layout")}:every`,
      `oci-archive:${at("skopeo-oci.tar")}:every`,
    ]);
    run("skopeo", [
      "copy",
      "--insecure-policy",
      `oci:${at("layout")}:every`,
      `docker-archive:${at("skopeo-docker.tar")}:ocikit/every:1`,
    ]);
    const expected = await ours("ours-skopeo");
    for (const [file, name] of [
      ["skopeo-oci.tar", "every"],
      ["skopeo-docker.tar", "ocikit/every:1"],
    ] as const) {
      await using archive = await Archive.open(at(file));
      expect(await ours(`ours-${file}`, name, archive)).toEqual(expected);
    }
  });

  test("of skopeo with zstd layers are the same image", async (context) => {
    const reason = missing("skopeo");
    if (reason) context.skip(reason);
    run("skopeo", [
      "copy",
      "--insecure-policy",
      "--dest-compress-format",
      "zstd",
      "--dest-compress",
      `oci:${at("layout")}:every`,
      `oci:${at("skopeo-zstd")}:z`,
    ]);
    expect(await ours("ours-zstd", "z", await Layout.open(at("skopeo-zstd")))).toEqual(
      await ours("ours-gzip"),
    );
  });
});

describe("what is written here", () => {
  test("is taken by skopeo as layout, OCI archive and docker archive", async (context) => {
    const reason = missing("skopeo");
    if (reason) context.skip(reason);
    const archive = await ArchiveWriter.create(at("ours.tar"));
    await copy(await layout.resolve("every"), {
      target: archive,
      reference: "docker.io/ocikit/every:1",
    });
    await archive.finish();
    for (const from of [
      `oci:${at("layout")}:every`,
      `oci-archive:${at("ours.tar")}`,
      `docker-archive:${at("ours.tar")}`,
    ]) {
      run("skopeo", [
        "copy",
        "--insecure-policy",
        from,
        `dir:${at(`skopeo-${from.split(":")[0]}`)}`,
      ]);
    }
  });
});

describe("a Debian root filesystem", () => {
  test("packs, and unpacks to the same tree here and by umoci", async (context) => {
    const reason = missing("umoci", "debootstrap");
    if (reason) context.skip(reason);
    const tree = process.env.OCIKIT_DEBIAN_ROOT ?? at("debian");
    if (!existsSync(tree)) run("debootstrap", ["--variant=minbase", "bookworm", tree]);
    const debian = await Layout.open(at("debian-layout"), { create: true });
    const layer = await addLayer(debian, packDirectory(tree), { level: 1 });
    await debian.tag(await buildImage(debian, { layers: [layer] }), "debian");
    await debian.settle();
    const unpacked = await ours("ours-debian", "debian", debian);
    run("umoci", ["unpack", "--image", `${at("debian-layout")}:debian`, at("umoci-debian")]);
    expect(unpacked).toEqual(describeTree(at("umoci-debian", "rootfs")));
    expect(unpacked).toEqual(describeTree(tree));
  }, 300_000);
});
