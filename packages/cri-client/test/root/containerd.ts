// A containerd of the tests' own: its own root, state and socket, and images made here.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Cri, connect } from "../../src/index.ts";
import { buildImage, busybox } from "./test-image.ts";

const run = promisify(execFile);

/** The image containers of the tests run. */
export const testImage = "ocikit.test/busybox:1";
const pauseImage = "ocikit.test/pause:1";

/** Everything of ours below it carries this name, so that what is left behind can be told from others' things. */
const prefix = "ocikit-cri-";

/** Why tests that need containerd can't run here; undefined when they can. */
export function missing(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  const wanted = [
    ["/usr/bin/containerd", "containerd"],
    ["/usr/sbin/runc", "runc"],
    ["/usr/lib/cni/bridge", "containernetworking-plugins"],
    [busybox, "busybox-static"],
  ] as const;
  const lacking = wanted.filter(([path]) => !existsSync(path)).map(([, name]) => name);
  return lacking.length === 0 ? undefined : `needs ${lacking.join(", ")}`;
}

export interface TestContainerd extends AsyncDisposable {
  readonly folder: string;
  readonly endpoint: string;
  readonly cri: Cri;
  /** The digest of the test image's config, which is the image's id. */
  readonly imageId: string;
  readonly cgroupParent: string;
  /** Runs `ctr` in CRI's namespace and returns what it printed. */
  ctr(...args: string[]): Promise<string>;
}

/** Starts a containerd with the test image in it. Disposing of it removes every pod, and every trace. */
export async function startContainerd(): Promise<TestContainerd> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  const socket = join(folder, "containerd.sock");
  const cgroupParent = `/${folder.slice(folder.lastIndexOf("/") + 1)}`;
  await writeFile(join(folder, "config.toml"), config(folder, socket));
  const child = spawn("containerd", ["--config", join(folder, "config.toml")], {
    stdio: ["ignore", "pipe", "pipe"],
    // The tests may themselves run in a service: containerd would tell its manager that it is ready.
    env: { PATH: process.env.PATH, NOTIFY_SOCKET: "" },
  });
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => log.push(text));
  }
  const ctr = async (...args: string[]): Promise<string> =>
    (await run("ctr", ["--address", socket, "--namespace", "k8s.io", ...args])).stdout;
  let cri: Cri | undefined;
  try {
    cri = await waitForRuntime(`unix://${socket}`, child, log);
    const pause = await buildImage(folder, {
      name: pauseImage,
      entrypoint: ["sleep", "2147483647"],
    });
    const image = await buildImage(folder, { name: testImage, entrypoint: ["sh"] });
    for (const { archive } of [pause, image]) await ctr("images", "import", archive);
    // CRI learns of imported images by an event.
    await waitForImage(cri);
    const started = cri;
    return {
      folder,
      endpoint: `unix://${socket}`,
      cri,
      imageId: image.id,
      cgroupParent,
      ctr,
      [Symbol.asyncDispose]: () => stop(folder, cgroupParent, child, started),
    };
  } catch (error) {
    await stop(folder, cgroupParent, child, cri);
    throw new Error(`containerd did not start: ${log.join("").slice(-4000)}`, { cause: error });
  }
}

function config(folder: string, socket: string): string {
  const quoted = JSON.stringify;
  return `version = 2
root = ${quoted(join(folder, "root"))}
state = ${quoted(join(folder, "state"))}
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
  address = ${quoted(socket)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${quoted(pauseImage)}
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  # Without CAP_SYS_RESOURCE nobody can be made safer from the OOM killer than containerd is itself.
  restrict_oom_score_adj = true
  disable_apparmor = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${quoted(join(folder, "cni"))}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
}

async function waitForRuntime(endpoint: string, child: ChildProcess, log: string[]): Promise<Cri> {
  for (let tries = 0; ; tries++) {
    try {
      return await connect(endpoint, { timeoutMs: 2000 });
    } catch (error) {
      if (child.exitCode !== null || tries > 300) throw error;
      log.splice(0, Math.max(0, log.length - 200));
      await sleep(100);
    }
  }
}

async function waitForImage(cri: Cri): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { image } = await cri.image.imageStatus({ image: { image: testImage } });
    if (image !== undefined) return;
    if (tries > 100) throw new Error("the imported image does not show");
    await sleep(50);
  }
}

/** Ends everything that was started, whether or not the tests passed. */
async function stop(
  folder: string,
  cgroupParent: string,
  child: ChildProcess,
  cri: Cri | undefined,
): Promise<void> {
  if (cri !== undefined) {
    await removePods(cri).catch(() => {});
    await cri[Symbol.asyncDispose]();
  }
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(killer);
  }
  await killProcessesOf(folder);
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true });
  await removeCgroups(cgroupParent);
}

async function removePods(cri: Cri): Promise<void> {
  const { items } = await cri.runtime.listPodSandbox({}, { timeoutMs: 5000 });
  await Promise.all(
    items.map(async ({ id: podSandboxId }) => {
      await cri.runtime.stopPodSandbox({ podSandboxId }, { timeoutMs: 20_000 });
      await cri.runtime.removePodSandbox({ podSandboxId }, { timeoutMs: 20_000 });
    }),
  );
}

/** Shims that outlived their containerd name its socket on their command line. */
async function killProcessesOf(folder: string): Promise<void> {
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!command.startsWith("/usr/bin/containerd-shim") || !command.includes(folder)) continue;
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}

async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile("/proc/self/mountinfo", "utf8"))
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) await run("umount", ["-l", path]).catch(() => {});
}

async function removeCgroups(cgroupParent: string): Promise<void> {
  for (const controller of await readdir("/sys/fs/cgroup").catch(() => [])) {
    const path = `/sys/fs/cgroup/${controller}${cgroupParent}`;
    if (!existsSync(path)) continue;
    await run("find", [path, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]).catch(() => {});
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
