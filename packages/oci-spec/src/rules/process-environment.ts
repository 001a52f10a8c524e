import { eachElement, type Report, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { type ConfigRule, onPlatforms, posix } from "./config-rule.ts";

const spec: string = clause("config.md#process");

/**
 * The environment of the process.
 *
 * Decisions:
 * - An entry without "=" has no name by the text's own source (POSIX). runc refuses it, crun hands it on:
 *   an error. Windows has variables whose name begins with "=", so there is no rule for it.
 * - A name may hold any character but "=" for the kernel and for POSIX; the reference validator refuses
 *   dots. Shells cannot use such a variable: an info.
 */
export const environmentRules: readonly ConfigRule[] = onPlatforms(posix, [
  {
    id: "process/env-format",
    severity: "error",
    spec,
    check({ process }, report) {
      checkEntries(process?.env, "/process/env", report);
    },
  },
  {
    id: "process/env-name",
    severity: "info",
    spec: "https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html",
    check({ process }, report) {
      eachElement(process?.env, "/process/env", (entry, pointer) => {
        const name = nameOf(entry);
        if (!name || /^[a-z_]\w*$/i.test(name)) return;
        report(pointer, `shells cannot use a variable called ${JSON.stringify(name)}`);
      });
    },
  },
  {
    id: "process/env-dup",
    severity: "warning",
    spec,
    check({ process }, report) {
      const last = new Map<string, number>();
      eachElement(process?.env, "/process/env", (entry, _, index) => {
        const name = nameOf(entry);
        if (name) last.set(name, index);
      });
      eachElement(process?.env, "/process/env", (entry, pointer, index) => {
        const name = nameOf(entry) ?? "";
        const wins = last.get(name) ?? index;
        if (wins === index) return;
        report(pointer, `${name} is set again at /process/env/${wins}, and the last one counts`, {
          fix: { title: "remove it", patch: [{ op: "remove", path: pointer }] },
        });
      });
    },
  },
]);

/** Reports entries of an environment that are not `NAME=value`. */
export function checkEntries(
  env: readonly string[] | undefined,
  pointer: string,
  report: Report,
): void {
  eachElement(env, pointer, (entry, at) => {
    const name = nameOf(entry);
    if (name) return;
    const fault = name === "" ? "there is no name before the =" : "there is no = in it";
    report(at, `${fault}; an entry is NAME=value`);
  });
}

function nameOf(entry: string): string | undefined {
  const end = entry.indexOf("=");
  return end === -1 ? undefined : entry.slice(0, end);
}

export const environmentDocs: RuleDocs = {
  "process/env-format": {
    title: "the environment has entries NAME=value",
    explanation:
      "An entry without = is no variable: runc refuses the config, crun hands it to the process, where " +
      "libraries ignore it. To leave a variable empty, write NAME= with nothing after it.",
    examples: {
      bad: { patch: { process: { env: ["DEBUG"] } } },
      good: { patch: { process: { env: ["DEBUG="] } } },
    },
  },
  "process/env-name": {
    title: "variables have names that shells can use",
    explanation:
      "A shell knows variables of letters, digits and _, not beginning with a digit. Others are legal, " +
      "and programs can read them, but a script cannot, and some shells drop them.",
    examples: {
      bad: { patch: { process: { env: ["spring.profiles=dev"] } } },
      good: { patch: { process: { env: ["SPRING_PROFILES=dev"] } } },
    },
  },
  "process/env-dup": {
    title: "a variable is set once",
    explanation:
      "Runtimes keep the last value of a name that stands twice. Usually a default was to be replaced, and " +
      "both were written.",
    examples: {
      bad: { patch: { process: { env: ["A=1", "A=2"] } } },
      good: { patch: { process: { env: ["A=2"] } } },
    },
  },
};
