import { dirname, join } from "node:path";
import { main } from "../cli/main.ts";
import { nodeHost } from "../host/node/node-host.ts";

// A compiled executable has no folder of a package to find the launcher in: it lies beside it.
process.env.OCIKIT_LAUNCHER ??= join(dirname(process.execPath), "launcher");
process.exitCode = await main(nodeHost(), process.argv.slice(2));
