import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Config, defaultConfig, issueText, setArgs } from "@ocikit/oci-spec";
import { checkBundle } from "@ocikit/oci-spec/bundle";

// A bundle of yours: node examples/validate-bundle.ts BUNDLE. Without one, a bundle that has no root filesystem.
const bundle = process.argv[2] ?? (await mkdtemp(join(tmpdir(), "bundle-")));
if (process.argv[2] === undefined) {
  const config = setArgs(defaultConfig(), ["sleep", "60"]);
  await writeFile(join(bundle, "config.json"), Config.stringify(config));
}

// Config, root filesystem, programs and their interpreters, hooks, mount sources, devices, and this kernel.
for await (const issue of checkBundle(bundle, { signal: AbortSignal.timeout(5000) })) {
  if (issue.severity !== "info")
    console.log(`${issue.severity} ${issue.rule}: ${issueText(issue)}`);
}
