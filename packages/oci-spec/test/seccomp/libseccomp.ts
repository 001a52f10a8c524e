import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Seccomp } from "../../src/generated/types.ts";
import { verdictOf } from "../../src/seccomp/action.ts";
import { architectures } from "../../src/seccomp/architecture.ts";

/** What libseccomp makes of a profile. */
export type Judgement =
  | { readonly kind: "program"; readonly program: Uint8Array }
  | { readonly kind: "refused" | "hung"; readonly program?: never };

/** libseccomp's tokens are AUDIT_ARCH_*, but x32 has one of its own. */
function token(name: string): number {
  const found = architectures.find((known) => known.name === name);
  if (found === undefined) throw new Error(`no architecture ${name}`);
  return name === "SCMP_ARCH_X32" ? 0x4000003e : found.audit;
}

const operators = ["", "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"];

function write(seccomp: Seccomp): string {
  // runc asks for the binary tree from 33 rules on; with few rules it comes out broken.
  const rules = (seccomp.syscalls ?? []).flatMap(({ names, action, errnoRet, args }) =>
    names.map((name) => {
      const conditions = (args ?? []).map(
        ({ index, op, value, valueTwo }) =>
          `${index} ${operators.indexOf(op.replace("SCMP_CMP_", ""))} ${value} ${valueTwo ?? 0}`,
      );
      return `rule ${verdictOf(action, errnoRet)} ${name} ${conditions.join(" ")}`;
    }),
  );
  const fallback = verdictOf(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const tokens = (seccomp.architectures ?? []).map(token).join(" ");
  return [`profile ${fallback} ${rules.length > 32 ? 2 : 0} ${tokens}`, ...rules, "end\n"].join(
    "\n",
  );
}

/** The oracle program, built from oracle.c; `undefined` where libseccomp's header is missing. */
export class Libseccomp {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static build(): Libseccomp | undefined {
    if (!existsSync("/usr/include/seccomp.h")) return undefined;
    const directory = mkdtempSync(join(tmpdir(), "ocikit-libseccomp-"));
    const path = join(directory, "oracle");
    const source = new URL("oracle.c", import.meta.url).pathname;
    const cc = spawnSync("cc", ["-O1", "-Wall", "-Werror", "-o", path, source, "-lseccomp"], {
      encoding: "utf8",
    });
    if (cc.status !== 0) throw new Error(`cannot build the oracle: ${cc.error ?? cc.stderr}`);
    return new Libseccomp(path);
  }

  /** Removes the program that was built. */
  remove(): void {
    rmSync(dirname(this.#path), { recursive: true, force: true });
  }

  #ask(input: string): string[] {
    const run = spawnSync(this.#path, [], { input, encoding: "utf8", maxBuffer: 2 ** 28 });
    if (run.status !== 0) throw new Error(`the oracle failed: ${run.error ?? run.stderr}`);
    return run.stdout.trimEnd().split("\n");
  }

  /** The names it knows. */
  known(names: readonly string[]): Set<string> {
    const answers = this.#ask(names.map((name) => `known ${name}\n`).join(""));
    return new Set(names.filter((_, i) => answers[i] === "1"));
  }

  /** The names of an architecture's numbers from `first` on, `-` for one it leaves free. */
  names(architecture: string, first: number, count: number): string[] {
    const ask = (_: unknown, i: number) => `name ${token(architecture)} ${first + i}\n`;
    return this.#ask(Array.from({ length: count }, ask).join(""));
  }

  /** What it makes of profiles; the first architecture of each is taken for the kernel's own. */
  judge(profiles: readonly Seccomp[]): Judgement[] {
    const answers = this.#ask(profiles.map(write).join(""));
    if (answers.length !== profiles.length) throw new Error("the oracle lost count");
    return answers.map((answer) => {
      const [word, hex = ""] = answer.split(" ");
      if (word === "program") return { kind: "program", program: Buffer.from(hex, "hex") };
      if (word === "refused" || word === "hung") return { kind: word };
      throw new Error(`the oracle said ${answer.slice(0, 80)}`);
    });
  }
}
