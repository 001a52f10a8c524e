import {
  addLayer,
  buildImage,
  type Descriptor,
  type Target,
  type TarInput,
  writeTar,
} from "@ocikit/oci-image";

const T = 1_700_000_000_000_000_000n;
/** cap_net_raw+ep, version 2, as the kernel keeps it. */
const CAPABILITY = Uint8Array.from(Buffer.from("0100000200200000000000000000000000000000", "hex"));

const dir = (path: string, more: Partial<TarInput> = {}): TarInput => ({
  type: "directory",
  path,
  modifiedNs: T,
  ...more,
});
const file = (path: string, body: string, more: Partial<TarInput> = {}): TarInput => ({
  type: "file",
  path,
  body,
  modifiedNs: T + 1_000_000_000n,
  ...more,
});
const PING: Partial<TarInput> = {
  mode: 0o755,
  xattrs: new Map([["security.capability", CAPABILITY]]),
};
const gone = (path: string): TarInput => file(path, "", { mode: 0 });

/** Layers with every kind of entry and every way to take one away. */
export const EVERY_KIND: readonly (readonly TarInput[])[] = [
  [
    dir("./", { mode: 0o755 }),
    dir("bin/"),
    file("bin/tool", "#!/bin/sh\n", {
      mode: 0o4755,
      xattrs: new Map([["user.note", Uint8Array.of(1, 0, 2)]]),
    }),
    file("bin/ping", "elf", PING),
    // As all packers write it: with what the file has, which docker and containerd set again.
    file("bin/ping4", "", { ...PING, type: "hardlink", linkPath: "bin/ping" }),
    { type: "symlink", path: "bin/abs", linkPath: "/bin/tool", modifiedNs: T },
    {
      type: "symlink",
      path: "bin/dangling",
      linkPath: "../nowhere/x",
      modifiedNs: T,
      uid: 5,
      gid: 6,
    },
    { type: "hardlink", path: "bin/abs2", linkPath: "bin/abs", mode: 0o777, modifiedNs: T },
    dir("dev/"),
    {
      type: "character-device",
      path: "dev/null",
      deviceMajor: 1,
      deviceMinor: 3,
      mode: 0o666,
      modifiedNs: T,
    },
    {
      type: "block-device",
      path: "dev/loop",
      deviceMajor: 7,
      deviceMinor: 300,
      mode: 0o660,
      gid: 6,
      modifiedNs: T,
    },
    { type: "fifo", path: "dev/fifo", mode: 0o640, uid: 3, modifiedNs: T },
    dir("data/", { mode: 0o2775, uid: 1000, gid: 1001 }),
    file("data/owned", "x".repeat(70_000), { uid: 1000, gid: 70_000, mode: 0o640 }),
    dir("data/keep/"),
    file("data/keep/a", "a"),
    dir("data/opaque/", { mode: 0o1777 }),
    file("data/opaque/old", "old"),
    dir("data/opaque/sub/"),
    file("data/opaque/sub/older", "older"),
    dir("tree/"),
    dir("tree/deep/"),
    file("tree/deep/f", "f"),
    file("becomes-dir", "file"),
    dir("becomes-file/"),
    file("becomes-file/inner", "x"),
    file("becomes-link", "x"),
    { type: "symlink", path: "lib", linkPath: "data/keep", modifiedNs: T },
    dir(`long-${"n".repeat(90)}/`),
    file(`long-${"n".repeat(90)}/${"m".repeat(120)}`, "long"),
    file("unicode-é文", "u"),
    file("times", "t", { modifiedNs: 1_234_567_890_000_000_000n }),
  ],
  [
    gone("tree/.wh.deep"),
    gone("data/keep/.wh.a"),
    file("data/keep/b", "b"),
    gone("data/opaque/.wh..wh..opq"),
    file("data/opaque/new", "new"),
    dir("becomes-dir/"),
    file("becomes-dir/inside", "in"),
    file("becomes-file", "now a file"),
    { type: "symlink", path: "becomes-link", linkPath: "times", modifiedNs: T },
    file("bin/tool", "replaced", { mode: 0o755 }),
    dir("data/", { mode: 0o700, modifiedNs: T + 5_000_000_000n }),
  ],
  [gone(".wh.unicode-é文"), file("added", "third")],
];

/** Writes the image of those layers. */
export async function writeEveryKind(target: Target, name: string): Promise<Descriptor> {
  const layers = [];
  for (const entries of EVERY_KIND) layers.push(await addLayer(target, writeTar(entries)));
  const descriptor = await buildImage(target, { layers, config: { Cmd: ["/bin/tool"] } });
  await target.tag(descriptor, name);
  return descriptor;
}
