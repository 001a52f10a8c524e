import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import type { Body } from "../bodies.ts";
import { baseConfig, eventually, makePlace, newId, type Place } from "../bundle.ts";
import { describeTargets } from "./runtimes.ts";
import { secret, setTrap } from "./trap.ts";

let snoop = "";
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "ocikit-snoop-"));
  snoop = join(folder, "snoop");
  const source = fileURLToPath(new URL("snoop.c", import.meta.url));
  execFileSync("musl-gcc", ["-static", "-O1", "-o", snoop, source]);
});
afterAll(() => rmSync(join(snoop, ".."), { recursive: true, force: true }));

/** Descriptors of the host's root that a careless caller lets slip, from 3 on. */
function leaked(): readonly number[] {
  const fds = Array.from({ length: 4 }, () => openSync("/", "r"));
  onTestFinished(() => fds.forEach((fd) => void closeSync(fd)));
  return fds;
}

async function running(body: Body, place: Place, ...args: readonly string[]): Promise<string> {
  const id = newId();
  const config = baseConfig(...args);
  place.configure({ ...config, root: { path: "rootfs", readonly: false } });
  const { status, stderr } = await place.ocirun(body, ["run", "-d", id]);
  if (status !== 0) throw new Error(stderr);
  return id;
}

describeTargets("descriptors", (body, guard) => {
  guard("no working directory is behind a descriptor of the runtime or its caller", async () => {
    // runc CVE-2024-21626.
    const place = makePlace(body);
    const trap = setTrap(place);
    const look = `cat ./${"../".repeat(12)}${trap.path.slice(1)}/secret 2>/dev/null; true`;
    for (let fd = 3; fd <= 15; fd++) {
      const config = baseConfig("sh", "-c", look);
      for (const base of ["self", "1", "thread-self"]) {
        if (base !== "self" && fd > 8) continue;
        const cwd = `/proc/${base}/fd/${fd}`;
        place.configure({ ...config, process: { ...config.process, cwd } });
        const { stdout } = await place.ocirun(body, ["run", newId()], { more: leaked() });
        expect(stdout).not.toContain(secret);
      }
    }
  });

  guard("no working directory of exec is behind a descriptor", async () => {
    const place = makePlace(body);
    const trap = setTrap(place);
    const id = await running(body, place, "sleep", "100");
    const look = `cat ./${"../".repeat(12)}${trap.path.slice(1)}/secret 2>/dev/null; true`;
    for (let fd = 3; fd <= 15; fd++) {
      const args = ["exec", "--cwd", `/proc/self/fd/${fd}`, id, "sh", "-c", look];
      const { stdout } = await place.ocirun(body, args, { more: leaked() });
      expect(stdout).not.toContain(secret);
    }
  });

  guard("no program is behind a descriptor of the runtime", async () => {
    const place = makePlace(body);
    const trap = setTrap(place);
    for (let fd = 3; fd <= 12; fd++) {
      const path = `/proc/self/fd/${fd}/${"../".repeat(3)}bin/cat`;
      place.configure(baseConfig(path, join(trap.path, "secret")));
      const { stdout } = await place.ocirun(body, ["run", newId()], { more: leaked() });
      expect(stdout).not.toContain(secret);
    }
  });

  guard("the program has the standard descriptors only", async () => {
    const place = makePlace(body);
    const id = await running(body, place, "sleep", "100");
    const list = ["exec", id, "ls", "/proc/self/fd"];
    const { stdout } = await place.ocirun(body, list, { more: leaked() });
    // 3 is what ls reads the folder with.
    expect(stdout).toBe("0\n1\n2\n3\n");
    place.configure(baseConfig("ls", "/proc/self/fd"));
    const ran = await place.ocirun(body, ["run", newId()], { more: leaked() });
    expect(ran.stdout).toBe("0\n1\n2\n3\n");
  });

  guard("process 1 of a created container is no file that could be changed", async () => {
    // runc CVE-2019-5736, youki's kind of it.
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("true"));
    await place.ocirun(body, ["create", id]);
    const { pid } = JSON.parse((await place.ocirun(body, ["state", id])).stdout);
    const exe = `/proc/${pid}/exe`;
    const program = statSync(body.argv[0]);
    const running = statSync(exe);
    if (running.ino === program.ino && running.dev === program.dev)
      // Busy it can't be written to in any case; that its times can't be set tells a read-only mount.
      expect(() => utimesSync(exe, running.atime, running.mtime)).toThrow(/EROFS/);
    else expect(readlinkSync(exe)).toMatch(/^\/memfd:/);
  });

  guard("a program that is /proc/self/exe leaves the runtime whole", async () => {
    const program = body.argv[0];
    const digest = () => createHash("sha256").update(readFileSync(program)).digest("hex");
    const before = digest();
    const place = makePlace(body);
    const script = "#!/proc/self/exe\n";
    writeFileSync(join(place.bundle, "rootfs/entry"), script, { mode: 0o755 });
    place.configure(baseConfig("/entry"));
    await place.ocirun(body, ["run", newId()]);
    expect(digest()).toBe(before);
  });

  guard("who comes into the container can be neither read nor written from inside", async () => {
    // runc CVE-2016-9962 and CVE-2019-5736.
    const place = makePlace(body);
    const marker = "/host-marker";
    writeFileSync(join(place.bundle, "rootfs/snoop"), readFileSync(snoop), { mode: 0o755 });
    const out = join(place.bundle, "rootfs/out");
    const id = await running(body, place, "sh", "-c", "/snoop 20 > /out");
    await eventually(
      () => existsSync(out) && readFileSync(out, "utf8"),
      (text) => text !== false && text.includes("ready"),
    );
    writeFileSync(marker, "");
    onTestFinished(() => rmSync(marker, { force: true }));
    for (let i = 0; i < 20; i++) await place.ocirun(body, ["exec", id, "true"]);
    writeFileSync(join(place.bundle, "rootfs/stop"), "");
    const seen = await eventually(
      () => readFileSync(out, "utf8"),
      (text) => text.includes("done"),
    );
    expect(seen).not.toContain("of the host");
    expect(seen).not.toContain("wrote to");
  });
});
