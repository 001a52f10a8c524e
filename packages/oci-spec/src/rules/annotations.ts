import { didYouMean, eachMember, type RuleDocs } from "@ocikit/diagnostics";
import { advisory, clause } from "../clause.ts";
import { crunAnnotations, imageAnnotations } from "../data/annotation-names.ts";
import { isGVariant } from "../gvariant.ts";
import type { ConfigRule } from "./config-rule.ts";

const spec: string = clause("config.md#annotations");
const systemdPrefix = "org.systemd.property.";
const mountContextTypes = ["context", "fscontext", "defcontext", "rootcontext"];

/**
 * Annotations, and those that change what a runtime does.
 *
 * Decision: the reserved namespace may be used only for the names of the specification's table. Engines
 * copy the annotations of the image into the config, so the image specification's names are accepted.
 */
export const annotationRules: readonly ConfigRule[] = [
  {
    id: "annot/key-nonempty",
    severity: "error",
    spec,
    check({ annotations }, report) {
      if (annotations && Object.hasOwn(annotations, "")) {
        report(["annotations", ""], "an annotation needs a name", { part: "key" });
      }
    },
  },
  {
    id: "annot/value-string",
    severity: "error",
    spec,
    claims: ["Config.annotations{} type"],
  },
  {
    id: "annot/reverse-domain",
    severity: "info",
    spec,
    check({ annotations }, report) {
      eachMember(annotations, "/annotations", (_, key, pointer) => {
        if (key === "" || /^[^.\s]+\.[^\s]+$/.test(key)) return;
        report(pointer, `${JSON.stringify(key)} is no reverse domain name like "com.example.key"`, {
          part: "key",
        });
      });
    },
  },
  {
    id: "annot/reserved",
    severity: "warning",
    spec,
    check({ annotations }, report) {
      eachMember(annotations, "/annotations", (_, key, pointer) => {
        if (!/^org\.opencontainers(\.|$)/.test(key) || imageAnnotations.includes(key)) return;
        const hint = didYouMean(key, imageAnnotations);
        report(
          pointer,
          `names of org.opencontainers are the specification's, and it has none like this${hint}`,
          {
            part: "key",
          },
        );
      });
    },
  },
  {
    id: "annot/systemd-property",
    severity: "error",
    spec: "https://github.com/opencontainers/runc/blob/main/docs/systemd.md#auxiliary-properties",
    check({ annotations }, report) {
      eachMember(annotations, "/annotations", (value, key, pointer) => {
        if (!key.startsWith(systemdPrefix)) return;
        const property = key.slice(systemdPrefix.length);
        if (!/^[A-Za-z]{3,}$/.test(property)) {
          report(
            pointer,
            `${JSON.stringify(property)} is no name of a systemd property: three letters or more, and nothing else`,
            { part: "key" },
          );
        } else if (!isGVariant(value)) {
          report(
            pointer,
            `${JSON.stringify(value)} is no value in the text form of GVariant; a string needs quotes of its own, as in "'value'"`,
          );
        } else if (property.endsWith("Sec") && !/^(?:u?int\d+ |double )?-?[\d.]+$/.test(value)) {
          report(
            pointer,
            `${property} is a number of seconds, which is passed to systemd as ${property.slice(0, -3)}USec`,
          );
        }
      });
    },
  },
  {
    id: "annot/systemd-dangerous",
    severity: "error",
    spec: advisory("CVE-2024-3154"),
    check({ annotations }, report) {
      eachMember(annotations, "/annotations", (_, key, pointer) => {
        if (!key.startsWith(systemdPrefix)) return;
        const property = key.slice(systemdPrefix.length);
        if (!/^Exec|Paths?$|^Root(?:Directory|Image)$|^EnvironmentFiles?$/.test(property)) return;
        report(
          pointer,
          `${property} would have systemd run or open files on the host with full privileges`,
          { part: "key" },
        );
      });
    },
  },
  {
    id: "annot/crun-runoci",
    severity: "warning",
    spec: "https://github.com/containers/crun/blob/main/crun.1.md#annotations",
    check({ annotations }, report) {
      eachMember(annotations, "/annotations", (value, key, pointer) => {
        if (!key.startsWith("run.oci.")) return;
        if (!crunAnnotations.includes(key)) {
          report(
            pointer,
            `crun knows no ${JSON.stringify(key)}${didYouMean(key, crunAnnotations)}`,
            { part: "key" },
          );
        } else if (key === "run.oci.mount_context_type" && !mountContextTypes.includes(value)) {
          report(
            pointer,
            `must be one of ${mountContextTypes.join(", ")}, not ${JSON.stringify(value)}`,
          );
        } else if (key === "run.oci.delegate-cgroup" && value.split("/").includes("..")) {
          report(pointer, "the delegated cgroup has to be below the container's, without ..");
        }
      });
    },
  },
];

export const annotationDocs: RuleDocs = {
  "annot/key-nonempty": {
    title: "annotations have names",
    explanation: "The name of an annotation must not be empty.",
    examples: {
      bad: { patch: { annotations: { "": "x" } } },
      good: { patch: { annotations: { "com.example.key": "" } } },
    },
  },
  "annot/value-string": {
    title: "annotations are strings",
    explanation:
      "The value of an annotation must be a string; it may be empty. Numbers and booleans are written " +
      "as text, structured data as JSON text.",
    examples: {
      bad: { patch: { annotations: { "com.example.key": 1 } } },
      good: { patch: { annotations: { "com.example.key": "1" } } },
    },
  },
  "annot/reverse-domain": {
    title: "annotations are named by domain",
    explanation:
      "Names should begin with a domain of whoever gives them, turned around, so that the annotations " +
      "of different tools never meet.",
    examples: {
      bad: { patch: { annotations: { cores: "2" } } },
      good: { patch: { annotations: { "com.example.cores": "2" } } },
    },
  },
  "annot/reserved": {
    title: "org.opencontainers is the specification's",
    explanation:
      "Names in org.opencontainers are reserved: only those that the runtime and the image " +
      "specification define may be used, with the meaning they give them.",
    examples: {
      bad: { patch: { annotations: { "org.opencontainers.image.stopsignals": "SIGTERM" } } },
      good: { patch: { annotations: { "org.opencontainers.image.stopSignal": "SIGTERM" } } },
    },
  },
  "annot/systemd-property": {
    title: "systemd properties are well-formed",
    explanation:
      "Runtimes that make cgroups through systemd pass annotations org.systemd.property.NAME on to " +
      "it. The name has only letters, at least three; the value is in the text form of GVariant, so " +
      "that a string has quotes of its own; a NAME that ends in Sec is a number of seconds. runc fails " +
      "to create the container otherwise.",
    examples: {
      bad: { patch: { annotations: { "org.systemd.property.CollectMode": "inactive" } } },
      good: {
        patch: {
          annotations: {
            "org.systemd.property.CollectMode": "'inactive-or-failed'",
            "org.systemd.property.TimeoutStopSec": "uint64 123",
          },
        },
      },
    },
  },
  "annot/systemd-dangerous": {
    title: "no systemd property reaches out to the host",
    explanation:
      "A property that names a program or a file is run or opened by systemd, as root and outside the " +
      "container. Whoever may set annotations would own the host (CVE-2024-3154).",
    examples: {
      bad: { patch: { annotations: { "org.systemd.property.ExecStartPre": "'/bin/sh'" } } },
      good: { patch: { annotations: { "org.systemd.property.TasksMax": "uint64 100" } } },
    },
  },
  "annot/crun-runoci": {
    title: "crun knows the run.oci annotations",
    explanation:
      "crun reads certain annotations that begin with run.oci. and ignores the others, and other " +
      "runtimes ignore all of them, so a misspelt one has no effect.",
    examples: {
      bad: { patch: { annotations: { "run.oci.hook.stdout": "/tmp/out" } } },
      good: { patch: { annotations: { "run.oci.hooks.stdout": "/tmp/out" } } },
    },
  },
};
