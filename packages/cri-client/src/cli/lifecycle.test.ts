import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RpcError } from "@ocikit/rpc";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliRuntime, startCliRuntime } from "../../test/run-cli.ts";

let cli: CliRuntime;
let cwd: string;

const container = `metadata:
  name: main
image:
  image: example.com/web:1
log_path: main.log
`;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "cri-lifecycle-"));
  cli = await startCliRuntime({
    registry: { "example.com/web:1": { entrypoint: ["sleep", "infinity"] }, "example.com/b:1": {} },
  });
  const pod = { metadata: { name: "web", namespace: "default", uid: "u1" }, log_directory: cwd };
  await writeFile(join(cwd, "pod.json"), JSON.stringify(pod));
  await writeFile(join(cwd, "container.yaml"), container);
});

afterEach(async () => {
  await cli[Symbol.asyncDispose]();
  await rm(cwd, { recursive: true });
});

const requestsOf = (method: string): unknown[] =>
  cli.runtime.calls.filter((call) => call.method === method).map(({ request }) => request);

test("a pod and a container go the whole way", async () => {
  const pod = await cli.ok(["runp", "pod.json"], { cwd });
  await cli.ok(["pull", "example.com/web:1"]);
  const id = await cli.ok(["create", pod, "container.yaml", "pod.json"], { cwd });
  expect(await cli.ok(["start", id])).toBe(id);
  expect(await cli.ok(["ps", "-q"])).toBe(id);
  expect(await cli.run(["rm", id])).toEqual({
    status: 1,
    stdout: "",
    stderr: `cri: container ${id} is running; stop it first, or use --force\n`,
  });
  expect(await cli.ok(["stop", "-t", "3", id])).toBe(id);
  expect(requestsOf("stopContainer")).toEqual([
    expect.objectContaining({ containerId: id, timeout: 3n }),
  ]);
  expect(await cli.ok(["rm", id])).toBe(id);
  expect(await cli.run(["rmp", pod])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("is ready"),
  });
  expect(await cli.ok(["stopp", pod])).toBe(pod);
  expect(await cli.ok(["rmp", pod])).toBe(pod);
  expect(await cli.ok(["ps", "-aq"])).toBe("");
  expect(await cli.ok(["pods", "-q"])).toBe("");
});

describe("cri run", () => {
  test("pulls, makes a pod and starts the container", async () => {
    const id = await cli.ok(["run", "--runtime", "", "container.yaml", "pod.json"], { cwd });
    expect(await cli.ok(["ps", "-q"])).toBe(id);
    expect(requestsOf("pullImage")).toHaveLength(1);
  });

  test("reads a config from standard input", async () => {
    const id = await cli.ok(["run", "-", "pod.json"], { cwd, stdin: container });
    expect(await cli.ok(["ps", "-q"])).toBe(id);
  });

  test("that fails leaves no pod behind", async () => {
    cli.runtime.failNext("startContainer", new RpcError("UNKNOWN", "no room"));
    expect(await cli.run(["run", "container.yaml", "pod.json"], { cwd })).toEqual({
      status: 1,
      stdout: "",
      stderr: "cri: runtime.v1.RuntimeService/StartContainer: UNKNOWN: no room\n",
    });
    expect(await cli.ok(["pods", "-q"])).toBe("");
  });

  test("does not pull where it is told not to, by flag or by crictl's settings", async () => {
    const run = ["run", "container.yaml", "pod.json"];
    expect((await cli.run([...run, "--no-pull"], { cwd })).status).toBe(1);
    await writeFile(join(cwd, "crictl.yaml"), "disable-pull-on-run: true\n");
    expect((await cli.run(["-c", join(cwd, "crictl.yaml"), ...run], { cwd })).status).toBe(1);
    expect(requestsOf("pullImage")).toEqual([]);
    await writeFile(join(cwd, "crictl.yaml"), "pull-image-on-create: true\n");
    const pod = await cli.ok(["runp", "pod.json"], { cwd });
    const create = ["create", pod, "container.yaml", "pod.json"];
    expect((await cli.run(create, { cwd })).status).toBe(1);
    await cli.ok(["-c", join(cwd, "crictl.yaml"), ...create], { cwd });
    expect(requestsOf("pullImage")).toHaveLength(1);
  });

  test("shows a wrong config where it is wrong, before anything is made", async () => {
    await writeFile(
      join(cwd, "container.yaml"),
      container.replace("image: example", "imagee: example"),
    );
    const { status, stderr } = await cli.run(["run", "container.yaml", "pod.json"], { cwd });
    expect(status).toBe(1);
    expect(stderr).toContain("--> container.yaml:4:3 /image/imagee");
    expect(stderr).toContain('did you mean "image"?');
    expect(stderr).toMatch(
      /cri: container.yaml is no ContainerConfig that a runtime would take\n$/,
    );
    expect(requestsOf("runPodSandbox")).toEqual([]);
    expect(await cli.run(["runp", "nowhere.json"], { cwd })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("cri: read nowhere.json: ENOENT"),
    });
  });
});

describe("many at once", () => {
  test("those that fail do not keep the others from it", async () => {
    const id = await cli.ok(["run", "container.yaml", "pod.json"], { cwd });
    const result = await cli.run(["rm", "-f", "abc", id, "abd"]);
    expect(result.stdout).toBe(`${id}\n`);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/NOT_FOUND: .*abc\n.*NOT_FOUND: .*abd\n$/);
  });

  test("all of them go with --all and --force", async () => {
    const id = await cli.ok(["run", "container.yaml", "pod.json"], { cwd });
    expect(await cli.ok(["stop", "-a"])).toBe(id);
    expect(await cli.ok(["stop", "--all"])).toBe("");
    expect(await cli.ok(["rm", "-af", "--keep-logs"])).toBe(id);
    const [pod] = (await cli.cri.runtime.listPodSandbox({})).items;
    expect(await cli.ok(["rmp", "-af"])).toBe(pod?.id);
  });

  test("none is a mistake, and so are names beside --all", async () => {
    const none = { status: 2, stdout: "", stderr: "cri: name at least one, or use --all\n" };
    expect(await cli.run(["rm"])).toEqual(none);
    expect(await cli.run(["rmp"])).toEqual(none);
    expect(await cli.run(["rmi"])).toEqual(none);
    expect(await cli.run(["rm", "-a", "abc"])).toMatchObject({ status: 2 });
    expect(await cli.run(["stop"])).toEqual(none);
    expect(await cli.run(["start"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("missing required argument 'ids'"),
    });
    expect(await cli.run(["stop", "-t", "soon", "a"])).toMatchObject({ status: 2 });
  });
});

describe("cri rmi", () => {
  test("removes by name, or says that there is none", async () => {
    await cli.ok(["pull", "example.com/b:1"]);
    expect(await cli.ok(["rmi", "example.com/b:1"])).toBe("example.com/b:1");
    expect(await cli.run(["rmi", "example.com/b:1"])).toMatchObject({
      status: 1,
      stderr: 'cri: NOT_FOUND: no image "example.com/b:1"\n',
    });
  });

  test("removes what no container uses with --prune, and all with --all", async () => {
    await cli.ok(["run", "container.yaml", "pod.json"], { cwd });
    await cli.ok(["pull", "example.com/b:1"]);
    const unused = await cli.ok(["images", "-q", "example.com/b"]);
    const used = await cli.ok(["images", "-q", "example.com/web"]);
    expect(await cli.ok(["rmi", "--prune"])).toBe(unused);
    expect(await cli.ok(["rmi", "--prune"])).toBe("");
    expect(await cli.ok(["images", "-q"])).toBe(used);
    await cli.ok(["rmp", "-af"]);
    expect(await cli.ok(["rmi", "--all"])).toBe(used);
  });
});

describe("cri pull", () => {
  test("says who it is", async () => {
    expect(await cli.ok(["pull", "--creds", "me:secret:1", "example.com/b:1"])).toMatch(
      /^Image is up to date for example.com\/b@sha256:[0-9a-f]{64}$/,
    );
    await cli.ok(
      ["pull", "--auth", "bWU6", "--pod-config", "pod.json", "-a", "a=b", "example.com/b:1"],
      {
        cwd,
      },
    );
    expect(requestsOf("pullImage")).toMatchObject([
      { auth: { username: "me", password: "secret:1" }, sandboxConfig: undefined },
      {
        auth: { auth: "bWU6" },
        image: { annotations: { a: "b" } },
        sandboxConfig: { metadata: { name: "web" } },
      },
    ]);
    expect(await cli.run(["pull", "--pull-timeout", "soon", "x"])).toMatchObject({ status: 2 });
    expect(await cli.run(["pull", "--creds", "a:b", "--auth", "b", "x"])).toMatchObject({
      status: 2,
    });
  });

  test("tells what the registry says", async () => {
    expect(await cli.run(["pull", "example.com/nothing:1"])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^cri: runtime.v1.ImageService\/PullImage: NOT_FOUND: .*example.com\/nothing:1/,
      ),
    });
  });
});
