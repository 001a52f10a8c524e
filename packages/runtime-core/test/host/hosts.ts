import { existsSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@ocikit/testing";
import { describe, test } from "vitest";
import type { Host } from "../../src/host/host.ts";
import { nodeHost } from "../../src/host/node/node-host.ts";
import { agentHost } from "./agent-host.ts";

const built = join(repository, "native/launcher/build");

/** Commands of the agent in the bodies that carry the host in C. */
const agents: Readonly<Record<string, readonly string[]>> = {
  QuickJS: [join(built, "host-agent")],
  "QuickJS under sanitizers": [join(built, "sanitized"), join(built, "host-agent.archive")],
};

const notBuilt = "the native programs are not built: npm run build:native -- --tests";

/** Declares the same tests for every implementation of `Host`. */
export function describeHosts(rule: string, define: (host: Host) => void): void {
  describe(`${rule} (Node)`, () => {
    if (existsSync(join(built, "launcher"))) define(nodeHost());
    else test("needs the launcher", (context) => context.skip(notBuilt));
  });
  describeAgents(rule, (command) => define(agentHost(command)));
}

/** Declares the same tests for every body that carries the host in C. */
export function describeAgents(rule: string, define: (command: readonly string[]) => void): void {
  for (const [name, command] of Object.entries(agents)) {
    describe(`${rule} (${name})`, () => {
      if (command.every((path) => existsSync(path))) define(command);
      else test("needs its agent", (context) => context.skip(notBuilt));
    });
  }
}
