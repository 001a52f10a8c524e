import { describe, expect, test } from "vitest";
import type { CompiledValidator } from "../schema/compiled-validator.ts";
import type { ShapeTable } from "../schema/shape.ts";
import { defineMessage, fromJson, type MessageTable, toJson } from "./index.ts";

/** A message with one field of each sort. */
const table: MessageTable = {
  types: { "test.v1.Box": "Box", "test.v1.Item": "Item" },
  messages: {
    Box: {
      boxName: "string",
      sizeBytes: "int64",
      isOpen: "bool",
      rawData: "bytes",
      colour: "enum Colour",
      firstItem: "message Item",
      moreItems: "repeated message Item",
      byName: "map message Item",
      oddName: ["string", "Odd_name"],
      madeAt: "google.protobuf.Timestamp",
      ratio: "double",
    },
    Item: { itemCount: "uint32" },
  },
  enums: { Colour: { GREY: 0, RED: 1 } },
};

const shapes: ShapeTable = {
  Box: {
    members: {
      boxName: 0,
      sizeBytes: 1,
      isOpen: 0,
      rawData: 0,
      colour: 0,
      firstItem: "Item",
      moreItems: ["Item"],
      byName: { each: "Item" },
      oddName: 0,
      madeAt: 0,
      ratio: 0,
    },
  },
  Item: { members: { itemCount: 1 } },
};

const full = {
  boxName: "b",
  sizeBytes: 9007199254740993n,
  isOpen: true,
  rawData: Uint8Array.of(255, 254),
  colour: 1,
  firstItem: { itemCount: 1 },
  moreItems: [{ itemCount: 2 }, { itemCount: 0 }],
  byName: { a: { itemCount: 3 } },
  oddName: "o",
  madeAt: { seconds: 1n, nanos: 500_000_000 },
  ratio: Number.NaN,
};

describe("a message as JSON", () => {
  test("has its JSON names, 64-bit integers as text, enums by name, bytes in base64", () => {
    expect(toJson(table, "Box", full)).toEqual({
      boxName: "b",
      sizeBytes: "9007199254740993",
      isOpen: true,
      rawData: "//4=",
      colour: "RED",
      firstItem: { itemCount: 1 },
      moreItems: [{ itemCount: 2 }, {}],
      byName: { a: { itemCount: 3 } },
      oddName: "o",
      madeAt: "1970-01-01T00:00:01.5Z",
      ratio: "NaN",
    });
  });

  test("may have the names of the .proto file, its defaults, and integers as numbers", () => {
    expect(toJson(table, "Box", { oddName: "o", sizeBytes: 5n }, { protoNames: true })).toEqual({
      Odd_name: "o",
      size_bytes: "5",
    });
    expect(toJson(table, "Item", { itemCount: 0 }, { defaults: true })).toEqual({ itemCount: 0 });
    const wide = { wideIntegers: true };
    expect(toJson(table, "Box", { sizeBytes: 5n }, wide)).toEqual({ sizeBytes: 5 });
    expect(toJson(table, "Box", { sizeBytes: 2n ** 60n }, wide)).toEqual({ sizeBytes: 2n ** 60n });
  });

  test("keeps a number of an enum that is not known yet", () => {
    expect(toJson(table, "Box", { colour: 7 })).toEqual({ colour: 7 });
    expect(fromJson(table, "Box", { colour: 7 })).toEqual({ colour: 7 });
  });

  test("comes back as it was", () => {
    expect(fromJson(table, "Box", toJson(table, "Box", full))).toEqual({
      ...full,
      moreItems: [{ itemCount: 2 }, {}],
    });
  });

  test("of a message nobody knows is a mistake of the caller", () => {
    expect(() => toJson(table, "Crate", {})).toThrow(TypeError);
    expect(() => toJson(table, "toString", {})).toThrow(TypeError);
  });
});

describe("documents of a message", () => {
  const anything: CompiledValidator = () => true;
  const Box = defineMessage({
    codec: { $type: "test.v1.Box", fromPartial: (partial: object) => partial },
    table,
    shapes,
    validators: { Box: anything, Item: anything },
    rules: [
      {
        id: "box/small",
        severity: "error",
        check(
          value: { sizeBytes?: number | bigint; moreItems?: object[] },
          report: (p: string, m: string, d?: object) => void,
        ) {
          if ((value.sizeBytes ?? 0) > 10) report("/sizeBytes", '"sizeBytes" is at most 10');
          if (value.moreItems === undefined) {
            report("", '"moreItems" is missing', {
              fix: { title: "add", patch: [{ op: "add", path: "/moreItems", value: [] }] },
            });
          }
        },
      },
    ] as never,
    target: undefined,
  });
  const issuesOf = (text: string) => {
    const result = Box.checkText(text);
    return result.ok ? result.warnings : result.issues;
  };

  test("are read in either spelling, numbers as text, enums by number, nulls as nothing", () => {
    const result = Box.checkText(
      '{"box_name":"b","sizeBytes":"7","colour":1,"Odd_name":"o","ratio":null,"more_items":[{"item_count":"2"}]}',
    );
    expect(result.ok && result.value).toEqual({
      boxName: "b",
      sizeBytes: 7n,
      colour: 1,
      oddName: "o",
      moreItems: [{ itemCount: 2 }],
    });
  });

  test("are spoken of in their own spelling, fixes too", () => {
    const snake = issuesOf('{ "size_bytes": 11, "more_itms": 1 }');
    expect(snake.map(({ pointer, message }) => `${pointer} ${message}`)).toEqual([
      ' "more_items" is missing',
      '/size_bytes "size_bytes" is at most 10',
      '/more_itms the specification has no "more_itms" here; did you mean "more_items"?',
    ]);
    expect(snake[0]?.fix?.patch).toEqual([{ op: "add", path: "/more_items", value: [] }]);
    expect(snake[1]?.position).toMatchObject({ line: 1, column: 17 });
    const camel = issuesOf('{ "sizeBytes": 11 }');
    expect(camel.map(({ pointer }) => pointer)).toEqual(["", "/sizeBytes"]);
    expect(camel[0]?.fix?.patch).toEqual([{ op: "add", path: "/moreItems", value: [] }]);
  });

  test("of a message the table does not have can't be defined", () => {
    const codec = { $type: "test.v1.Crate", fromPartial: (partial: object) => partial };
    const rest = { table, shapes, validators: {}, rules: [], target: undefined };
    expect(() => defineMessage({ codec, ...rest })).toThrow(/test.v1.Crate/);
  });
});
