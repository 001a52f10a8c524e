import { expect, test } from "vitest";
import * as rpc from "./index.ts";
import * as wire from "./wire/index.ts";

test("each entry exports these names and no others", () => {
  expect([Object.keys(rpc).sort(), Object.keys(wire).sort()]).toMatchInlineSnapshot(`
    [
      [
        "Metadata",
        "Router",
        "RpcError",
        "ServerCall",
        "checkEachRequest",
        "createClient",
        "createLocalTransport",
        "describeMethod",
        "fromCodeNumber",
        "limitCall",
        "rpcCodes",
        "startDeadline",
        "toCodeNumber",
      ],
      [
        "BinaryReader",
        "BinaryWriter",
        "noBytes",
      ],
    ]
  `);
});
