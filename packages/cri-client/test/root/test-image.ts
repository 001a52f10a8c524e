// Makes a small image on the spot: busybox with its applets, as an archive that `ctr images import` takes.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where Debian's busybox-static puts it. */
export const busybox = "/bin/busybox";

export interface ImageOptions {
  readonly name: string;
  readonly entrypoint: readonly string[];
  readonly user?: string;
}

/** Writes an archive of the OCI layout with one image; returns its path, the layout's and the digest of the image's config. */
export async function buildImage(
  folder: string,
  { name, entrypoint, user = "" }: ImageOptions,
): Promise<{ archive: string; layout: string; id: string }> {
  const work = join(folder, name.replaceAll(/[^a-z0-9]/g, "-"));
  const rootfs = join(work, "rootfs");
  for (const path of ["bin", "etc", "proc", "sys", "dev", "tmp", "var/log"]) {
    await mkdir(join(rootfs, path), { recursive: true });
  }
  await copyFile(busybox, join(rootfs, "bin/busybox"));
  const { stdout: applets } = await run(busybox, ["--list"]);
  for (const applet of applets.split("\n").filter((a) => a !== "" && a !== "busybox")) {
    await symlink("busybox", join(rootfs, "bin", applet));
  }
  await writeFile(
    join(rootfs, "etc/passwd"),
    "root:x:0:0:root:/:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n",
  );
  await writeFile(join(rootfs, "etc/group"), "root:x:0:\nweb:x:1000:\nextra:x:2000:web\n");

  const layout = join(work, "layout");
  await mkdir(join(layout, "blobs/sha256"), { recursive: true });
  const layer = join(work, "layer.tar");
  await run("tar", [
    ...["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"],
    ...["-C", rootfs, "-cf", layer, "."],
  ]);
  const put = async (bytes: Buffer): Promise<string> => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(layout, "blobs/sha256", hex), bytes);
    return `sha256:${hex}`;
  };
  const putJson = async (value: unknown): Promise<{ digest: string; size: number }> => {
    const bytes = Buffer.from(JSON.stringify(value));
    return { digest: await put(bytes), size: bytes.length };
  };
  const layerBytes = await readFile(layer);
  const layerDigest = await put(layerBytes);
  const config = await putJson({
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: entrypoint, Env: ["PATH=/bin"], User: user, WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [layerDigest] },
  });
  const manifest = await putJson({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
    layers: [
      {
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        digest: layerDigest,
        size: layerBytes.length,
      },
    ],
  });
  await writeFile(
    join(layout, "index.json"),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        {
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          ...manifest,
          annotations: { "io.containerd.image.name": name },
        },
      ],
    }),
  );
  await writeFile(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const archive = join(work, "image.tar");
  await run("tar", ["-C", layout, "-cf", archive, "."]);
  return { archive, layout, id: config.digest };
}
