import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Config, type Issue, issueText } from "@ocikit/oci-spec";
import { repository } from "@ocikit/testing";
import { hasProgram, sandboxMissing } from "@ocikit/testing/sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Caller, type CallerOptions, openCaller } from "../callers/caller.ts";

/** A program that writes configs, and commands of it that each write at least one. */
export interface Writer extends CallerOptions {
  readonly commands: Readonly<Record<string, string>>;
}

/** Runs the commands with a runtime that keeps the configs, and finds no fault with any of these. */
export function describeWriter(writer: Writer): void {
  const missing = writerMissing(writer.programs);
  describe(`what ${writer.name} writes has no error and no warning`, () => {
    const folder = mkdtempSync(join(tmpdir(), "ocikit-recorder-"));
    let caller: Caller | undefined;
    beforeAll(async () => {
      if (missing) return;
      const path = join(folder, "recorder");
      writeFileSync(path, recorder(), { mode: 0o755 });
      caller = await openCaller(writer, { name: "recorder", path });
    });
    afterAll(async () => {
      await caller?.sandbox[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });
    test.for(Object.entries(writer.commands))("%s", async ([, command], context) => {
      if (!caller) return context.skip(missing);
      const said = await caller.sh(`rm -rf /tmp/specs; ${command}`);
      const names = (await caller.sh("ls /tmp/specs/*.config")).stdout.trim().split("\n");
      const printed = `${said.stdout}${said.stderr}`;
      expect(names.filter(Boolean).length, printed).toBeGreaterThan(0);
      for (const name of names) {
        const text = (await caller.sh(`cat ${name}`)).stdout;
        expect(faultsOf(text), text).toEqual([]);
        // What could not be started may have faults on this machine, such as too few privileges.
        if (said.status !== 0) continue;
        const onMachine = (await caller.sh(`cat ${name.replace(/config$/, "host")}`)).stdout;
        expect(faultsIn(onMachine), text).toEqual([]);
      }
    });
  });
}

function writerMissing(programs: readonly string[]): string | undefined {
  const missing = sandboxMissing();
  if (missing) return missing;
  const lacking = ["busybox", "runc", ...programs].filter((name) => !hasProgram(name));
  return lacking.length > 0 ? `needs ${lacking.join(", ")}` : undefined;
}

function recorder(): string {
  const node = join(repository, "node_modules/.bin/node");
  const program = join(repository, "packages/oci-spec/src/node/cli/bin.ts");
  const script = readFileSync(new URL("recorder.sh", import.meta.url), "utf8");
  const check = `RECORDER_CHECK="${node} --conditions=@ocikit/source ${program}"`;
  return script.replace("\n", `\n${check}\n`);
}

const isFault = ({ severity }: Pick<Issue, "severity">): boolean => severity !== "info";

/** Errors and warnings about a config, whatever the machine. */
export function faultsOf(text: string): string[] {
  const result = Config.checkText(text);
  return (result.ok ? result.warnings : result.issues).filter(isFault).map(issueText);
}

/** Errors and warnings in a report of `oci-spec check --format json`. */
function faultsIn(report: string): string[] {
  const { documents } = JSON.parse(report) as {
    documents: { issues: Issue[]; failure?: string }[];
  };
  return documents.flatMap(({ issues, failure }) => [
    ...(failure === undefined ? [] : [failure]),
    ...issues.filter(isFault).map((issue) => `${issue.rule}: ${issue.pointer}: ${issue.message}`),
  ]);
}
