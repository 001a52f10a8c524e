import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuildTools } from "./build-tools.ts";
import { bundleBrain } from "./bundle-brain.ts";
import { built } from "./launcher.ts";
import { type Outcome, run } from "./outcome.ts";
import { unpackQuickjs } from "./quickjs-source.ts";

const body: string = fileURLToPath(new URL("../../native/launcher/quickjs", import.meta.url));

/** A workshop that makes executables with a brain, once it has QuickJS and a compiler. */
export interface Workshop {
  /** Makes `native/launcher/build/<name>` of a module that exports `main(host, args)`. */
  executable(name: string, entry: string): Promise<Outcome<string>>;
  /** Makes the executable that runs archives under the sanitizers, and the test of the heap. */
  sanitized(): Outcome<void>;
}

/** What builds static executables, of the launcher that `built` holds; without it there is bun. */
export function openWorkshop(): Outcome<Workshop> {
  const programs = ensureBuildTools();
  if (!programs.ok) return programs;
  const unpacked = unpackQuickjs(join(body, "source.json"), built);
  if (!unpacked.ok) return unpacked;
  const work = unpacked.value;
  const make = (...targets: readonly string[]): Outcome<void> => runMake(work, targets);
  const compiler = make("compiler");
  if (!compiler.ok) return compiler;
  return {
    ok: true,
    value: {
      async executable(name, entry) {
        const brain = await bundleBrain(entry, join(work, name));
        const archived = archive(work, `${name}.archive`, brain.awake);
        if (!archived.ok) return archived;
        const kept = archive(work, `${name}.asleep`, brain.asleep);
        if (!kept.ok) return kept;
        const awake = join(work, `${name}.awake`);
        const done = make(awake);
        return done.ok ? { ok: true, value: install(awake, join(built, name)) } : done;
      },
      sanitized: () => make("sanitized"),
    },
  };
}

/** Puts a copy in its place in one step: what runs there now keeps running, whatever body it is. */
function install(from: string, to: string): string {
  copyFileSync(from, `${to}.part`);
  renameSync(`${to}.part`, to);
  return to;
}

function archive(work: string, name: string, modules: readonly string[]): Outcome<void> {
  const path = join(built, name);
  const list = `${modules.join("\n")}\n`;
  const listed = `${path}.list`;
  const same = existsSync(listed) && readFileSync(listed, "utf8") === list;
  if (same && existsSync(path) && !isOlder(path, [join(work, "compile"), ...modules])) {
    return { ok: true, value: undefined };
  }
  const fresh = `${path}.part`;
  const done = run(join(work, "compile"), [fresh, ...modules]);
  if (!done.ok) return done;
  renameSync(fresh, path);
  writeFileSync(listed, list);
  return done;
}

function isOlder(path: string, sources: readonly string[]): boolean {
  const made = statSync(path).mtimeMs;
  return sources.some((source) => statSync(source).mtimeMs > made);
}

function runMake(work: string, targets: readonly string[]): Outcome<void> {
  return run("make", [
    "--no-print-directory",
    "-s",
    "-j2",
    "-C",
    body,
    `BUILD=${work}`,
    ...targets,
  ]);
}
