import { fileURLToPath } from "node:url";
import { generateSchemas } from "@ocikit/codegen";
import { DATE_TIME, URI } from "../src/rules/formats.ts";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

await generateSchemas({
  files: ["descriptor", "manifest", "index", "config", "layout"].map((name) =>
    path(`../schema/${name}.json`),
  ),
  out: path("../src/generated"),
  formats: { "date-time": DATE_TIME, uri: URI },
});
