import { fromCodeNumber } from "@ocikit/rpc";
import { codecOf } from "../documents/codecs.ts";
import { messageToJson } from "../documents/table.ts";
import type { JsonValue } from "../payload.ts";
import { decodeRequest, decodeResponse } from "../ttrpc/envelope.ts";
import { type Frame, frameFlag, frameType } from "../ttrpc/frame.ts";
import { FrameReader } from "../ttrpc/frame-reader.ts";
import { allMethods, type FoundMethod } from "./methods.ts";

const typeNames: Readonly<Record<number, string>> = { 1: "request", 2: "response", 3: "data" };

/**
 * Decodes what went over a connection: the frames a client sent, then those the server answered, each as a JSON object.
 * An answer is understood by the request of its stream. A frame that can't be read says why, as `unreadable`.
 */
export function decodeStreams(
  sent: Uint8Array,
  answered: Uint8Array | undefined,
): readonly JsonValue[] {
  const methods = new Map<number, FoundMethod | undefined>();
  return [
    ...decodeStream(sent, (frame) => describeRequest(frame, methods)),
    ...(answered === undefined
      ? []
      : decodeStream(answered, (frame) => describeAnswer(frame, methods.get(frame.streamId)))),
  ];
}

function decodeStream(
  bytes: Uint8Array,
  describe: (frame: Frame) => Readonly<Record<string, JsonValue>>,
): JsonValue[] {
  const lines: JsonValue[] = [];
  const reader = new FrameReader({
    frame(stream, type, flags, data, start, end) {
      const head = {
        stream,
        type: typeNames[type] ?? type,
        flags: flagNames(flags),
        bytes: end - start,
      };
      const frame = { streamId: stream, type, flags, data: data.slice(start, end) };
      try {
        lines.push({ ...head, ...describe(frame) });
      } catch (error) {
        lines.push({ ...head, unreadable: error instanceof Error ? error.message : String(error) });
      }
    },
    oversized(stream, type, length) {
      lines.push({
        stream,
        type: typeNames[type] ?? type,
        bytes: length,
        unreadable: "longer than 4 MiB",
      });
    },
  });
  reader.push(bytes);
  if (reader.unfinished > 0)
    lines.push({ unreadable: `${reader.unfinished} bytes of a frame that is cut off` });
  return lines;
}

function describeRequest(
  frame: Frame,
  methods: Map<number, FoundMethod | undefined>,
): Readonly<Record<string, JsonValue>> {
  const { data, streamId, type, flags } = frame;
  if (type === frameType.data) return describeData(flags, data, methods.get(streamId)?.requestType);
  if (type !== frameType.request) return {};
  const { service, method, payload, timeoutNano, metadata } = decodeRequest(data, 0, data.length);
  const found = allMethods().find(
    (one) => one.service.fullName === service && one.definition.name === method,
  );
  methods.set(streamId, found);
  return {
    method: `${service}/${method}`,
    ...(timeoutNano === 0n ? {} : { timeoutMs: Number(timeoutNano) / 1e6 }),
    ...(metadata === undefined ? {} : { metadata: [...metadata].map(([k, v]) => `${k}: ${v}`) }),
    message: describeMessage(payload, found?.requestType),
  };
}

function describeAnswer(
  { data, type, flags }: Frame,
  found: FoundMethod | undefined,
): Readonly<Record<string, JsonValue>> {
  if (type === frameType.data) return describeData(flags, data, found?.responseType);
  const { status, payload } = decodeResponse(data, 0, data.length);
  const method =
    found === undefined ? {} : { method: `${found.service.fullName}/${found.definition.name}` };
  if (status !== undefined) {
    return { ...method, code: fromCodeNumber(status.code), error: status.message };
  }
  return { ...method, message: describeMessage(payload, found?.responseType) };
}

function describeData(
  flags: number,
  data: Uint8Array,
  type: string | undefined,
): Readonly<Record<string, JsonValue>> {
  return (flags & frameFlag.noData) !== 0 ? {} : { message: describeMessage(data, type) };
}

function describeMessage(bytes: Uint8Array, type: string | undefined): JsonValue {
  const codec = type === undefined ? undefined : codecOf(type);
  if (type === undefined || codec === undefined) return Buffer.from(bytes).toString("base64");
  return messageToJson(type, codec.decode(bytes)) as JsonValue; // as: it is the JSON form
}

function flagNames(flags: number): string[] {
  return Object.entries(frameFlag).flatMap(([name, bit]) => ((flags & bit) !== 0 ? [name] : []));
}
