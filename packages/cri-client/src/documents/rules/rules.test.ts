import { exampleDocument } from "@ocikit/diagnostics/testing";
import { expect, test } from "vitest";
import * as messages from "../../generated/messages.ts";
import { documentsOf } from "../message-documents.ts";
import { messageRuleDocs } from "./docs.ts";
import { messageRules } from "./index.ts";

const pod = {
  metadata: { name: "web", namespace: "default", uid: "4d7c" },
  logDirectory: "/var/log/pods/web",
};
const container = { metadata: { name: "main" }, image: { image: "example.com/web:1" } };

/** A valid document of each message that examples are patches to. */
const bases: Readonly<Record<string, object>> = {
  PodSandboxConfig: pod,
  ContainerConfig: container,
  RunPodSandboxRequest: { config: pod },
  CreateContainerRequest: { podSandboxId: "p", config: container, sandboxConfig: pod },
  ExecSyncRequest: { containerId: "c", cmd: ["true"] },
  ExecRequest: { containerId: "c", cmd: ["true"], stdout: true },
  AttachRequest: { containerId: "c", stdout: true },
  PortForwardRequest: { podSandboxId: "p" },
  StopContainerRequest: { containerId: "c" },
  PullImageRequest: { image: { image: "example.com/web:1" } },
  CheckpointContainerRequest: { containerId: "c", location: "/tmp/c.tar" },
};

function documents(root: string) {
  const codec = Reflect.get(messages, root);
  return documentsOf(codec);
}

test("the documents that examples are patches to have nothing to complain about", () => {
  for (const [root, base] of Object.entries(bases)) {
    const result = documents(root).checkText(JSON.stringify(base));
    expect({ root, ok: result.ok, issues: result.ok ? result.warnings : result.issues }).toEqual({
      root,
      ok: true,
      issues: [],
    });
  }
});

test("ids are topic/name, no two rules share one, and each has docs", () => {
  const ids = messageRules.map(({ id }) => id);
  expect(ids.filter((id) => !/^[a-z]+\/[a-z]+(-[a-z]+)*$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(messageRuleDocs).sort()).toEqual([...ids].sort());
});

test.for(Object.entries(messageRuleDocs))(
  "%s speaks of its bad example, with a place, and not of its good one",
  ([id, { root, examples }]) => {
    const issuesOf = (example: typeof examples.bad) => {
      const { text, target } = exampleDocument(example, bases[root]);
      const result = documents(root).checkText(text, { target: target as object | undefined });
      return result.ok ? result.warnings : result.issues;
    };
    const spoken = issuesOf(examples.bad).filter(({ rule }) => rule === id);
    expect(spoken).not.toEqual([]);
    for (const { position, message, spec } of spoken) {
      expect(position?.line).toBeGreaterThan(0);
      expect(message).not.toMatch(/\.$/);
      expect(spec).toMatch(/^https:/);
    }
    expect(issuesOf(examples.good)).toEqual([]);
  },
);
