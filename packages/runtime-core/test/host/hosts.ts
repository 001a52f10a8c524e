import { existsSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@ocikit/testing";
import { describe, test } from "vitest";
import type { Host } from "../../src/host/host.ts";
import { nodeHost } from "../../src/host/node/node-host.ts";
import { agentHost } from "./agent-host.ts";

const built = join(repository, "native/launcher/build");

/** How a program that is built for the tests is started, in each body that carries the host in C. */
const starts: Readonly<Record<string, (agent: string) => readonly string[]>> = {
  QuickJS: (agent) => [join(built, agent)],
  "QuickJS under sanitizers": (agent) => [
    join(built, "sanitized"),
    join(built, `${agent}.archive`),
  ],
};

const notBuilt = "the native programs are not built: npm run build:native -- --tests";

/** Declares the same tests for every implementation of `Host`. */
export function describeHosts(rule: string, define: (host: Host) => void): void {
  describe(`${rule} (Node)`, () => {
    if (existsSync(join(built, "launcher"))) define(nodeHost());
    else test("needs the launcher", (context) => context.skip(notBuilt));
  });
  describeAgents(rule, "host-agent", (command) => define(agentHost(command)));
}

/** Declares the same tests for every body that carries the host in C, with a program built for them. */
export function describeAgents(
  rule: string,
  agent: string,
  define: (command: readonly string[]) => void,
): void {
  for (const [name, start] of Object.entries(starts)) {
    describe(`${rule} (${name})`, () => {
      const command = start(agent);
      if (command.every((path) => existsSync(path))) define(command);
      else test("needs its agent", (context) => context.skip(notBuilt));
    });
  }
}
