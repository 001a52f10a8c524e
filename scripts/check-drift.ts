// Makes every generated file anew and fails when one differs from what is committed.
import { spawnSync } from "node:child_process";

const generated = [
  ":(glob)packages/*/src/gen/**",
  ":(glob)packages/*/src/generated/**",
  ":(glob)native/*/src/generated/**",
];

function run(command: string, args: readonly string[]): string {
  const child = spawnSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.error) throw child.error;
  if (child.status !== 0) {
    console.error(child.stdout);
    process.exit(child.status ?? 1);
  }
  return child.stdout;
}

run("turbo", ["run", "generate", "--force"]);
const drift = run("git", ["status", "--porcelain", "--untracked-files=all", "--", ...generated]);
if (drift !== "") {
  console.error(
    `generated files differ from their sources; run npm run generate and commit:\n${drift}`,
  );
  process.exit(1);
}
console.log("generated files are what their sources say");
