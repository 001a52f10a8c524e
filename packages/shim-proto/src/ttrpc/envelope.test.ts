import { Metadata } from "@ocikit/rpc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Request, Response } from "../gen/ttrpc/request.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeFailure,
  encodeRequestTail,
  encodeRoute,
  MalformedMessage,
  payloadHeadLength,
  writeRequestPayloadHead,
  writeResponsePayloadHead,
} from "./envelope.ts";

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 100 });
const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-ac-mo-z]$/);

const request = fc.record({
  service: name,
  method: name,
  payload: fc.uint8Array({ minLength: 1, maxLength: 6000 }),
  timeoutNano: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
  metadata: fc.array(fc.record({ key, value: fc.string({ unit: "grapheme" }) }), { maxLength: 4 }),
});

describe("a request", () => {
  test("is written byte for byte as the generated codec writes it", () => {
    fc.assert(
      fc.property(request, (message) => {
        const words = new Metadata();
        for (const { key, value } of message.metadata) words.append(key, value);
        const route = encodeRoute(message.service, message.method);
        const head = new Uint8Array(payloadHeadLength(message.payload.length));
        writeRequestPayloadHead(head, 0, message.payload.length);
        const tail = encodeRequestTail(message.timeoutNano, words);
        // Metadata keeps the values of one key together, so the order of others may differ.
        const metadata = [...words].map(([key, value]) => ({ key, value: String(value) }));
        const written = Buffer.concat([route, head, message.payload, tail]);
        expect(written.equals(Request.encode({ ...message, metadata }).finish())).toBe(true);
      }),
    );
  });

  test("is read as the generated codec reads it", () => {
    fc.assert(
      fc.property(request, fc.nat(20), (message, before) => {
        const bytes = Request.encode(message).finish();
        const buffer = new Uint8Array(before + bytes.length + 3).fill(0xff);
        buffer.set(bytes, before);
        const read = decodeRequest(buffer, before, before + bytes.length);
        expect(read).toMatchObject({
          service: message.service,
          method: message.method,
          payload: message.payload,
          timeoutNano: message.timeoutNano,
        });
        for (const { key, value } of message.metadata) {
          expect(read.metadata?.getAll(key)).toContain(value);
        }
      }),
    );
  });

  test("may hold fields nobody defined", () => {
    const known = Request.encode(Request.fromPartial({ service: "s", method: "m" })).finish();
    const unknown = Uint8Array.of(0x98, 0x06, 0x96, 0x01, 0x9d, 0x06, 1, 2, 3, 4, 0x9a, 0x06, 1, 7);
    const bytes = Buffer.concat([unknown, known, unknown]);
    expect(decodeRequest(bytes, 0, bytes.length)).toMatchObject({ service: "s", method: "m" });
  });

  test("of arbitrary bytes is read or refused, and never reads beyond its end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const decode of [decodeRequest, decodeResponse]) {
          try {
            decode(bytes, 0, bytes.length);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedMessage);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("whose name is not UTF-8 is refused", () => {
    const bytes = Uint8Array.of(0x0a, 2, 0xc3, 0x28);
    expect(() => decodeRequest(bytes, 0, bytes.length)).toThrow("not UTF-8");
  });

  test("cut anywhere inside a field is refused", () => {
    const bytes = Request.encode(
      Request.fromPartial({ service: "service", payload: new Uint8Array(300), timeoutNano: 5n }),
    ).finish();
    for (let end = 1; end < bytes.length; end++) {
      // A cut between fields leaves a shorter message that is whole.
      if (end === 9 || end === 312) continue;
      expect(() => decodeRequest(bytes, 0, end), `cut at ${end}`).toThrow(MalformedMessage);
    }
  });
});

describe("a response", () => {
  test("with a payload is written and read as the generated codec does it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 6000 }), (payload) => {
        const head = new Uint8Array(payloadHeadLength(payload.length));
        writeResponsePayloadHead(head, 0, payload.length);
        const written = Buffer.concat([head, payload]);
        const expected = Response.encode({ status: undefined, payload }).finish();
        expect(written.equals(expected)).toBe(true);
        expect(decodeResponse(expected, 0, expected.length)).toEqual({
          status: undefined,
          payload,
        });
      }),
    );
  });

  test("that says a call failed is written and read as the generated codec does it", () => {
    const details = fc.array(
      fc.record({ typeUrl: name, value: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
      { maxLength: 3 },
    );
    const message = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), message, details, (code, message, details) => {
        const status = { code, message, details };
        const written = encodeFailure(status);
        const expected = Response.encode({ status, payload: new Uint8Array(0) }).finish();
        expect(Buffer.from(written).equals(expected)).toBe(true);
        expect(decodeResponse(written, 0, written.length).status).toEqual(status);
      }),
    );
  });

  test("whose status is 0 says that all went well", () => {
    const bytes = Response.encode({
      status: { code: 0, message: "fine", details: [] },
      payload: Uint8Array.of(1),
    }).finish();
    expect(decodeResponse(bytes, 0, bytes.length).status).toBeUndefined();
  });
});
