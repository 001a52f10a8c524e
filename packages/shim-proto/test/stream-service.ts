import { Data } from "../src/gen/types/transfer/streaming.ts";

/** One method of each kind, over a message that holds bytes: what the Go peer of @ocikit/testing answers and calls too. */
export const StreamService = {
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
    /** Answers as many messages as the request has bytes. */
    split: {
      name: "Split",
      requestType: Data,
      requestStream: false,
      responseType: Data,
      responseStream: true,
    },
    /** Answers all bytes in one message. */
    join: {
      name: "Join",
      requestType: Data,
      requestStream: true,
      responseType: Data,
      responseStream: false,
    },
    /** Answers each message reversed. */
    reverse: {
      name: "Reverse",
      requestType: Data,
      requestStream: true,
      responseType: Data,
      responseStream: true,
    },
  },
} as const;
