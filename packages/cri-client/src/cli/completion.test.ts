import { afterEach, beforeEach, expect, test } from "vitest";
import { type CliRuntime, runCli, startCliRuntime } from "../../test/run-cli.ts";
import { type RunningPod, runPod } from "../pod/run-pod.ts";

let cli: CliRuntime;
let pod: RunningPod<"main">;

beforeEach(async () => {
  cli = await startCliRuntime({
    registry: { "example.com/web:1": { entrypoint: ["sleep", "infinity"] } },
  });
  pod = await runPod(cli.cri, {
    name: "web",
    containers: { main: { image: "example.com/web:1" } },
  });
});

afterEach(async () => {
  await pod[Symbol.asyncDispose]();
  await cli[Symbol.asyncDispose]();
});

const complete = async (...words: string[]): Promise<string[]> =>
  (await cli.ok(["__complete", "--", ...words])).split("\n").filter((word) => word !== "");

test("commands, but not its own one", async () => {
  expect(await complete("p")).toEqual(["ps", "pods", "pull", "port-forward"]);
  expect(await complete("-D", "insp")).toEqual(["inspect", "inspectp", "inspecti"]);
  expect(await complete("__")).toEqual([]);
});

test("options of the command, and of all", async () => {
  expect(await complete("ps", "--la")).toEqual(["--label", "--latest", "--last"]);
  expect(await complete("ps", "--runt")).toEqual(["--runtime-endpoint"]);
  expect(await complete("check", "--form")).toEqual(["--format"]);
});

test("containers, pods and images by what the command takes", async () => {
  const { id } = pod.containers.main;
  expect(await complete("exec", id.slice(0, 3))).toEqual([id]);
  expect(await complete("stopp", "")).toEqual([pod.id]);
  expect(await complete("inspecti", "exam")).toEqual(["example.com/web:1"]);
  expect(await complete("version", "")).toEqual([]);
  expect(await complete("completion", "")).toEqual(["bash", "zsh"]);
});

test("nothing where no runtime answers", async () => {
  expect(await runCli(["-r", "unix:///nowhere.sock", "__complete", "--", "exec", ""])).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
});

test("the endpoint that was typed is asked", async () => {
  for (const words of [["-r", cli.endpoint], [`--runtime-endpoint=${cli.endpoint}`]]) {
    const { stdout } = await runCli(["__complete", "--", ...words, "stopp", ""]);
    expect(stdout).toBe(`${pod.id}\n`);
  }
});

test("there are scripts for bash and zsh, and no others", async () => {
  expect(await cli.ok(["completion"])).toContain("complete -o default -F _cri cri");
  expect(await cli.ok(["completion", "zsh"])).toContain("#compdef cri");
  expect(await cli.run(["completion", "fish"])).toMatchObject({ status: 2 });
});
