import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main } from "./main.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "ocikit-cli-"));
  mkdirSync(join(base, "tree", "etc"), { recursive: true });
  writeFileSync(join(base, "tree", "etc", "hosts"), "127.0.0.1 localhost\n");
  symlinkSync("etc/hosts", join(base, "tree", "hosts"));
});
afterEach(() => rmSync(base, { recursive: true }));

const at = (name: string): string => join(base, name);

interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function cli(...args: string[]): Promise<Outcome> {
  const text = { out: "", err: "" };
  const stream = (name: "out" | "err"): NodeJS.WriteStream =>
    new Writable({
      write(chunk, _, done) {
        text[name] += String(chunk);
        done();
      },
    }) as NodeJS.WriteStream;
  const status = await main(
    args,
    { out: stream("out"), err: stream("err") },
    new AbortController().signal,
  );
  return { status, ...text };
}

describe("oci-image", () => {
  test("packs, shows, changes, copies and unpacks an image", async () => {
    const packed = await cli(
      "pack",
      at("tree"),
      `oci:${at("layout")}:v1`,
      "--cmd",
      "cat",
      "--cmd",
      "/hosts",
      "-e",
      "A=1",
      "--owner",
      "0:0",
    );
    expect(packed).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/),
    });
    expect((await cli("ls", `oci:${at("layout")}`)).out).toMatch(/^v1 +[0-9a-f]{12} /);
    expect((await cli("inspect", `oci:${at("layout")}:v1`)).out).toContain(
      "command      cat /hosts",
    );
    expect(
      (
        await cli(
          "mutate",
          `oci:${at("layout")}:v1`,
          `oci:${at("layout")}:v2`,
          "--user",
          "5",
          "-l",
          "a=b",
        )
      ).status,
    ).toBe(0);
    const config = JSON.parse((await cli("inspect", `oci:${at("layout")}:v2`, "--json")).out) as {
      config: { config: unknown };
    };
    expect(config.config.config).toMatchObject({
      User: "5",
      Cmd: ["cat", "/hosts"],
      Labels: { a: "b" },
    });
    expect(
      (await cli("copy", `oci:${at("layout")}:v2`, `archive:${at("a.tar")}:team/app:2`, "-q"))
        .status,
    ).toBe(0);
    expect((await cli("tags", `archive:${at("a.tar")}`)).out).toContain("team/app:2");
    expect(
      (await cli("unpack", `archive:${at("a.tar")}:team/app:2`, at("root"), "-q", "--rootless"))
        .status,
    ).toBe(0);
    expect(readFileSync(at("root/hosts"), "utf8")).toBe("127.0.0.1 localhost\n");
    expect((await cli("diff", at("tree"), at("root"))).out).not.toContain("hosts");
  });

  test("builds as a file says, on a base", async () => {
    await cli("pack", at("tree"), `oci:${at("layout")}:base`);
    writeFileSync(
      at("build.json"),
      JSON.stringify({
        base: `oci:${at("layout")}:base`,
        layers: [{ from: "tree/etc", to: "opt/etc" }],
        config: { Entrypoint: ["/x"] },
      }),
    );
    expect((await cli("build", at("build.json"), `oci:${at("layout")}:built`)).status).toBe(0);
    // The base is there by its bytes; it got no name it did not have.
    expect((await cli("tags", `oci:${at("layout")}`)).out).toBe("base\nbuilt\n");
    expect((await cli("ls", `oci:${at("layout")}`)).out.trim().split("\n")).toHaveLength(2);
    const files = JSON.parse(
      (await cli("ls", `oci:${at("layout")}:built`, "--files", "--json")).out,
    ) as { path: string }[];
    expect(files.map(({ path }) => path)).toEqual([
      "./",
      "etc/",
      "etc/hosts",
      "hosts",
      "opt/etc/",
      "opt/etc/hosts",
    ]);
    expect(
      (
        await cli(
          "bundle",
          `oci:${at("layout")}:built`,
          at("bundle"),
          "-q",
          "--rootless",
          "--arg",
          "y",
        )
      ).status,
    ).toBe(0);
    expect(JSON.parse(readFileSync(at("bundle/config.json"), "utf8"))).toMatchObject({
      process: { args: ["/x", "y"] },
      root: { path: "rootfs" },
    });
  });

  test("removes what no image needs", async () => {
    await cli("pack", at("tree"), `oci:${at("layout")}:v1`);
    writeFileSync(at("tree/new"), "new");
    await cli("pack", at("tree"), `oci:${at("layout")}:v1`);
    const before = readdirSync(at("layout/blobs/sha256")).length;
    const removed = (await cli("gc", at("layout"))).out.trim().split("\n");
    expect(readdirSync(at("layout/blobs/sha256"))).toHaveLength(before - removed.length);
    expect(
      (await cli("unpack", `oci:${at("layout")}:v1`, at("root"), "-q", "--rootless")).status,
    ).toBe(0);
  });

  test("repeats its images by SOURCE_DATE_EPOCH", async () => {
    process.env.SOURCE_DATE_EPOCH = "1";
    try {
      const one = await cli("pack", at("tree"), `oci:${at("one")}:v1`);
      const two = await cli("pack", at("tree"), `oci:${at("two")}:v1`);
      expect(two.out).toBe(one.out);
    } finally {
      delete process.env.SOURCE_DATE_EPOCH;
    }
  });

  test("explains itself", async () => {
    expect((await cli("--help")).out).toContain("usage: oci-image COMMAND");
    expect((await cli("unpack", "--help")).out).toContain(
      "usage: oci-image unpack IMAGE DIRECTORY",
    );
    expect((await cli()).status).toBe(2);
  });

  test("cannot be made to change the terminal by what is in an image", async () => {
    await cli("pack", at("tree"), `oci:${at("layout")}:v1`, "-l", "x=\u001b]0;evil\u0007");
    expect((await cli("inspect", `oci:${at("layout")}:v1`)).out).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

describe("a call that cannot be carried out", () => {
  const calls: readonly (readonly [number, string, readonly string[]])[] = [
    [2, 'no command "nonsense"', ["nonsense"]],
    [2, "usage: oci-image unpack IMAGE DIRECTORY", ["unpack", "oci:x"]],
    [2, "Unknown option '--nonsense'", ["ls", "oci:x", "--nonsense"]],
    [2, "not CONTAINER:HOST:SIZE", ["unpack", "oci:LAYOUT:v1", "OUT", "--uid-map", "1:2"]],
    [2, "not gzip, zstd or none", ["pack", "TREE", "oci:LAYOUT:x", "--compression", "rar"]],
    [1, "no oci-layout file", ["inspect", "oci:/nowhere:v1"]],
    [1, 'find "none" in oci:', ["unpack", "oci:LAYOUT:none", "OUT"]],
    [1, "it has linux/", ["unpack", "oci:LAYOUT:index", "OUT", "--platform", "linux/s390x"]],
    [1, "a repository's name is in lower case", ["pull", "Registry.example/Team/App:1"]],
    [1, "ENOENT", ["pack", "/nowhere", "oci:LAYOUT:y"]],
    [1, "ENOENT", ["unpack", "archive:/nowhere.tar", "OUT"]],
    [1, "it is there already", ["unpack", "oci:LAYOUT:v1", "TREE"]],
    [1, 'it does not know "layer"', ["build", "BAD", "oci:LAYOUT:z"]],
  ];
  test.each(calls)("ends with %d and one sentence: %s", async (status, why, args) => {
    await cli("pack", at("tree"), `oci:${at("layout")}:v1`);
    const { Layout } = await import("../layout.ts");
    const { buildIndex } = await import("../../build.ts");
    const layout = await Layout.open(at("layout"));
    const member = {
      ...(await layout.find("v1")),
      platform: { os: "linux", architecture: "amd64" },
    };
    await layout.tag(
      await buildIndex(layout, [
        member,
        { ...member, platform: { os: "linux", architecture: "arm64" } },
      ]),
      "index",
    );
    writeFileSync(at("bad.json"), '{"layer": []}');
    const real = args.map((arg) =>
      arg
        .replace("LAYOUT", at("layout"))
        .replace("OUT", at("out"))
        .replace("TREE", at("tree"))
        .replace("BAD", at("bad.json")),
    );
    const found = await cli(...real);
    expect(found.err).toContain(why);
    expect(found.status).toBe(status);
    expect(found.err.trim().split("\n")).toHaveLength(1);
    expect(found.err).toMatch(/^oci-image: /);
    expect(existsSync(at("out"))).toBe(false);
    expect(readdirSync(base).sort()).toEqual(["bad.json", "layout", "tree"]);
  });
});
