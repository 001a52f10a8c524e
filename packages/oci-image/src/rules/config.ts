import type { Rule, RuleDocs } from "@ocikit/diagnostics";
import { isDigest } from "../digest.ts";
import type { ImageConfig } from "../document.ts";
import { clause } from "./clause.ts";
import { platformFaults } from "./platform.ts";

const properties = clause("config.md#properties");

const PORT = /^(\d{1,5})(?:\/(?:tcp|udp|sctp))?$/;
const SIGNAL = /^(?:\d{1,2}|(?:SIG)?[A-Z][A-Z0-9]*(?:[+-]\d{1,2})?)$/;
const USER = /^[^:]*(?::[^:]+)?$/;

/** What is demanded of image configs beyond their schema. */
export const imageConfigRules: readonly Rule<ImageConfig>[] = [
  {
    id: "image-config/env",
    severity: "error",
    spec: properties,
    check({ config }, report) {
      for (const [i, entry] of (config?.Env ?? []).entries()) {
        if (entry.indexOf("=") < 1) report(["config", "Env", i], "must be NAME=value");
      }
    },
  },
  {
    id: "image-config/diff-id",
    severity: "error",
    spec: clause("config.md#layer-diffid"),
    check({ rootfs }, report) {
      for (const [i, id] of rootfs.diff_ids.entries()) {
        if (!isDigest(id))
          report(["rootfs", "diff_ids", i], "must be the digest of a layer's archive");
      }
    },
  },
  {
    id: "image-config/history",
    severity: "warning",
    spec: properties,
    check({ rootfs, history }, report) {
      if (history === undefined || history.length === 0) return;
      const made = history.filter(({ empty_layer }) => empty_layer !== true).length;
      if (made === rootfs.diff_ids.length) return;
      report(
        "/history",
        `tells of ${made} layers where rootfs has ${rootfs.diff_ids.length}: set empty_layer on steps that made none`,
      );
    },
  },
  {
    id: "image-config/platform",
    severity: "warning",
    spec: properties,
    check(config, report) {
      for (const [name, message] of platformFaults(config)) report([name], message);
    },
  },
  {
    id: "image-config/ports",
    severity: "warning",
    spec: properties,
    check({ config }, report) {
      for (const key of Object.keys(config?.ExposedPorts ?? {})) {
        const port = Number(PORT.exec(key)?.[1] ?? 0);
        if (port < 1 || port > 65_535)
          report(["config", "ExposedPorts", key], "must be port/tcp, port/udp or port", {
            part: "key",
          });
      }
    },
  },
  {
    id: "image-config/stop-signal",
    severity: "warning",
    spec: properties,
    check({ config }, report) {
      const signal = config?.StopSignal;
      if (signal && !SIGNAL.test(signal))
        report("/config/StopSignal", 'must be a signal like "SIGTERM" or its number');
    },
  },
  {
    id: "image-config/user",
    severity: "error",
    spec: properties,
    check({ config }, report) {
      const user = config?.User;
      if (user && !USER.test(user))
        report("/config/User", "must be user, uid, user:group or the like");
    },
  },
  {
    id: "image-config/working-directory",
    severity: "warning",
    spec: properties,
    check({ config }, report) {
      const directory = config?.WorkingDir;
      if (directory && !directory.startsWith("/") && !/^[A-Za-z]:/.test(directory)) {
        report("/config/WorkingDir", "must be an absolute path: a runtime refuses any other");
      }
    },
  },
];

export const imageConfigDocs: RuleDocs = {
  "image-config/env": {
    title: "environment entries are NAME=value",
    explanation:
      "An entry without a name cannot be set; runtimes refuse the whole container or drop it in silence.",
    examples: {
      bad: { patch: { config: { Env: ["PATH"] } } },
      good: { patch: { config: { Env: ["PATH=/bin"] } } },
    },
  },
  "image-config/diff-id": {
    title: "diff ids are digests",
    explanation:
      "They are what the unpacked archives are held to; one that is no digest makes the image impossible to unpack.",
    examples: {
      bad: { patch: { rootfs: { diff_ids: ["sha256:12"] } } },
      good: { patch: { rootfs: { diff_ids: [] } } },
    },
  },
  "image-config/history": {
    title: "history and layers pair",
    explanation:
      "Tools show which command made which layer by counting; a step without a layer must say so.",
    examples: {
      bad: { patch: { history: [{ created_by: "RUN x" }] } },
      good: { patch: { history: [{ created_by: "ENV x", empty_layer: true }] } },
    },
  },
  "image-config/platform": {
    title: "the platform is named in Go's words",
    explanation: "Readers compare with the names Go has; other names match no machine.",
    examples: {
      bad: { patch: { architecture: "x86_64" } },
      good: { patch: { architecture: "amd64" } },
    },
  },
  "image-config/ports": {
    title: "exposed ports are port/protocol",
    explanation: "The key is all there is of a port; what cannot be read is not published.",
    examples: {
      bad: { patch: { config: { ExposedPorts: { "http/tcp": {} } } } },
      good: { patch: { config: { ExposedPorts: { "80/tcp": {} } } } },
    },
  },
  "image-config/stop-signal": {
    title: "the stop signal is a signal",
    explanation:
      "An engine that does not know the signal refuses to stop the container, or kills it.",
    examples: {
      bad: { patch: { config: { StopSignal: "please" } } },
      good: { patch: { config: { StopSignal: "SIGRTMIN+3" } } },
    },
  },
  "image-config/user": {
    title: "the user has at most one group",
    explanation:
      "More than one colon has no meaning, and guessing whom a program runs as is how containers run as root.",
    examples: {
      bad: { patch: { config: { User: "a:b:c" } } },
      good: { patch: { config: { User: "a:b" } } },
    },
  },
  "image-config/working-directory": {
    title: "the working directory is absolute",
    explanation: "It becomes process.cwd, which runtimes demand to be absolute.",
    examples: {
      bad: { patch: { config: { WorkingDir: "srv" } } },
      good: { patch: { config: { WorkingDir: "/srv" } } },
    },
  },
};
