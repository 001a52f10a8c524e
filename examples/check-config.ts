import { readFile } from "node:fs/promises";
import { Config, defaultConfig, issueText } from "@ocikit/oci-spec";

// A file of yours: node examples/check-config.ts bundle/config.json. Without one, a config with a mistake.
const path = process.argv[2];
const text = path
  ? await readFile(path, "utf8")
  : Config.stringify(defaultConfig()).replace('"cwd"', '"Cwd"');

const result = Config.checkText(text, { source: path ?? "config.json" });
if (result.ok) {
  console.log(`runs ${result.value.process?.args?.join(" ")}`);
} else {
  for (const issue of result.issues) console.log(issueText(issue));
}
