// Builds everything, then walks from a program to a container with what was built.
import { spawnSync } from "node:child_process";
import { ensureBuildTools } from "../native/build-tools.ts";
import { stage } from "./screen.ts";

function build(command: string, args: readonly string[]): void {
  const child = spawnSync(command, args, { stdio: "inherit" });
  if (child.error) throw child.error;
  if (child.status !== 0) process.exit(child.status ?? 1);
}

const tools = ensureBuildTools();
if (!tools.ok) console.log(tools.why);
await stage("Build the packages, the launcher and ocirun", () => {
  build("turbo", ["run", "build", "--output-logs=errors-only"]);
  build(process.execPath, ["scripts/build-native.ts"]);
});
const { walk } = await import("./walk.ts");
await walk();
