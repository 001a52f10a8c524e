export {
  defineMessage,
  type MessageCodec,
  type MessageDefinition,
  type MessageSchema,
} from "./define-message.ts";
export { fromJson } from "./from-json.ts";
export {
  fieldsOf,
  type MessageField,
  type MessageFields,
  type MessageForm,
  type MessageTable,
} from "./message-table.ts";
export { type ToJsonOptions, toJson } from "./to-json.ts";
export { fromBase64, toBase64 } from "./well-known.ts";
