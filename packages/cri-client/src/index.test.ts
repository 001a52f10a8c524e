import { expect, test } from "vitest";
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
      "defaultEndpoints",
      "formatLogEntry",
      "parseLogEntry",
      "readLogs",
      "serve",
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
