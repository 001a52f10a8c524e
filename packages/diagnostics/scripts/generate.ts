import { fileURLToPath } from "node:url";
import { generateSchemas } from "@ocikit/codegen";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

await generateSchemas({
  files: [path("../schema/check-settings.json")],
  out: path("../src/generated"),
  runtime: {
    shapes: "../schema/shape.ts",
    validator: "../schema/compiled-validator.ts",
  },
});
