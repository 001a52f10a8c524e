import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { useScratch } from "../host/scratch.ts";
import { type Body, bodies, type Outcome, rootMissing, run } from "./bodies.ts";

const at = useScratch();

/** A config that is as small as a container can be; tests change what they are about. */
function smallConfig(args: readonly string[]) {
  return {
    ociVersion: "1.2.0",
    process: { user: { uid: 0, gid: 0 }, args, env: ["PATH=/bin"], cwd: "/" },
    root: { path: "rootfs", readonly: true },
    hostname: "bodies",
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    linux: {
      namespaces: ["pid", "ipc", "uts", "mount", "network"].map((type) => ({ type })),
      maskedPaths: ["/proc/keys"],
    },
  };
}

function makeBundle(name: string, config: unknown): string {
  const bin = at(name, "rootfs/bin");
  mkdirSync(at(name, "rootfs/proc"), { recursive: true });
  mkdirSync(bin);
  copyFileSync("/bin/busybox", join(bin, "busybox"));
  for (const applet of ["sh", "sleep", "hostname", "id"]) symlinkSync("busybox", join(bin, applet));
  const document = typeof config === "string" ? config : JSON.stringify(config, null, 2);
  writeFileSync(at(name, "config.json"), document);
  return at(name);
}

/** An id that nobody else has, of a container of this test. */
const id = (): string => basename(at());

/** What differs between two runs that do the same. */
function settle(words: string): string {
  return words
    .replaceAll(/ {2,}/g, "  ")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
    .replaceAll(new RegExp(`("pid": |^${id()} +)\\d+ *`, "gm"), "$1PID ");
}

/** Runs ocirun's commands one after the other, and answers what each said. */
async function converse(
  body: Body,
  commands: readonly (readonly string[])[],
): Promise<readonly Outcome[]> {
  const said: Outcome[] = [];
  for (const args of commands) {
    const { status, stdout, stderr } = await run(body, ["--root", at("state"), ...args], {
      cwd: at(),
    });
    said.push({ status, stdout: settle(stdout), stderr: settle(stderr) });
  }
  return said;
}

const missing = rootMissing();
const [node, ...others] = missing ? [] : bodies();

afterEach(async () => {
  if (node && existsSync(at("state"))) await converse(node, [["delete", "--force", id()]]);
});

/** Holds the other bodies to what the one under Node says. */
function sameInEveryBody(
  rule: string,
  commands: () => readonly (readonly string[])[],
  check: (said: readonly Outcome[]) => void,
): void {
  if (node === undefined) {
    test(rule, (context) => context.skip(missing ?? "no body can run here"));
    return;
  }
  test.each(others)(`${rule} ($name)`, async (body) => {
    const list = commands();
    const reference = await converse(node, list);
    check(reference);
    expect(await converse(body, list)).toEqual(reference);
  });
}

const statuses = (said: readonly Outcome[]): number[] => said.map(({ status }) => status);

describe("one brain in every body", () => {
  sameInEveryBody(
    "a container runs and its program's status is ours",
    () => {
      const bundle = makeBundle("bundle", smallConfig(["sh", "-c", "hostname; id -u; exit 3"]));
      return [
        ["run", "-b", bundle, id()],
        ["state", id()],
        ["list", "-q"],
      ];
    },
    (said) => {
      expect(statuses(said)).toEqual([3, 1, 0]);
      expect(said[0]?.stdout).toBe("bodies\n0\n");
      expect(said[1]?.stderr).toContain("container does not exist");
    },
  );

  sameInEveryBody(
    "a container lives from create to delete",
    () => {
      const bundle = makeBundle("bundle", smallConfig(["sleep", "600"]));
      return [
        ["create", "--pid-file", at("pid"), "-b", bundle, id()],
        ["create", "-b", bundle, id()],
        ["state", id()],
        ["start", id()],
        ["start", id()],
        ["list"],
        ["exec", id(), "sh", "-c", "hostname; exit 9"],
        ["exec", id(), "nothing-like-that"],
        ["delete", id()],
        ["kill", id(), "NOSUCH"],
        ["kill", id(), "TERM"],
        ["delete", "--force", id()],
        ["delete", id()],
        ["list", "-f", "json"],
      ];
    },
    (said) => {
      expect(statuses(said)).toEqual([0, 1, 0, 0, 1, 0, 9, 255, 1, 1, 0, 0, 1, 0]);
      expect(JSON.parse(said[2]?.stdout.replace("PID ", "1") ?? "")).toMatchObject({
        id: id(),
        status: "created",
      });
      expect(readFileSync(at("pid"), "utf8")).toMatch(/^\d+$/);
      expect(said.at(-1)?.stdout.trim()).toMatch(/^(null|\[\])$/);
    },
  );

  sameInEveryBody(
    "a step that fails is told with its place in config.json",
    () => {
      const config = smallConfig(["sh"]);
      config.mounts.push({ destination: "/bin", type: "nosuchfs", source: "x" });
      return [
        ["run", "-b", makeBundle("bundle", config), id()],
        ["list", "-q"],
      ];
    },
    (said) => {
      expect(statuses(said)).toEqual([1, 0]);
      expect(said[0]?.stderr).toMatch(/config\.json:\d+:\d+: mounts\[1\]: .*ENODEV/);
      expect(said[1]?.stdout).toBe("");
    },
  );

  sameInEveryBody(
    "a document that is no config is refused with what is wrong in it",
    () => {
      const config = { ...smallConfig(["sh"]), hostname: 7, process: { cwd: 1 } };
      return [
        ["run", "-b", makeBundle("typed", config), id()],
        ["run", "-b", makeBundle("torn", '{ "ociVersion": "1.2.0", '), id()],
        ["run", "-b", at("nowhere"), id()],
        ["plan", at("typed")],
      ];
    },
    (said) => {
      expect(statuses(said)).toEqual([1, 1, 1, 1]);
      expect(said[0]?.stderr).toMatch(/config\.json:\d+:\d+: /);
      expect(said[1]?.stderr).toMatch(/config\.json:1:\d+: /);
    },
  );

  sameInEveryBody(
    "a plan is the same to the byte, as text and as data",
    () => {
      const bundle = makeBundle("bundle", smallConfig(["sh", "-c", "ü €"]));
      return [
        ["plan", bundle],
        ["plan", "--json", bundle],
      ];
    },
    (said) => {
      expect(statuses(said)).toEqual([0, 0]);
      expect(said[0]?.stdout).toContain("mount proc on /proc");
      expect(JSON.parse(said[1]?.stdout ?? "").steps.length).toBeGreaterThan(20);
    },
  );

  sameInEveryBody(
    "what can't be asked for is refused as runc refuses it",
    () => [
      ["nosuchcommand"],
      ["run", "--nosuchflag", "x"],
      ["run", "-b", makeBundle("bundle", smallConfig(["sh"])), "a/b"],
      ["run"],
      ["--version"],
      ["--help"],
      ["kill", "--help"],
      ["--log", at("log"), "--log-format", "json", "state", "nobody"],
    ],
    (said) => {
      expect(statuses(said)).toEqual([3, 1, 1, 1, 0, 0, 0, 1]);
      expect(readFileSync(at("log"), "utf8")).toContain('"level":"error"');
    },
  );
});
