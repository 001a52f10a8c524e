import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Issue, issueText } from "@ocikit/diagnostics";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memoryHost } from "../../test/memory-host.ts";
import { Config } from "../config.ts";
import { defaultConfig } from "../default-config.ts";
import { BundleError, checkBundle, openBundle } from "./bundle.ts";

let bundle: string;

beforeEach(() => {
  bundle = mkdtempSync(join(tmpdir(), "ocikit-bundle-"));
  mkdirSync(join(bundle, "rootfs/bin"), { recursive: true });
  mkdirSync(join(bundle, "rootfs/dev"));
});
afterEach(() => rmSync(bundle, { recursive: true, force: true }));

function write(config: Config): void {
  writeFileSync(join(bundle, "config.json"), Config.stringify(config));
}

function program(name: string, content: string | Uint8Array, mode = 0o755): void {
  writeFileSync(join(bundle, "rootfs", name), content, { mode });
}

async function said(...args: Parameters<typeof checkBundle>): Promise<Issue[]> {
  const issues: Issue[] = [];
  for await (const issue of checkBundle(...args)) issues.push(issue);
  return issues.filter(({ severity }) => severity !== "info");
}

/** Header of a program for a processor, by its number in elf(5), and its interpreter. */
function elf(machine: number, interpreter: string): Uint8Array {
  const bytes = new Uint8Array(64 + 56 + interpreter.length + 1);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 3, true);
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 3, true);
  view.setBigUint64(72, 120n, true);
  view.setBigUint64(96, BigInt(interpreter.length + 1), true);
  bytes.set(new TextEncoder().encode(interpreter), 120);
  return bytes;
}

const host = false as const;

describe("a bundle on a machine", () => {
  /** What a machine without a word of its own has: the files of this one below the root filesystem. */
  const rules = (issues: readonly Issue[]): string[] => issues.map(({ rule }) => rule).sort();

  test("has the program that its process starts, found by PATH", async () => {
    write(defaultConfig());
    expect(rules(await said(bundle))).toContain("process/exec-exists");
    program("bin/sh", "#!/bin/loader\n");
    const [issue] = (await said(bundle)).filter(({ rule }) => rule === "process/exec-exists");
    expect(issue && issueText(issue)).toMatch(
      /config\.json:\d+:\d+: \/process\/args\/0: .*\/bin\/loader/,
    );
    program("bin/loader", elf(0, ""));
    expect(rules(await said(bundle))).not.toContain("process/exec-exists");
  });

  test("has the interpreter of its program, and a processor that runs it", async () => {
    write(defaultConfig());
    program("bin/sh", elf(243, "/lib/ld.so"));
    const issues = await said(bundle);
    expect(rules(issues)).toContain("process/exec-exists");
    expect(rules(issues)).toContain("process/exec-arch");
  });

  test("is not left by links: a program outside is none", async () => {
    write(defaultConfig());
    symlinkSync(process.execPath, join(bundle, "rootfs/bin/sh"));
    expect(rules(await said(bundle))).toContain("process/exec-exists");
  });

  test("has what its mounts and hooks name", async () => {
    program("bin/sh", "#!/bin/sh\n");
    const config = defaultConfig();
    write({
      ...config,
      mounts: [
        ...(config.mounts ?? []),
        { destination: "/data", type: "bind", source: join(bundle, "gone"), options: ["bind"] },
      ],
      hooks: { poststop: [{ path: join(bundle, "hook") }] },
    });
    const issues = await said(bundle);
    expect(rules(issues)).toContain("mount/bind-source");
    expect(rules(issues)).toContain("hook/exec-exists");
    for (const { position, pointer, rule } of issues) {
      expect([position?.line, pointer, rule]).not.toContain(undefined);
    }
  });

  test("is checked on another machine, which is told", async () => {
    write(defaultConfig());
    const other = memoryHost({
      machine: "riscv64",
      rootfs: { "/bin/sh": { mode: 0o755, text: "#!/bin/sh" } },
    });
    expect(rules(await said(bundle, { host: other }))).not.toContain("process/exec-exists");
  });
});

describe("a bundle by itself", () => {
  test("is its config, checked whatever the machine", async () => {
    write({ ...defaultConfig(), hostname: "x".repeat(65) });
    expect((await said(bundle, { host })).map(({ rule }) => rule)).toEqual(["uts/hostname-length"]);
    const target = { runtimes: ["runsc"] } as const;
    write({
      ...defaultConfig(),
      linux: { ...defaultConfig().linux, personality: { domain: "LINUX32" } },
    });
    expect((await said(bundle, { host, target })).map(({ message }) => message)).toContain(
      "runsc ignores linux.personality",
    );
  });

  test("opens with its text, its config and its root filesystem, however wrong it is", async () => {
    write(defaultConfig());
    const opened = await openBundle(bundle);
    expect(opened.source).toBe(join(bundle, "config.json"));
    expect(opened.config).toMatchObject({ ok: true, value: { ociVersion: "1.3.0" } });
    expect(await opened.rootfs?.look("/bin")).toMatchObject({ type: "directory" });
    writeFileSync(join(bundle, "config.json"), "{");
    const broken = await openBundle(bundle);
    expect(broken.config).toMatchObject({ ok: false });
    expect(broken.rootfs).toBeUndefined();
  });

  test("without a config.json has that as its only issue", async () => {
    expect(await said(bundle)).toMatchObject([
      { rule: "doc/filename", source: join(bundle, "config.json") },
    ]);
  });

  test("that cannot be read is an error with a code", async () => {
    await expect(said(join(bundle, "gone"))).rejects.toMatchObject({
      name: "BundleError",
      code: "BUNDLE_UNREADABLE",
    });
    await expect(openBundle(join(bundle, "gone"))).rejects.toBeInstanceOf(BundleError);
    write(defaultConfig());
    await expect(openBundle(bundle, { maxBytes: 10 })).rejects.toThrow(/and the limit is 10$/);
  });

  test("is not looked at once nobody wants to know", async () => {
    write(defaultConfig());
    const reason = new Error("enough");
    await expect(said(bundle, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
