// Builds the module where it can be built; elsewhere says what will be missing and goes on, since
// the packages that use it work without it for all but the files that need it.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

if (process.platform !== "linux") {
  console.log(`no inode module for ${process.platform}: only Linux is supported`);
  process.exit(0);
}
for (const tool of ["cc", "make"]) {
  if (spawnSync(tool, ["--version"], { stdio: "ignore" }).status === 0) continue;
  console.log(`${tool} is missing: extended attributes, device nodes and fifos will be refused`);
  process.exit(0);
}
const made = spawnSync("make", ["-C", fileURLToPath(new URL(".", import.meta.url)), "-s"], {
  stdio: "inherit",
});
if (made.error) throw made.error;
process.exit(made.status ?? 1);
