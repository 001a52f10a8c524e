/**
 * How the messages of one type are written, read and completed: what ts-proto generates for every message.
 *
 * @typeParam Message - the complete message
 * @typeParam Init - what `fromPartial` completes
 */
export interface MessageType<Message = unknown, Init = unknown> {
  encode(message: Message): { finish(): Uint8Array };
  decode(input: Uint8Array): Message;
  fromPartial(object: Init): Message;
}

/** One method as ts-proto's generic definitions describe it. */
export interface MethodDefinition {
  /** The method's name on the wire. */
  readonly name: string;
  readonly requestType: MessageType;
  readonly requestStream: boolean;
  readonly responseType: MessageType;
  readonly responseStream: boolean;
}

/** A service as ts-proto's generic definitions describe it. */
export interface ServiceDefinition {
  readonly name: string;
  /** The name on the wire: package and service, `containerd.task.v3.Task`. */
  readonly fullName: string;
  /** Methods by the name they have in TypeScript. */
  readonly methods: Readonly<Record<string, MethodDefinition>>;
}

/** The complete message a type decodes to. */
export type MessageOf<Type> = Type extends { decode(input: never): infer Message }
  ? Message
  : never;

/** What may be given where a message of the type is wanted: any part of it. */
export type MessageInit<Type> = Type extends { fromPartial(object: infer Init): unknown }
  ? Init
  : never;

/** Who sends one message and who sends many. */
export type MethodKind = "unary" | "serverStreaming" | "clientStreaming" | "bidiStreaming";

/** A method with everything a transport needs to know of it. */
export interface Method<Request = unknown, Response = unknown> {
  /** The service's full name. */
  readonly service: string;
  readonly name: string;
  /** `package.Service/Method`. */
  readonly path: string;
  readonly kind: MethodKind;
  readonly requestType: MessageType<Request>;
  readonly responseType: MessageType<Response>;
}

/** The method a definition stands for. */
export function describeMethod(service: ServiceDefinition, definition: MethodDefinition): Method {
  const { requestStream, responseStream, requestType, responseType, name } = definition;
  return {
    service: service.fullName,
    name,
    path: `${service.fullName}/${name}`,
    kind: requestStream
      ? responseStream
        ? "bidiStreaming"
        : "clientStreaming"
      : responseStream
        ? "serverStreaming"
        : "unary",
    requestType,
    responseType,
  };
}
