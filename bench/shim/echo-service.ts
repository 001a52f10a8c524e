import { BinaryReader, BinaryWriter } from "@ocikit/rpc/wire";

interface Data {
  data: Uint8Array;
}

/** A message of one field of bytes: what the Go peer echoes. */
const Data = {
  encode(message: Data, writer: BinaryWriter = new BinaryWriter()): BinaryWriter {
    if (message.data.length > 0) writer.uint32(10).bytes(message.data);
    return writer;
  },
  decode(input: Uint8Array): Data {
    const reader = new BinaryReader(input);
    const message: Data = { data: new Uint8Array(0) };
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 10) message.data = reader.bytes();
      else reader.skip(tag & 7);
    }
    return message;
  },
  fromPartial(object: Partial<Data>): Data {
    return { data: object.data ?? new Uint8Array(0) };
  },
};

/** The unary method of the service that the Go peer of the tests serves and calls. */
export const EchoService = {
  name: "Streams",
  fullName: "ocikit.test.Streams",
  methods: {
    echo: {
      name: "Echo",
      requestType: Data,
      requestStream: false,
      responseType: Data,
      responseStream: false,
    },
  },
} as const;
