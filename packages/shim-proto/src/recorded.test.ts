import type { MessageType, ServiceDefinition } from "@ocikit/rpc";
import { describeShared, listShared, readSharedJson } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { decodeEvent } from "./event.ts";
import { Any } from "./gen/google/protobuf/any.ts";
import { BootstrapParams, BootstrapResult } from "./gen/runtime/bootstrap/v1/bootstrap.ts";
import { DeleteResponse } from "./gen/runtime/task/v3/shim.ts";
import { ForwardRequest } from "./gen/services/ttrpc/events/v1/events.ts";
import { RuntimeInfo } from "./gen/types/introspection.ts";
import { unpackPayload } from "./payload.ts";
import { EventsService, SandboxService, TaskService, TaskServiceV2 } from "./services.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeFailure,
  encodeRequestTail,
  encodeRoute,
  payloadHeadLength,
  writeRequestPayloadHead,
  writeResponsePayloadHead,
} from "./ttrpc/envelope.ts";
import { encodeFrame, type Frame } from "./ttrpc/frame.ts";
import { FrameReader } from "./ttrpc/frame-reader.ts";

interface Recorded {
  readonly protocol: string;
  readonly info?: { readonly stdin: string; readonly stdout: string };
  readonly start: { readonly stdin: string; readonly stdout: string };
  readonly delete: { readonly stdout: string };
  readonly calls: readonly {
    readonly method: string;
    readonly stream: number;
    readonly requestFrame: string;
    readonly responseFrame?: string;
    readonly status?: { readonly code: number; readonly message?: string };
  }[];
  readonly events: readonly {
    readonly topic: string;
    readonly namespace: string;
    readonly type_url: string;
    readonly frame: string;
  }[];
}

const services: readonly ServiceDefinition[] = [
  TaskService,
  TaskServiceV2,
  SandboxService,
  EventsService,
];

function frameOf(base64: string): Frame {
  const frames: Frame[] = [];
  const reader = new FrameReader({
    frame: (streamId, type, flags, data, start, end) =>
      frames.push({ streamId, type, flags, data: data.slice(start, end) }),
    oversized: () => {},
  });
  reader.push(new Uint8Array(Buffer.from(base64, "base64")));
  const [frame] = frames;
  if (frame === undefined || frames.length > 1) throw new Error("not one frame");
  return frame;
}

function again(type: MessageType, bytes: Uint8Array): Uint8Array {
  return type.encode(type.decode(bytes)).finish();
}

function withHead(
  write: (into: Uint8Array, at: number, length: number) => number,
  payload: Uint8Array,
): Uint8Array {
  // An empty message is an absent field.
  if (payload.length === 0) return payload;
  const head = new Uint8Array(payloadHeadLength(payload.length));
  write(head, 0, payload.length);
  return Buffer.concat([head, payload]);
}

/** Reads a recorded request and writes it anew: the frame, the envelope and the message in it. */
function rewriteRequest(frame: Frame): { readonly base64: string; readonly path: string } {
  const { service, method, payload, timeoutNano, metadata } = decodeRequest(
    frame.data,
    0,
    frame.data.length,
  );
  const definition = services.find(({ fullName }) => fullName === service);
  const found = Object.values(definition?.methods ?? {}).find(({ name }) => name === method);
  const body = found === undefined ? payload : again(found.requestType, payload);
  const data = Buffer.concat([
    encodeRoute(service, method),
    withHead(writeRequestPayloadHead, body),
    encodeRequestTail(timeoutNano, metadata),
  ]);
  const base64 = Buffer.from(encodeFrame({ ...frame, data })).toString("base64");
  return { base64, path: `${service}/${method}` };
}

function rewriteResponse(frame: Frame, path: string): string {
  const { status, payload } = decodeResponse(frame.data, 0, frame.data.length);
  const [service, method] = path.split("/");
  const definition = services.find(({ fullName }) => fullName === service);
  const found = Object.values(definition?.methods ?? {}).find(({ name }) => name === method);
  const data =
    status !== undefined
      ? encodeFailure(status)
      : withHead(
          writeResponsePayloadHead,
          found === undefined ? payload : again(found.responseType, payload),
        );
  return Buffer.from(encodeFrame({ ...frame, data })).toString("base64");
}

describeShared("what real shims said", () => {
  for (const file of listShared("vectors/shim")) {
    const recorded = readSharedJson<Recorded>(`vectors/shim/${file}`);
    describe(file, () => {
      test("is read and written anew byte for byte: every request and answer", () => {
        expect(recorded.calls.length).toBeGreaterThan(40);
        for (const call of recorded.calls) {
          const request = rewriteRequest(frameOf(call.requestFrame));
          expect(request).toEqual({ base64: call.requestFrame, path: call.method });
          if (call.responseFrame === undefined) continue;
          const frame = frameOf(call.responseFrame);
          expect(frame.streamId).toBe(call.stream);
          expect(rewriteResponse(frame, call.method)).toBe(call.responseFrame);
          const { status } = decodeResponse(frame.data, 0, frame.data.length);
          expect(status?.code).toBe(call.status?.code);
        }
      });

      test("is read and written anew byte for byte: every event", () => {
        for (const event of recorded.events) {
          const frame = frameOf(event.frame);
          expect(rewriteRequest(frame).base64).toBe(event.frame);
          const { payload } = decodeRequest(frame.data, 0, frame.data.length);
          const { envelope } = ForwardRequest.decode(payload);
          expect(envelope).toMatchObject({ topic: event.topic, namespace: event.namespace });
          expect(envelope?.event?.typeUrl).toBe(event.type_url);
          expect(decodeEvent(envelope?.event)?.topic).toBe(event.topic);
        }
      });

      test("at start, info and delete is read and written anew byte for byte", () => {
        const exchanges: [string | undefined, MessageType][] = [
          [recorded.info?.stdin, Any],
          [recorded.info?.stdout, RuntimeInfo],
          [recorded.delete.stdout, DeleteResponse],
        ];
        if (recorded.protocol === "bootstrap") {
          exchanges.push([recorded.start.stdin, BootstrapParams]);
          exchanges.push([recorded.start.stdout, BootstrapResult]);
        }
        for (const [base64, type] of exchanges) {
          if (base64 === undefined) continue;
          const written = again(type, Buffer.from(base64, "base64"));
          expect(Buffer.from(written).toString("base64")).toBe(base64);
        }
      });

      test("has known payloads wherever an Any stands", () => {
        for (const call of recorded.calls) {
          const frame = frameOf(call.requestFrame);
          const { payload, service, method } = decodeRequest(frame.data, 0, frame.data.length);
          if (service !== TaskService.fullName && service !== TaskServiceV2.fullName) continue;
          const { requestType } =
            Object.values(TaskService.methods).find(({ name }) => name === method) ?? {};
          const message: object = requestType?.decode(payload) ?? {};
          for (const value of Object.values(message)) {
            if (typeof value === "object" && value !== null && "typeUrl" in value) {
              expect(unpackPayload(value as Any)).toBeDefined();
            }
          }
        }
      });
    });
  }
});
