import { expectTypeOf, test } from "vitest";
import type { EchoService, Line, Total } from "../test/echo-service.ts";
import type { Client, Implementation, RpcCode } from "./index.ts";

test("a client's methods take parts and return whole messages", () => {
  type Echo = Client<typeof EchoService>;
  expectTypeOf<Parameters<Echo["echo"]>[0]>().toEqualTypeOf<Partial<Line>>();
  expectTypeOf<ReturnType<Echo["echo"]>>().toEqualTypeOf<Promise<Line>>();
  expectTypeOf<ReturnType<Echo["count"]>>().toEqualTypeOf<AsyncIterable<Line>>();
  expectTypeOf<ReturnType<Echo["sum"]>>().toEqualTypeOf<Promise<Total>>();
});

test("a handler takes whole messages and may return parts", () => {
  type Echo = Required<Implementation<typeof EchoService>>;
  expectTypeOf<Parameters<NonNullable<Echo["echo"]>>[0]>().toEqualTypeOf<Line>();
  expectTypeOf<Parameters<NonNullable<Echo["sum"]>>[0]>().toEqualTypeOf<AsyncIterable<Line>>();
});

test("a code is one of sixteen", () => {
  expectTypeOf<"NOT_FOUND">().toExtend<RpcCode>();
  expectTypeOf<"OK">().not.toExtend<RpcCode>();
});
