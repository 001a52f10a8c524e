import { fileURLToPath } from "node:url";
import { generateSchemas } from "@ocikit/codegen";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

await generateSchemas({
  files: ["config", "state", "features"].map((name) => path(`../schema/${name}.json`)),
  out: path("../src/generated"),
  lean: ["Config"],
});
