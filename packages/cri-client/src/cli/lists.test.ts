import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type CliRuntime, startCliRuntime } from "../../test/run-cli.ts";
import { type RunningPod, runPod } from "../pod/run-pod.ts";

let cli: CliRuntime;
let web: RunningPod<"main" | "side">;
let jobs: RunningPod<"job">;

beforeEach(async () => {
  cli = await startCliRuntime({
    registry: {
      "example.com/web:1": { entrypoint: ["sleep", "infinity"], sizeBytes: 2_130_000 },
      "example.com:5000/jobs": { entrypoint: ["true"], user: "1000" },
    },
  });
  web = await runPod(cli.cri, {
    name: "web",
    namespace: "shop",
    labels: { app: "web" },
    containers: {
      main: { image: "example.com/web:1", labels: { tier: "front" } },
      side: { image: "example.com/web:1" },
    },
  });
  jobs = await runPod(cli.cri, {
    name: "jobs",
    containers: { job: { image: "example.com:5000/jobs" } },
  });
  await jobs.containers.job.exited();
});

afterEach(async () => {
  await web[Symbol.asyncDispose]();
  await jobs[Symbol.asyncDispose]();
  await cli[Symbol.asyncDispose]();
});

/** Rows of a table as objects, by its head. */
function rowsOf(text: string): Record<string, string>[] {
  const [head = "", ...lines] = text.split("\n");
  const names = head.split(/ {3,}/);
  return lines.map((line) => {
    const cells = line.split(/ {3,}/);
    expect(cells).toHaveLength(names.length);
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""]));
  });
}

describe("cri ps", () => {
  test("shows the containers that run, newest first", async () => {
    const rows = rowsOf(await cli.ok(["ps"]));
    expect(rows.map(({ NAME }) => NAME).sort()).toEqual(["main", "side"]);
    expect(rows.find(({ NAME }) => NAME === "main")).toEqual({
      CONTAINER: web.containers.main.id.slice(0, 13),
      IMAGE: "example.com/web:1",
      CREATED: expect.stringMatching(/ ago$/),
      STATE: "Running",
      NAME: "main",
      ATTEMPT: "0",
      "POD ID": web.id.slice(0, 13),
      POD: "web",
      NAMESPACE: "shop",
    });
  });

  test("shows those that ended too, with --all, by their state, or as the last ones", async () => {
    const id = jobs.containers.job.id;
    expect(rowsOf(await cli.ok(["ps", "-a", "-r"]))).toHaveLength(3);
    expect(await cli.ok(["ps", "-q", "--state", "Exited"])).toBe(id);
    expect(await cli.ok(["ps", "-ql"])).toBe(id);
    expect(await cli.ok(["ps", "-q", "--last", "1"])).toBe(id);
    expect(await cli.ok(["ps", "-q", "--id", id])).toBe(id);
  });

  test("chooses by pod, label, name and image", async () => {
    const main = web.containers.main.id;
    expect(await cli.ok(["ps", "-q", "--name", "^ma"])).toBe(main);
    expect(await cli.ok(["ps", "-q", "--label", "tier=front"])).toBe(main);
    expect((await cli.ok(["ps", "-aq", "--namespace", "^sh"])).split("\n")).toHaveLength(2);
    expect(await cli.ok(["ps", "-aq", "--namespace", "nowhere"])).toBe("");
    expect(await cli.ok(["ps", "-q", "--label", "tier=front", "--label", "tier2=x"])).toBe("");
    expect((await cli.ok(["ps", "-q", "--pod", web.id])).split("\n")).toHaveLength(2);
    expect((await cli.ok(["ps", "-q", "--image", "example.com/web:1"])).split("\n")).toHaveLength(
      2,
    );
    expect(await cli.ok(["ps", "-q", "--image", "example.com:5000/jobs"])).toBe("");
  });

  test("gives the runtime's own words in JSON and YAML", async () => {
    const { containers } = await cli.cri.runtime.listContainers({
      filter: { id: web.containers.main.id },
    });
    const [container] = containers;
    const json: unknown = JSON.parse(await cli.ok(["ps", "-o", "json", "--name", "main"]));
    expect(json).toEqual({
      containers: [
        {
          id: container?.id,
          podSandboxId: web.id,
          metadata: { name: "main", attempt: 0 },
          image: {
            image: container?.image?.image,
            annotations: {},
            userSpecifiedImage: "example.com/web:1",
            runtimeHandler: "",
            imageRef: "",
          },
          imageRef: container?.imageRef,
          imageId: container?.imageId,
          state: "CONTAINER_RUNNING",
          createdAt: String(container?.createdAt),
          labels: { tier: "front" },
          annotations: {},
        },
      ],
    });
    expect(parse(await cli.ok(["ps", "-o", "yaml", "--name", "main"]))).toEqual(json);
  });

  test("refuses what it does not know", async () => {
    expect(await cli.run(["ps", "--state", "happy"])).toEqual({
      status: 2,
      stdout: "",
      stderr: 'cri: --state takes created, running, exited, unknown, not "happy"\n',
    });
    expect(await cli.run(["ps", "-o", "xml"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("-o takes"),
    });
    expect(await cli.run(["ps", "--label", "x"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("key=value"),
    });
    expect(await cli.run(["ps", "--name", "("])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("no pattern"),
    });
    expect(await cli.run(["ps", "--last", "x"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("a number"),
    });
    expect(await cli.run(["ps", "extra"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("too many arguments"),
    });
  });
});

describe("cri pods", () => {
  test("shows pods, newest first", async () => {
    const rows = rowsOf(await cli.ok(["pods"]));
    expect(rows).toEqual([
      {
        "POD ID": jobs.id.slice(0, 13),
        CREATED: expect.stringMatching(/ ago$/),
        STATE: "Ready",
        NAME: "jobs",
        NAMESPACE: "default",
        ATTEMPT: "0",
        RUNTIME: "(default)",
      },
      expect.objectContaining({ NAME: "web", NAMESPACE: "shop" }),
    ]);
  });

  test("chooses by id, state, name, namespace and label", async () => {
    await cli.cri.runtime.stopPodSandbox({ podSandboxId: jobs.id });
    expect(await cli.ok(["pods", "-q", "--state", "NotReady"])).toBe(jobs.id);
    expect(rowsOf(await cli.ok(["pods", "--state", "notready"]))[0]?.STATE).toBe("NotReady");
    expect(await cli.ok(["pods", "-q", "--state", "ready"])).toBe(web.id);
    expect(await cli.ok(["pods", "-q", "--name", "web"])).toBe(web.id);
    expect(await cli.ok(["pods", "-q", "--namespace", "shop"])).toBe(web.id);
    expect(await cli.ok(["pods", "-q", "--label", "app=web"])).toBe(web.id);
    expect(await cli.ok(["pods", "-q", "--id", web.id])).toBe(web.id);
    expect(await cli.ok(["pods", "-q", "--last", "1"])).toBe(jobs.id);
  });

  test("gives the runtime's own words in JSON", async () => {
    const { items } = JSON.parse(await cli.ok(["pods", "-o", "json", "--name", "web"])) as {
      items: object[];
    };
    expect(items).toMatchObject([
      {
        id: web.id,
        state: "SANDBOX_READY",
        metadata: { name: "web", namespace: "shop" },
        labels: { app: "web" },
      },
    ]);
  });
});

describe("cri images", () => {
  test("shows images by name, with a registry's port in its place", async () => {
    const rows = rowsOf(await cli.ok(["images"]));
    expect(rows.map(({ IMAGE, TAG }) => [IMAGE, TAG])).toEqual([
      ["example.com/web", "1"],
      ["example.com:5000/jobs", "latest"],
    ]);
    expect(rows[0]?.SIZE).toBe("2.13MB");
    expect(rows[0]?.["IMAGE ID"]).toMatch(/^[0-9a-f]{13}$/);
  });

  test("shows digests and whole ids", async () => {
    const [row] = rowsOf(
      await cli.ok(["images", "--digests", "--pinned", "--no-trunc", "example.com/web"]),
    );
    expect(row).toMatchObject({
      DIGEST: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      "IMAGE ID": expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      PINNED: "false",
    });
  });

  test("chooses by reference, and prints ids, JSON and YAML", async () => {
    const id = await cli.ok(["images", "-q", "example.com/web:1"]);
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    const json = JSON.parse(await cli.ok(["images", "-o", "json", "example.com/web"])) as object;
    expect(json).toMatchObject({
      images: [{ id, repoTags: ["example.com/web:1"], size: "2130000", uid: null }],
    });
    expect(parse(await cli.ok(["images", "-o", "yaml", "example.com/web"]))).toEqual(json);
    expect(await cli.ok(["images", "-q", "example.com/other"])).toBe("");
    expect(await cli.ok(["img", "-q", "-f", "reference=/web:"])).toBe(id);
    expect(await cli.ok(["images", "-q", "-f", "reference=/web:", "-f", "dangling=true"])).toBe("");
    expect(await cli.run(["images", "-f", "since=a"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--filter takes dangling=true"),
    });
  });
});

test("names that would move the cursor do not reach the terminal", async () => {
  await using evil = await runPod(cli.cri, {
    name: "evil\u001b[2J",
    containers: { main: { image: "example.com/web:1" } },
  });
  expect(await cli.ok(["pods", "--id", evil.id])).toContain("evil?[2J");
});
