import { expect, test } from "vitest";
import * as documents from "./documents/index.ts";
import * as main from "./index.ts";
import * as testing from "./testing/index.ts";

test("the package exports these values", () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "AttachSession",
      "Metadata",
      "PortForward",
      "ProcessSession",
      "RpcError",
      "connect",
      "copyFrom",
      "copyTo",
      "defaultEndpoints",
      "eachContainer",
      "eachImage",
      "eachPod",
      "formatLogEntry",
      "parseLogEntry",
      "pullImage",
      "readFile",
      "readLogs",
      "runPod",
      "serve",
      "waitForContainer",
      "watchEvents",
      "writeFile",
    ]
  `);
});

test("testing exports these values", () => {
  expect(Object.keys(testing).sort()).toMatchInlineSnapshot(`
    [
      "MemoryRuntime",
      "startMemoryRuntime",
    ]
  `);
});

test("documents exports these values", () => {
  expect(Object.keys(documents).sort()).toMatchInlineSnapshot(`
    [
      "ContainerConfig",
      "PodSandboxConfig",
      "ValidationError",
      "checkRequests",
      "documentsOf",
      "issueText",
      "messageRuleDocs",
    ]
  `);
});
