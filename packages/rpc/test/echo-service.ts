import type { MessageType } from "../src/index.ts";

/** A message type whose wire form is JSON: what the core needs of a codec, without a generator. */
function jsonType<Message extends object>(
  zero: Message,
): MessageType<Message, Partial<Message>> & { readonly zero: Message } {
  return {
    zero,
    encode: (message) => ({ finish: () => new TextEncoder().encode(JSON.stringify(message)) }),
    decode: (input) => JSON.parse(new TextDecoder().decode(input)) as Message,
    fromPartial: (object) => ({ ...zero, ...object }),
  };
}

export interface Line {
  text: string;
  number: number;
}

export const Line: MessageType<Line, Partial<Line>> = jsonType<Line>({ text: "", number: 0 });

export interface Total {
  sum: number;
}

export const Total: MessageType<Total, Partial<Total>> = jsonType<Total>({ sum: 0 });

/** One method of each kind. */
export const EchoService = {
  name: "Echo",
  fullName: "test.Echo",
  methods: {
    echo: {
      name: "Echo",
      requestType: Line,
      requestStream: false,
      responseType: Line,
      responseStream: false,
    },
    count: {
      name: "Count",
      requestType: Line,
      requestStream: false,
      responseType: Line,
      responseStream: true,
    },
    sum: {
      name: "Sum",
      requestType: Line,
      requestStream: true,
      responseType: Total,
      responseStream: false,
    },
    shout: {
      name: "Shout",
      requestType: Line,
      requestStream: true,
      responseType: Line,
      responseStream: true,
    },
  },
} as const;
