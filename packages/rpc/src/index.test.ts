import { expect, test } from "vitest";
import * as rpc from "./index.ts";

test("the package exports these names and no others", () => {
  expect(Object.keys(rpc).sort()).toMatchInlineSnapshot(`
    [
      "Metadata",
      "Router",
      "RpcError",
      "ServerCall",
      "createClient",
      "createLocalTransport",
      "describeMethod",
      "fromCodeNumber",
      "limitCall",
      "rpcCodes",
      "startDeadline",
      "toCodeNumber",
    ]
  `);
});
