// What `cri` shows, held against what containerd says of itself: `ctr`, which is no client of the CRI, and its own records.
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningPod, runPod } from "../../src/index.ts";
import { type CliResult, runCli, startCli } from "../run-cli.ts";
import { missing, startContainerd, type TestContainerd, testImage } from "./containerd.ts";

/** What `ctr containers info` prints. */
interface ContainerRecord {
  readonly ID: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly CreatedAt: string;
  readonly SnapshotKey: string;
  readonly Snapshotter: string;
  readonly Runtime: { readonly Name: string };
  readonly Spec: object;
  readonly Extensions: Readonly<Record<string, { readonly value: string }>>;
}

/** What containerd's CRI keeps of a container or a pod. */
interface Metadata {
  readonly ID: string;
  readonly SandboxID: string;
  readonly ImageRef: string;
  readonly LogPath: string;
  readonly RuntimeHandler: string;
  readonly Config: {
    readonly metadata: {
      readonly name: string;
      readonly namespace?: string;
      readonly uid?: string;
      readonly attempt?: number;
    };
    readonly image: { readonly image: string; readonly user_specified_image?: string };
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

const releases = [
  { name: "Debian's containerd", release: undefined },
  { name: "containerd of sid", release: "sid" },
];

for (const { name, release } of releases) {
  const why = missing({ release });
  if (why !== undefined) test(name, (context) => context.skip(why));
  else describe(`cri on ${name}`, () => describeCommand(release));
}

function describeCommand(release: string | undefined): void {
  let containerd: TestContainerd;
  let web: RunningPod<"main" | "short">;
  let jobs: RunningPod<"job">;

  beforeAll(async () => {
    containerd = await startContainerd({ release });
    const common = {
      network: "host",
      cgroupParent: "/ocikit-cri",
      logDirectory: join(containerd.folder, "logs"),
    } as const;
    web = await runPod(containerd.cri, {
      ...common,
      name: "web",
      namespace: "shop",
      labels: { app: "web", "example.com/tier": "front" },
      annotations: { "example.com/note": "ä note" },
      containers: {
        main: {
          image: testImage,
          command: ["sh", "-c", "sleep 1000"],
          labels: { part: "main" },
          env: { WORD: "hi" },
          mounts: { "/data": `${containerd.folder}:ro` },
          memoryBytes: 64 << 20,
        },
        short: { image: testImage, command: ["sh", "-c", "sleep 0.3; exit 3"] },
      },
    });
    jobs = await runPod(containerd.cri, {
      ...common,
      name: "jobs",
      containers: { job: { image: testImage, command: ["sh", "-c", "sleep 1000"] } },
    });
    await web.containers.short.exited();
  }, 120_000);

  afterAll(async () => {
    await web?.[Symbol.asyncDispose]();
    await jobs?.[Symbol.asyncDispose]();
    await containerd?.[Symbol.asyncDispose]();
  }, 60_000);

  const run = (...args: string[]): Promise<CliResult> =>
    runCli(["-r", containerd.endpoint, ...args]);
  const ok = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  };
  const json = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await ok(...args, "-o", "json")) as T;

  async function recordOf(id: string): Promise<ContainerRecord & { metadata: Metadata }> {
    const record = JSON.parse(await containerd.ctr("containers", "info", id)) as ContainerRecord;
    const [extension] = Object.values(record.Extensions);
    const text = Buffer.from(extension?.value ?? "", "base64").toString();
    return { ...record, metadata: (JSON.parse(text) as { Metadata: Metadata }).Metadata };
  }

  /** Ids of tasks, with the pid and the state of each. */
  async function tasks(): Promise<Map<string, { pid: number; status: string }>> {
    const lines = (await containerd.ctr("tasks", "ls")).trim().split("\n").slice(1);
    return new Map(
      lines.map((line) => {
        const [id = "", pid = "", status = ""] = line.split(/\s+/);
        return [id, { pid: Number(pid), status }];
      }),
    );
  }

  /** The records keep a moment of their own, taken a little later. */
  function expectAbout(timeMs: number, recorded: string): void {
    expect(Math.abs(timeMs - Date.parse(recorded))).toBeLessThan(2000);
  }

  test("cri ps shows every field as containerd has it", async () => {
    const { containers } = await json<{ containers: Record<string, unknown>[] }>("ps", "-a");
    expect(containers).toHaveLength(3);
    const running = await tasks();
    for (const { createdAt, ...shown } of containers) {
      const { metadata: kept, CreatedAt } = await recordOf(shown.id as string);
      const { metadata, image, labels = {}, annotations = {} } = kept.Config;
      expect(shown).toEqual({
        id: kept.ID,
        podSandboxId: kept.SandboxID,
        metadata: { name: metadata.name, attempt: metadata.attempt ?? 0 },
        image: {
          image: image.image,
          annotations: {},
          userSpecifiedImage: image.user_specified_image ?? "",
          runtimeHandler: "",
          imageRef: "",
        },
        imageRef: kept.ImageRef,
        state:
          running.get(kept.ID)?.status === "RUNNING" ? "CONTAINER_RUNNING" : "CONTAINER_EXITED",
        labels,
        annotations,
        // Neither version fills it in.
        imageId: "",
      });
      expectAbout(Number(BigInt(createdAt as string) / 1_000_000n), CreatedAt);
    }
    expect(containers.map(({ id }) => id).sort()).toEqual(
      [web.containers.main.id, web.containers.short.id, jobs.containers.job.id].sort(),
    );
  });

  test("cri ps shows it to people", async () => {
    const [head, ...lines] = (await ok("ps")).trimEnd().split("\n");
    expect(head?.split(/ {3,}/)).toEqual([
      ...[
        "CONTAINER",
        "IMAGE",
        "CREATED",
        "STATE",
        "NAME",
        "ATTEMPT",
        "POD ID",
        "POD",
        "NAMESPACE",
      ],
    ]);
    const rows = lines.map((line) => line.split(/ {3,}/));
    const running = await tasks();
    const wanted = [web.containers.main.id, jobs.containers.job.id].map(async (id) => {
      const { metadata: kept } = await recordOf(id);
      const { metadata: pod } = await recordOf(kept.SandboxID);
      expect(running.get(id)?.status).toBe("RUNNING");
      const { image, metadata } = kept.Config;
      return [
        kept.ID.slice(0, 13),
        image.user_specified_image ?? image.image.slice(7, 20),
        expect.stringMatching(/second|minute/),
        "Running",
        metadata.name,
        "0",
        kept.SandboxID.slice(0, 13),
        pod.Config.metadata.name,
        pod.Config.metadata.namespace,
      ];
    });
    expect(rows).toEqual(expect.arrayContaining(await Promise.all(wanted)));
    expect(rows).toHaveLength(2);
  });

  test("cri pods shows every field as containerd has it", async () => {
    const { items } = await json<{ items: Record<string, unknown>[] }>("pods");
    expect(items.map(({ id }) => id)).toEqual([jobs.id, web.id]);
    const running = await tasks();
    for (const { createdAt, ...shown } of items) {
      const { metadata: kept, CreatedAt } = await recordOf(shown.id as string);
      const { metadata, labels = {}, annotations = {} } = kept.Config;
      expect(shown).toEqual({
        id: kept.ID,
        metadata: {
          name: metadata.name,
          uid: metadata.uid,
          namespace: metadata.namespace,
          attempt: metadata.attempt ?? 0,
        },
        state: running.get(kept.ID)?.status === "RUNNING" ? "SANDBOX_READY" : "SANDBOX_NOTREADY",
        labels,
        annotations,
        runtimeHandler: kept.RuntimeHandler,
      });
      expectAbout(Number(BigInt(createdAt as string) / 1_000_000n), CreatedAt);
    }
    const lines = (await ok("pods")).trimEnd().split("\n");
    expect(lines[2]?.split(/ {3,}/)).toEqual([
      web.id.slice(0, 13),
      expect.stringMatching(/second|minute/),
      ...["Ready", "web", "shop", "0", "(default)"],
    ]);
  });

  test("cri images shows every field as containerd has it", async () => {
    const index = JSON.parse(
      await readFile(join(containerd.imageLayout, "index.json"), "utf8"),
    ) as {
      manifests: [{ digest: string; size: number }];
    };
    const [manifest] = index.manifests;
    const blob = (digest: string): string =>
      join(containerd.imageLayout, "blobs", digest.replace(":", "/"));
    const { config, layers } = JSON.parse(await readFile(blob(manifest.digest), "utf8")) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    const blobs = [manifest, config, ...layers].map(
      async ({ digest }) => (await stat(blob(digest))).size,
    );
    const size = (await Promise.all(blobs)).reduce((sum, one) => sum + one, 0);
    const { images } = await json<{ images: Record<string, unknown>[] }>("images");
    // Each image stands in its list under its name and under its id, with what it is as a label.
    const listed = (await containerd.ctr("images", "ls")).trim().split("\n").slice(1);
    expect(images.map(({ id }) => id).sort()).toEqual(
      listed
        .map((line) => line.split(/\s+/)[0] ?? "")
        .filter((ref) => ref.startsWith("sha256:"))
        .sort(),
    );
    const line = listed.find((text) => text.startsWith(testImage));
    expect(line).toContain(manifest.digest);
    expect(images.find(({ id }) => id === config.digest)).toEqual({
      id: config.digest,
      repoTags: [testImage],
      repoDigests: [],
      size: String(size),
      uid: null,
      username: "",
      spec: null,
      pinned: line?.includes("pinned") === true,
    });
    for (const { id, pinned } of images) {
      const own = listed.find((text) => text.startsWith(id as string));
      expect(pinned).toBe(own?.includes("io.cri-containerd.pinned=pinned"));
    }
    const rows = (await ok("images"))
      .trimEnd()
      .split("\n")
      .map((row) => row.split(/ {3,}/));
    const [repository, tag] = testImage.split(":");
    const megabytes = `${Number((size / 1e6).toPrecision(3))}MB`;
    expect(rows).toContainEqual([repository, tag, config.digest.slice(7, 20), megabytes]);
  });

  test("cri inspect shows every field as containerd has it", async () => {
    const { id } = web.containers.main;
    const { status, info } = await json<Record<"status" | "info", Record<string, unknown>>>(
      "inspect",
      id,
    );
    const record = await recordOf(id);
    const { Config, LogPath, ImageRef, SandboxID } = record.metadata;
    const { createdAt, startedAt, resources, user, stopSignal, ...rest } = status;
    expect(rest).toEqual({
      id,
      metadata: { name: Config.metadata.name, attempt: 0 },
      state: "CONTAINER_RUNNING",
      finishedAt: "",
      exitCode: 0,
      image: {
        image: testImage,
        annotations: {},
        userSpecifiedImage: "",
        runtimeHandler: "",
        imageRef: "",
      },
      imageRef: ImageRef,
      imageId: "",
      reason: "",
      message: "",
      labels: Config.labels,
      annotations: Config.annotations ?? {},
      mounts: [
        {
          containerPath: "/data",
          hostPath: containerd.folder,
          readonly: true,
          selinuxRelabel: false,
          propagation: "PROPAGATION_PRIVATE",
          uidMappings: [],
          gidMappings: [],
          recursiveReadOnly: false,
          image: null,
          imageSubPath: "",
        },
      ],
      logPath: LogPath,
    });
    expectAbout(Date.parse(createdAt as string), record.CreatedAt);
    expect(Date.parse(startedAt as string)).toBeGreaterThanOrEqual(Date.parse(createdAt as string));
    expect(resources).toMatchObject({ linux: { memoryLimitInBytes: String(64 << 20) } });
    expect({ user, stopSignal }).toMatchObject({
      stopSignal: expect.stringMatching(/^(RUNTIME_DEFAULT|SIGTERM)$/),
    });
    expect(info).toMatchObject({
      sandboxID: SandboxID,
      pid: (await tasks()).get(id)?.pid,
      removing: false,
      snapshotKey: record.SnapshotKey,
      snapshotter: record.Snapshotter,
      runtimeType: record.Runtime.Name,
      config: Config,
      runtimeSpec: record.Spec,
    });
  });

  test("cri inspect tells how a container ended", async () => {
    const { status } = await json<Record<"status", Record<string, unknown>>>(
      "inspect",
      web.containers.short.id,
    );
    expect(status).toMatchObject({ state: "CONTAINER_EXITED", exitCode: 3, reason: "Error" });
    const times = [status.createdAt, status.startedAt, status.finishedAt].map((at) =>
      Date.parse(at as string),
    );
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const text = await ok("inspect", "-o", "table", web.containers.short.id);
    expect(text).toContain("\nState: Exited\n");
    expect(text).toContain("\nExit code: 3\n");
  });

  test("cri inspectp and inspecti show every field as containerd has it", async () => {
    const { status, info } = await json<Record<"status" | "info", Record<string, unknown>>>(
      "inspectp",
      web.id,
    );
    const record = await recordOf(web.id);
    const { metadata, labels, annotations } = record.metadata.Config;
    const { createdAt, linux, ...rest } = status;
    expect(rest).toMatchObject({
      id: web.id,
      metadata: { ...metadata, attempt: 0 },
      state: "SANDBOX_READY",
      network: { additionalIps: [] },
      labels,
      annotations,
      runtimeHandler: record.metadata.RuntimeHandler,
    });
    expectAbout(Date.parse(createdAt as string), record.CreatedAt);
    expect(linux).toMatchObject({ namespaces: { options: { network: "NODE", pid: "CONTAINER" } } });
    expect(info).toMatchObject({
      pid: (await tasks()).get(web.id)?.pid,
      config: record.metadata.Config,
      runtimeSpec: record.Spec,
    });
    const image = await json<Record<"status" | "info", Record<string, unknown>>>(
      "inspecti",
      testImage,
    );
    expect(image).toMatchObject({
      status: { id: containerd.imageId, repoTags: [testImage] },
      info: { imageSpec: { architecture: "amd64", config: { Entrypoint: ["sh"] } } },
    });
  });

  test("cri exec, logs, stats, cp and the rest do what they say", async () => {
    const { id } = web.containers.main;
    expect(await run("exec", id, "sh", "-c", "echo out; echo err >&2; exit 4")).toEqual({
      status: 4,
      stdout: "out\n",
      stderr: "err\n",
    });
    const terminal = { columns: 91, rows: 17 };
    // The command may run before its terminal has a size.
    const script = "until stty size 2>&1 | grep [0-9]; do sleep 0.05; done";
    const exec = ["-r", containerd.endpoint, "exec", "-it", id, "sh", "-c", script];
    const tty = startCli(exec, { terminal });
    expect(await tty.status).toBe(0);
    expect(tty.output.stdout).toBe("17 91\r\n");
    const shell = await runCli(["-r", containerd.endpoint, "exec", "-i", id, "cat"], {
      stdin: "hello",
    });
    expect(shell.stdout).toBe("hello");
    await ok("exec", id, "sh", "-c", "echo logged >/proc/1/fd/1");
    await expect.poll(() => ok("logs", "--tail", "1", id)).toBe("logged\n");
    expect(await ok("stats", "-s", "100ms", id)).toMatch(
      new RegExp(`\n${id.slice(0, 13)} +main +\\d+\\.\\d\\d +\\S+B`),
    );
    expect(await ok("update", "--memory", String(32 << 20), id)).toBe(`${id}\n`);
    const { info } = await json<Record<"info", { runtimeSpec: object }>>("inspect", id);
    expect(info.runtimeSpec).toMatchObject({
      linux: { resources: { memory: { limit: 32 << 20 } } },
    });
    await ok("cp", containerd.imageLayout, `${id}:/srv/layout`);
    expect(await ok("exec", id, "ls", "/srv/layout")).toContain("index.json\n");
    await ok("cp", `${id}:/srv/layout/index.json`, join(containerd.folder, "copied.json"));
    expect((await stat(join(containerd.folder, "copied.json"))).size).toBeGreaterThan(0);
    expect(await ok("version")).toContain("RuntimeName:  containerd\n");
    expect(await ok("info", "-o", "table")).toContain("RuntimeReady: yes\n");
    expect(await run("inspect", "nothing")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("NOT_FOUND"),
    });
  });

  test("cri run starts what configs say, environment variables as text", async () => {
    const pod = join(containerd.folder, "run-pod.yaml");
    await writeFile(
      pod,
      `metadata: { name: run, namespace: shop }
log_directory: ${containerd.folder}/logs
linux:
  cgroup_parent: /ocikit-cri
  security_context: { namespace_options: { network: 2 } }
`,
    );
    const container = join(containerd.folder, "run-container.yaml");
    await writeFile(
      container,
      `metadata: { name: main }
image: { image: ${testImage} }
command: [sleep, "1000"]
envs: [{ key: WORDS, value: "/a:/b grün" }]
`,
    );
    const id = (await ok("run", "--no-pull", container, pod)).trim();
    expect(await ok("exec", id, "sh", "-c", "echo $WORDS")).toBe("/a:/b grün\n");
    const { containers } = await json<{ containers: [{ podSandboxId: string }] }>("ps", "--id", id);
    const [{ podSandboxId }] = containers;
    expect(await ok("rmp", "-f", podSandboxId)).toBe(`${podSandboxId}\n`);
  });
}
