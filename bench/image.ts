// npm run bench:image: unpacking by oci-image and its peers in one run, to memory, with the physical limits beside.
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { addLayer, buildImage, copy } from "@ocikit/oci-image";
import { ArchiveWriter, Layout, packDirectory } from "@ocikit/oci-image/node";
import { startContainerd } from "./src/containerd.ts";
import { type Figures, median, pairedRatio, table } from "./src/figures.ts";

const rounds = Number(process.env.OCIKIT_BENCH_ROUNDS ?? 5);
const wantedBytes = 220e6;
const wantedFiles = 3500;

if (process.getuid?.() !== 0) {
  console.error("the peers unpack owners and devices: run it as root");
  process.exit(1);
}
// In memory: a disk's filesystem that deletes and makes the same files again measures nothing but that.
const area = mkdtempSync("/dev/shm/ocikit-bench-");
process.on("exit", () => rmSync(area, { recursive: true, force: true }));

/** Files of this machine's programs and libraries, cut into four folders, so that they compress as real layers do. */
function makeTree(): readonly string[] {
  const folders = ["a", "b", "c", "d"];
  const files: string[] = [];
  const gather = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const full = join(path, entry.name);
      if (entry.isDirectory()) gather(full);
      else if (entry.isFile() && statSync(full).size < 30e6) files.push(full);
    }
  };
  for (const path of ["/usr/bin", "/usr/lib", "/usr/share"]) gather(path);
  files.sort();
  const step = Math.max(1, Math.floor(files.length / wantedFiles));
  // A cut through all of them, and the largest ones until there are bytes enough.
  const chosen = new Set(files.filter((_, i) => i % step === 0).slice(0, wantedFiles));
  const size = (path: string): number => statSync(path).size;
  let bytes = [...chosen].reduce((sum, path) => sum + size(path), 0);
  for (const path of files.toSorted((one, two) => size(two) - size(one))) {
    if (bytes >= wantedBytes) break;
    if (chosen.has(path)) continue;
    chosen.add(path);
    bytes += size(path);
  }
  let count = 0;
  for (const path of chosen) {
    const folder = join(area, "tree", folders[count % folders.length] ?? "", String(count % 50));
    mkdirSync(folder, { recursive: true });
    copyFileSync(path, join(folder, String(count)));
    count++;
  }
  console.log(`${count} files, ${(bytes / 1e6).toFixed(0)} MB`);
  return folders;
}

const folders = makeTree();
const layout = await Layout.open(join(area, "layout"), { create: true });
const whole = await addLayer(layout, packDirectory(join(area, "tree")));
const one = await buildImage(layout, { layers: [whole] });
await layout.tag(one, "one");
const parts = [];
for (const folder of folders)
  parts.push(await addLayer(layout, packDirectory(join(area, "tree", folder), { prefix: folder })));
await layout.tag(await buildImage(layout, { layers: parts }), "four");
await layout.settle();
for (const name of ["one", "four"]) {
  await using archive = await ArchiveWriter.create(join(area, `${name}.tar`));
  await copy(await layout.resolve(name), {
    target: archive,
    reference: `docker.io/bench/${name}:1`,
  });
  await archive.finish();
}
writeFileSync(join(area, "layer.tar.gz"), await concat(layout.read(whole.descriptor)));

await using containerd = await startContainerd(area);
const cli = fileURLToPath(new URL("../packages/oci-image/dist/node/cli/bin.js", import.meta.url));
const out = join(area, "out");
const bun = fileURLToPath(new URL("../node_modules/.bin/bun", import.meta.url));
const runtimes: readonly (readonly [string, string])[] = [
  [`node ${process.versions.node}`, process.execPath],
  ...(process.env.npm_node_execpath
    ? ([["the shell's node", process.env.npm_node_execpath]] as const)
    : []),
  ...(existsSync(bun) ? ([["bun", bun]] as const) : []),
];

interface Candidate {
  readonly name: string;
  readonly command: readonly string[];
  readonly ours?: true;
  clean?(): void;
}

function candidates(image: "one" | "four"): readonly Candidate[] {
  const reference = `docker.io/bench/${image}:1`;
  return [
    ...runtimes.map(([name, path]) => ({
      name: `oci-image, ${name}`,
      command: [path, cli, "unpack", "-q", `oci:${join(area, "layout")}:${image}`, out],
      ours: true as const,
    })),
    {
      name: "umoci raw unpack",
      command: ["umoci", "raw", "unpack", "--image", `${join(area, "layout")}:${image}`, out],
    },
    {
      name: "ctr image import",
      command: [
        "ctr",
        "-a",
        containerd.socket,
        "images",
        "import",
        "--snapshotter",
        "native",
        join(area, `${image}.tar`),
      ],
      clean: () => containerd.forget(reference),
    },
    ...(image === "one"
      ? [{ name: "tar -xzf", command: ["tar", "-xzf", join(area, "layer.tar.gz"), "-C", out] }]
      : []),
    {
      name: "skopeo copy (no unpacking)",
      command: [
        "skopeo",
        "copy",
        "--insecure-policy",
        `oci:${join(area, "layout")}:${image}`,
        `dir:${out}`,
      ],
    },
    { name: "limit: gzip -dc", command: ["gzip", "-dc", join(area, "layer.tar.gz")] },
    {
      name: "limit: sha256 of the archive",
      command: ["sh", "-c", `cat ${join(area, "tree")}/*/*/* | openssl sha256`],
    },
  ];
}

function measure(list: readonly Candidate[]): Map<string, Figures> {
  const figures = new Map<string, { wallUs: number[]; cpuUs: number[]; peakKiB: number }>();
  for (let round = 0; round <= rounds; round++) {
    for (const { name, command, clean } of list) {
      rmSync(out, { recursive: true, force: true });
      if (name.startsWith("tar")) mkdirSync(out);
      const from = process.hrtime.bigint();
      const done: SpawnSyncReturns<string> = spawnSync(
        "/usr/bin/time",
        ["-f", "%U %S %M", "--", ...command],
        { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] },
      );
      const wall = Number(process.hrtime.bigint() - from) / 1000;
      if (done.status !== 0)
        throw new Error(`${command.join(" ")}: ${done.status}\n${done.stderr}`);
      clean?.();
      // The first round warms what is cached, and is not counted.
      if (round === 0) continue;
      const [user = 0, system = 0, peak = 0] = (done.stderr.trim().split("\n").at(-1) ?? "")
        .split(" ")
        .map(Number);
      const all = figures.get(name) ?? { wallUs: [], cpuUs: [], peakKiB: 0 };
      all.wallUs.push(wall);
      all.cpuUs.push((user + system) * 1e6);
      all.peakKiB = Math.max(all.peakKiB, peak);
      figures.set(name, all);
    }
  }
  rmSync(out, { recursive: true, force: true });
  return figures;
}

for (const image of ["one", "four"] as const) {
  const list = candidates(image);
  const figures = measure(list);
  const ours = list.filter((candidate) => candidate.ours).map(({ name }) => name);
  const head = [
    `unpack, ${image} layer${image === "four" ? "s" : ""}`,
    "median ms",
    "cpu ms",
    "peak KiB",
    ...ours.map((name) => `${name.replace("oci-image, ", "")}'s share`),
  ];
  const rows = list.map(({ name }) => {
    const own = figures.get(name) as Figures;
    return [
      name,
      (median(own.wallUs) / 1000).toFixed(0),
      // The peer's daemon does the work, so its client's processor time says nothing.
      name.startsWith("ctr") ? "-" : (median(own.cpuUs) / 1000).toFixed(0),
      name.startsWith("ctr") ? "-" : String(own.peakKiB),
      ...ours.map((mine) =>
        pairedRatio((figures.get(mine) as Figures).wallUs, own.wallUs).toFixed(2),
      ),
    ];
  });
  console.log(table(head, rows));
}

async function concat(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
