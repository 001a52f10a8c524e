import { type AnyMessage, type MessageType, RpcError } from "@ocikit/rpc";
import { Metrics as MetricsV1 } from "./gen/cgroup1/stats/metrics.ts";
import { Metrics as MetricsV2 } from "./gen/cgroup2/stats/metrics.ts";
import { CreateOptions } from "./gen/runtime/linux/runctypes/runc.ts";
import { StreamInit } from "./gen/services/streaming/v1/streaming.ts";
import { CheckpointOptions, Options, ProcessDetails } from "./gen/types/runc/options/oci.ts";
import { Options as RuntimeOptions } from "./gen/types/runtimeoptions/v1/api.ts";
import { Data, WindowUpdate } from "./gen/types/transfer/streaming.ts";

/** A value that JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A document of the runtime-spec; `@ocikit/oci-spec` checks and types it. */
export type JsonDocument = { readonly [name: string]: JsonValue };

// Bytes of a document that arrive in an Any: a message has at most 4 MiB, so nothing larger comes.
const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** Documents travel as JSON, whatever the messages around them are. */
const json: MessageType<JsonDocument, JsonDocument> = {
  encode: (document) => ({ finish: () => encoder.encode(JSON.stringify(document)) }),
  decode(input) {
    const value: unknown = JSON.parse(decoder.decode(input));
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new TypeError("the document is not an object");
    }
    return value as JsonDocument; // as: JSON.parse makes JSON values, and this one is an object
  },
  fromPartial: (document) => document,
};

/** Every payload the protocol puts into an `Any`, by its type URL. */
export interface Payloads {
  "containerd.runc.v1.Options": Options;
  "containerd.runc.v1.CheckpointOptions": CheckpointOptions;
  "containerd.runc.v1.ProcessDetails": ProcessDetails;
  "containerd.linux.runc.CreateOptions": CreateOptions;
  "runtimeoptions.v1.Options": RuntimeOptions;
  "io.containerd.cgroups.v1.Metrics": MetricsV1;
  "io.containerd.cgroups.v2.Metrics": MetricsV2;
  "containerd.services.streaming.v1.StreamInit": StreamInit;
  "containerd.types.transfer.Data": Data;
  "containerd.types.transfer.WindowUpdate": WindowUpdate;
  "types.containerd.io/opencontainers/runtime-spec/1/Spec": JsonDocument;
  "types.containerd.io/opencontainers/runtime-spec/1/Process": JsonDocument;
  "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources": JsonDocument;
  "types.containerd.io/opencontainers/runtime-spec/1/WindowsResources": JsonDocument;
  "types.containerd.io/opencontainers/runtime-spec/1/features/Features": JsonDocument;
}

/** A type URL of the protocol. */
export type PayloadUrl = keyof Payloads;

/** A payload with its type: switch on `typeUrl`. */
export type Payload = {
  [Url in PayloadUrl]: { readonly typeUrl: Url; readonly value: Payloads[Url] };
}[PayloadUrl];

const codecs: { readonly [Url in PayloadUrl]: MessageType<Payloads[Url], PayloadPart<Url>> } = {
  "containerd.runc.v1.Options": Options,
  "containerd.runc.v1.CheckpointOptions": CheckpointOptions,
  "containerd.runc.v1.ProcessDetails": ProcessDetails,
  "containerd.linux.runc.CreateOptions": CreateOptions,
  "runtimeoptions.v1.Options": RuntimeOptions,
  "io.containerd.cgroups.v1.Metrics": MetricsV1,
  "io.containerd.cgroups.v2.Metrics": MetricsV2,
  "containerd.services.streaming.v1.StreamInit": StreamInit,
  "containerd.types.transfer.Data": Data,
  "containerd.types.transfer.WindowUpdate": WindowUpdate,
  "types.containerd.io/opencontainers/runtime-spec/1/Spec": json,
  "types.containerd.io/opencontainers/runtime-spec/1/Process": json,
  "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources": json,
  "types.containerd.io/opencontainers/runtime-spec/1/WindowsResources": json,
  "types.containerd.io/opencontainers/runtime-spec/1/features/Features": json,
};

/** What may be given where a payload is wanted: any part of it. */
export type PayloadPart<Url extends PayloadUrl> = Payloads[Url] extends JsonDocument
  ? Payloads[Url]
  : DeepPart<Payloads[Url]>;
type DeepPart<T> = T extends Uint8Array | string | number | boolean | bigint | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? DeepPart<Item>[]
    : { [Name in keyof T]?: DeepPart<T[Name]> };

/** Every type URL of the protocol. */
export const payloadUrls: readonly PayloadUrl[] = Object.keys(codecs) as PayloadUrl[]; // as: keys of that type

/** The type URL of the protocol that a URL means: the same, or one behind a prefix such as `type.googleapis.com/`. */
export function payloadUrlOf(typeUrl: string): PayloadUrl | undefined {
  if (isPayloadUrl(typeUrl)) return typeUrl;
  const bare = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  return isPayloadUrl(bare) ? bare : undefined;
}

function isPayloadUrl(text: string): text is PayloadUrl {
  return Object.hasOwn(codecs, text);
}

/** Puts a payload into an `Any`. containerd's type URLs are bare names. */
export function packPayload<Url extends PayloadUrl>(
  typeUrl: Url,
  payload: PayloadPart<Url>,
): AnyMessage {
  const codec = codecs[typeUrl];
  return { typeUrl, value: codec.encode(codec.fromPartial(payload)).finish() };
}

/**
 * Takes the payload out of an `Any`; undefined when there is none or its type is not of the protocol. Throws an RpcError
 * INVALID_ARGUMENT when its bytes are not of its type.
 */
export function unpackPayload(any: AnyMessage | undefined): Payload | undefined {
  const typeUrl = any === undefined ? undefined : payloadUrlOf(any.typeUrl);
  if (any === undefined || typeUrl === undefined) return undefined;
  try {
    return { typeUrl, value: codecs[typeUrl].decode(any.value) } as Payload; // as: one codec made both
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RpcError("INVALID_ARGUMENT", `payload ${typeUrl} can't be read: ${message}`, {
      cause: error,
    });
  }
}
