export { type GenerateMessagesOptions, generateMessages } from "./proto/generate-messages.ts";
export { type GenerateOptions, generateSchemas } from "./schema/generate-schemas.ts";
