#!/usr/bin/env node
import { main } from "../cli/main.ts";
import { nodeHost } from "../host/node/node-host.ts";

process.exitCode = await main(nodeHost(), process.argv.slice(2));
