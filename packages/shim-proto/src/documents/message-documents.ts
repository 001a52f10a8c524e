import { defineMessage, type MessageCodec, type MessageSchema } from "@ocikit/diagnostics/proto";
import { messageShapes } from "../generated/message-shapes.ts";
import { validators } from "../generated/validate-messages.ts";
import { codecOf } from "./codecs.ts";
import { messageRules } from "./rules/index.ts";
import { rulesFor } from "./rules/message-rule.ts";
import { table } from "./table.ts";

const known = new Map<string, unknown>();

/**
 * The documents of any message of the protocol: JSON in its proto3 form, names as in JSON or as in the .proto file. What a
 * document holds is the message, ready to be sent. Issues have positions when there is text.
 *
 * @throws TypeError for what is no message of the protocol
 */
export function documentsOf<T extends object>(codec: MessageCodec<T>): MessageSchema<T> {
  const made = known.get(codec.$type) as MessageSchema<T> | undefined; // as: kept by its own type
  if (made !== undefined) return made;
  const schema = defineMessage<T, undefined>({
    codec,
    table,
    shapes: messageShapes,
    validators,
    rules: rulesFor(codec.$type, messageRules),
    target: undefined,
  });
  known.set(codec.$type, schema);
  return schema;
}

/** The documents of a message by its full name; undefined for a name that is none, or of a message with no fields of its own. */
export function documentsNamed(name: string): MessageSchema<object> | undefined {
  const codec = codecOf(name);
  if (codec === undefined || table.types[name] === undefined) return undefined;
  // Every codec in the table is generated, and carries its name.
  return documentsOf(codec as unknown as MessageCodec<object>);
}
