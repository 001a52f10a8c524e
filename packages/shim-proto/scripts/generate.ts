// Writes src/gen from proto/: ts-proto's code, with this repository's reader and writer under it.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateMessages } from "@ocikit/codegen";

const folder = "src/gen";

// ts-proto counts how deep it is, since a message that can hold itself could be nested without end. None of these can
// (a test holds that), and the counting is a third of the time it takes to read a small one.
const depthGuard =
  /^( +)const previousRecursionDepth = .*\n\1if \(previousRecursionDepth >= \d+\) \{\n.*\n\1\}\n\1\(reader as any\).*\n\1try \{\n([\s\S]*?)\n\1\} finally \{\n.*\n\1\}\n/gm;

function rewrite(code: string): string {
  // An array of no bytes is the same whoever holds it, and making one costs more than reading a small message.
  const shared = code.replaceAll("new Uint8Array(0)", "noBytes");
  const names = shared === code ? "" : ", noBytes";
  return shared
    .replace(
      'import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire"',
      `import { BinaryReader, BinaryWriter${names} } from "@ocikit/rpc/wire"`,
    )
    .replace(depthGuard, (_, _indent: string, body: string) => `${body.replace(/^ {2}/gm, "")}\n`);
}

const buf = spawnSync("buf", ["generate"], { stdio: "inherit" });
if (buf.error) throw buf.error;
if (buf.status !== 0) process.exit(buf.status ?? 1);

for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".ts")) continue;
  const path = join(folder, file);
  const code = rewrite(readFileSync(path, "utf8"));
  const left = /.*(?:RecursionDepth|bufbuild).*/.exec(code);
  if (left) throw new Error(`${path}: ts-proto writes otherwise now: ${left[0]}`);
  writeFileSync(path, code);
}

await generateMessages({
  protos: "proto",
  out: "src/generated",
  title: "containerd's shim protocol",
});
