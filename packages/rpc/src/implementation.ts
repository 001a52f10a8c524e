import type { Context } from "./context.ts";
import type { MessageInit, MessageOf, MethodDefinition, ServiceDefinition } from "./definition.ts";

/** A method as its handler is written: complete messages come in, parts of messages go out. */
export type HandlerMethod<Definition extends MethodDefinition> = Definition extends {
  requestStream: false;
}
  ? (request: MessageOf<Definition["requestType"]>, context: Context) => HandlerResult<Definition>
  : (
      requests: AsyncIterable<MessageOf<Definition["requestType"]>>,
      context: Context,
    ) => HandlerResult<Definition>;

/** One response is returned, many are yielded. */
export type HandlerResult<Definition extends MethodDefinition> = Definition extends {
  responseStream: false;
}
  ? MessageInit<Definition["responseType"]> | Promise<MessageInit<Definition["responseType"]>>
  : AsyncIterable<MessageInit<Definition["responseType"]>>;

/** Handlers for some or all methods of a service: what is missing answers UNIMPLEMENTED. */
export type Implementation<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service["methods"]]?: HandlerMethod<Service["methods"][Name]> | undefined;
};
