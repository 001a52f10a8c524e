export { type GenerateOptions, generateSchemas } from "./schema/generate-schemas.ts";
