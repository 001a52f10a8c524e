import { defineMessage, type MessageCodec, type MessageSchema } from "@ocikit/diagnostics/proto";
import { messageShapes } from "../generated/message-shapes.ts";
import { messageTable } from "../generated/message-table.ts";
import { validators } from "../generated/validate-messages.ts";
import { messageRules } from "./rules/index.ts";
import { rulesFor } from "./rules/message-rule.ts";
import type { Target } from "./target.ts";

const known = new Map<string, unknown>();

/**
 * The documents of any message of CRI: JSON or YAML in its proto3 form, names as in JSON or as in the .proto file. What a
 * document holds is the message, ready to be sent. The value of an environment variable is text, as in the files of
 * crictl, and not base64.
 *
 * @throws TypeError for what is no message of CRI
 */
export function documentsOf<T extends object>(codec: MessageCodec<T>): MessageSchema<T, Target> {
  const made = known.get(codec.$type) as MessageSchema<T, Target> | undefined; // as: kept by its own type
  if (made !== undefined) return made;
  const name = messageTable.types[codec.$type] ?? "";
  const schema = defineMessage<T, Target>({
    codec,
    table: messageTable,
    shapes: messageShapes,
    validators,
    rules: name in messageTable.messages ? rulesFor(name, messageRules) : [],
    target: {},
  });
  known.set(codec.$type, schema);
  return schema;
}
