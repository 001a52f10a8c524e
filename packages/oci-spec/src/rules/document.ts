import type { RuleDoc } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { ConfigRule } from "./config-rule.ts";

/**
 * The document itself: its text, and what the schema says of any value. The checks are those of every
 * document; here they get the clauses of the runtime specification.
 *
 * Decisions where text, schema and practice disagree:
 * - Unknown properties: the text forbids runtimes to fail, the schema allows them. A warning, with the
 *   name that was probably meant.
 * - null for a property that may be left out: the schema refuses it, every runtime written in Go takes
 *   it for left out. A warning with a fix, and the value is read without it.
 * - 64-bit integers: compared exactly; above 2^53 they are bigints in the value.
 */
export const documentRules: readonly ConfigRule[] = [
  { id: "doc/json-syntax", severity: "error", spec: clause("bundle.md#container-format") },
  { id: "doc/single-document", severity: "error", spec: clause("bundle.md#container-format") },
  { id: "doc/type", severity: "error", spec: clause("config.md#configuration") },
  { id: "doc/integer-range", severity: "error", spec: clause("config.md#configuration") },
  { id: "doc/required", severity: "error", spec: clause("config.md#configuration") },
  { id: "doc/enum", severity: "error", spec: clause("config.md#valid-values") },
  { id: "doc/pattern", severity: "error", spec: clause("config.md#valid-values") },
  { id: "doc/count", severity: "error", spec: clause("config.md#configuration") },
  { id: "doc/null", severity: "warning", spec: clause("config.md#configuration") },
  { id: "doc/key-case", severity: "error", spec: clause("config.md#configuration") },
  { id: "doc/unknown-key", severity: "warning", spec: clause("config.md#extensibility") },
];

/** Examples for the docs of these rules, which all kinds of documents share. */
export const documentExamples: Readonly<Record<string, RuleDoc["examples"]>> = {
  "doc/json-syntax": {
    bad: '{ "ociVersion": "1.3.0", "root": { "path": "rootfs", } }',
    good: '{ "ociVersion": "1.3.0", "root": { "path": "rootfs" } }',
  },
  "doc/single-document": {
    bad: '{ "ociVersion": "1.3.0", "root": { "path": "rootfs" } }\n{}',
    good: '{ "ociVersion": "1.3.0", "root": { "path": "rootfs" } }\n',
  },
  "doc/duplicate-key": {
    bad: '{ "ociVersion": "1.3.0", "root": { "path": "rootfs", "path": "/" } }',
    good: '{ "ociVersion": "1.3.0", "root": { "path": "rootfs" } }',
  },
  "doc/size": {
    bad: '{ "ociVersion": "1.3.0", "x": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] }',
    good: '{ "ociVersion": "1.3.0", "x": [[]], "root": { "path": "rootfs" } }',
  },
  "doc/type": {
    bad: { patch: { process: { args: "sh" } } },
    good: { patch: { process: { args: ["sh"] } } },
  },
  "doc/integer-range": {
    bad: { patch: { linux: { resources: { network: { classID: -1 } } } } },
    good: { patch: { linux: { resources: { network: { classID: 4294967295 } } } } },
  },
  "doc/required": {
    bad: { patch: { vm: { kernel: {} } } },
    good: { patch: { vm: { kernel: { path: "/boot/vmlinuz" } } } },
  },
  "doc/enum": {
    bad: { patch: { vm: { kernel: { path: "/k" }, image: { path: "/i", format: "qcow" } } } },
    good: { patch: { vm: { kernel: { path: "/k" }, image: { path: "/i", format: "qcow2" } } } },
  },
  "doc/pattern": {
    bad: { patch: { linux: { intelRdt: { memBwSchema: "0=70" } } } },
    good: { patch: { linux: { intelRdt: { memBwSchema: "MB:0=70" } } } },
  },
  "doc/count": {
    bad: { patch: { linux: null, windows: { layerFolders: [] } } },
    good: { patch: { linux: null, windows: { layerFolders: ["C:\\scratch"] } } },
  },
  "doc/null": {
    bad: '{ "ociVersion": "1.3.0", "root": { "path": "rootfs" }, "mounts": null }',
    good: '{ "ociVersion": "1.3.0", "root": { "path": "rootfs" } }',
  },
  "doc/key-case": {
    bad: { patch: { Hostname: "web" } },
    good: { patch: { hostname: "web" } },
  },
  "doc/unknown-key": {
    bad: { patch: { linux: { rootPropagation: "private" } } },
    good: { patch: { linux: { rootfsPropagation: "private" } } },
  },
};
