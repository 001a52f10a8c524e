// A containerd of the tests' own, in a sandbox: its root, its state and its containers are gone with it.
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianMissing, debianRoot } from "@ocikit/testing/debian";
import { Sandbox, sandboxMissing } from "@ocikit/testing/sandbox";
import { type Cri, connect } from "../../src/index.ts";
import { buildImage, busybox } from "./test-image.ts";

/** The image containers of the tests run. */
export const testImage = "ocikit.test/busybox:1";
const pauseImage = "ocikit.test/pause:1";

export interface ContainerdOptions {
  /** The release of Debian whose containerd it is; the one installed on this machine when it is not said. */
  readonly release?: string | undefined;
}

/** Why tests that need containerd can't run here; undefined when they can. */
export function missing({ release }: ContainerdOptions = {}): string | undefined {
  const why = sandboxMissing() ?? (existsSync(busybox) ? undefined : "needs busybox-static");
  if (why !== undefined) return why;
  if (release !== undefined) return debianMissing();
  const wanted = [
    ["/usr/bin/containerd", "containerd"],
    ["/usr/sbin/runc", "runc"],
  ] as const;
  const lacking = wanted.filter(([path]) => !existsSync(path)).map(([, name]) => name);
  return lacking.length === 0 ? undefined : `needs ${lacking.join(", ")}`;
}

export interface TestContainerd extends AsyncDisposable {
  /** A folder that this machine and the sandbox both see, under the same path. */
  readonly folder: string;
  readonly endpoint: string;
  readonly cri: Cri;
  /** The digest of the test image's config, which is the image's id. */
  readonly imageId: string;
  /** The layout the test image was imported from. */
  readonly imageLayout: string;
  /** The layout of another image, which is not in it. */
  readonly otherLayout: string;
  /** Runs `ctr` in CRI's namespace and returns what it printed. */
  ctr(...args: string[]): Promise<string>;
  /** Ends containerd with SIGKILL, its shims living on, and starts it again. */
  restart(): Promise<void>;
}

/** Starts a containerd with the test image in it. */
export async function startContainerd({
  release,
}: ContainerdOptions = {}): Promise<TestContainerd> {
  const root =
    release === undefined
      ? undefined
      : await debianRoot({ release, packages: ["containerd", "runc", "criu", "mount", "tini"] });
  const folder = await mkdtemp(join(tmpdir(), "ocikit-cri-"));
  const endpoint = `unix://${join(folder, "containerd.sock")}`;
  const log: string[] = [];
  let sandbox: Sandbox | undefined;
  let cri: Cri | undefined;
  const dispose = async (): Promise<void> => {
    await cri?.[Symbol.asyncDispose]();
    await sandbox?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const other = await buildImage(folder, {
      name: "ocikit.test/other:1",
      entrypoint: ["cat"],
      user: "1000",
    });
    const pause = await buildImage(folder, {
      name: pauseImage,
      entrypoint: ["sleep", "2147483647"],
    });
    const image = await buildImage(folder, { name: testImage, entrypoint: ["sh"] });
    await writeFile(join(folder, "config.toml"), config(folder));
    const opened = await Sandbox.open({
      ...(root === undefined ? {} : { root }),
      // Streaming is over TCP, and the test stands outside.
      network: "host",
      unifiedCgroup: false,
      binds: [{ source: folder, writable: true }],
    });
    sandbox = opened;
    // A bare root has none, and pods get copies of them.
    await opened.script("echo 127.0.0.1 localhost >/etc/hosts; touch /etc/resolv.conf");
    let child: ChildProcess | undefined;
    const launch = (): void => {
      child = opened.start(["containerd", "--config", join(folder, "config.toml")]);
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding("utf8").on("data", (text: string) => {
          log.push(text);
          if (log.length > 300) log.shift();
        });
      }
    };
    launch();
    const connected = await waitForRuntime(endpoint);
    cri = connected;
    const ctr = async (...args: string[]): Promise<string> => {
      const socket = join(folder, "containerd.sock");
      const all = ["ctr", "--address", socket, "--namespace", "k8s.io", ...args] as const;
      const { status, stdout, stderr } = await opened.run(all);
      if (status !== 0) throw new Error(`ctr ${args.join(" ")}: ${stderr}`);
      return stdout;
    };
    for (const { archive } of [pause, image]) await ctr("images", "import", archive);
    await waitForImage(connected);
    return {
      folder,
      endpoint,
      cri: connected,
      imageId: image.id,
      imageLayout: image.layout,
      otherLayout: other.layout,
      ctr,
      async restart() {
        const ended = new Promise((resolve) => child?.once("exit", resolve));
        // It became containerd when it had entered the sandbox.
        child?.kill("SIGKILL");
        await ended;
        launch();
        await (await waitForRuntime(endpoint))[Symbol.asyncDispose]();
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw new Error(`containerd did not start: ${log.join("").slice(-4000)}`, { cause: error });
  }
}

function config(folder: string): string {
  return `version = 2
# The sandbox's own memory: an overlay can't stand on the overlay that is its root.
root = "/run/ocikit-cri/root"
state = "/run/ocikit-cri/state"

[grpc]
  address = ${JSON.stringify(join(folder, "containerd.sock"))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${JSON.stringify(pauseImage)}
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  # Without CAP_SYS_RESOURCE nobody can be made safer from the OOM killer than containerd is itself.
  restrict_oom_score_adj = true
  disable_apparmor = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    conf_dir = "/run/ocikit-cri/cni"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
}

async function waitForRuntime(endpoint: string): Promise<Cri> {
  for (let tries = 0; ; tries++) {
    try {
      return await connect(endpoint, { timeoutMs: 2000 });
    } catch (error) {
      if (tries > 200) throw error;
      await sleep(100);
    }
  }
}

/** CRI learns of imported images by an event. */
async function waitForImage(cri: Cri): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { image } = await cri.image.imageStatus({ image: { image: testImage } });
    if (image !== undefined) return;
    if (tries > 100) throw new Error("the imported image does not show");
    await sleep(50);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
