import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readText } from "./reader.ts";

const depth = 64;

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A value with its bigints rounded to numbers, as JSON.parse gives it. */
function inexact(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(inexact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inexact(member)]));
}

/** Text that is nearly JSON: a valid document with a few characters put in, taken out, or repeated. */
const nearlyJson = fc
  .tuple(
    fc.json({ maxDepth: 4 }),
    fc.array(
      fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(..."{}[]\",:\\ \n\t-+0.eEx1/*#a'\u0000\ufeff")),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([text, changes]) =>
    changes.reduce((current, [place, kind, character]) => {
      const at = place % (current.length + 1);
      if (kind === 0) return current.slice(0, at) + character + current.slice(at);
      if (kind === 1) return current.slice(0, at) + current.slice(at + 1);
      return current.slice(0, at) + current.slice(at, at + 3) + current.slice(at);
    }, text),
  );

describe("the value", () => {
  test("is what JSON.parse gives, for any JSON", () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 6 }),
        fc.constantFrom(undefined, " ", "\t"),
        (json, indent) => {
          const text = JSON.stringify(JSON.parse(json), null, indent);
          const read = readText(text, depth);
          expect(read.faults.filter(({ kind }) => kind !== "duplicate-key")).toEqual([]);
          expect(inexact(read.value)).toEqual(JSON.parse(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("is what JSON.parse gives, for any number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = JSON.stringify(number);
        const { value, faults } = readText(text, depth);
        expect(faults).toEqual([]);
        expect(typeof value === "bigint" ? Number(value) : value).toBe(JSON.parse(text));
      }),
    );
  });

  test("keeps integers past 2^53 exact, as bigints", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }), (integer) => {
        const { value } = readText(String(integer), depth);
        expect(BigInt(value as number)).toBe(integer);
        expect(typeof value).toBe(Number.isSafeInteger(Number(integer)) ? "number" : "bigint");
      }),
    );
  });

  test("of a member named __proto__ is the member's, and no prototype changes", () => {
    const { value } = readText('{"__proto__": {"polluted": true}}', depth);
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect((value as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test("of members named like methods of Object is their own", () => {
    const { value, faults } = readText('{"toString": 1, "constructor": 2}', depth);
    expect(faults).toEqual([]);
    expect(value).toEqual({ toString: 1, constructor: 2 });
  });

  test("of a number no integer type could hold takes no quadratic time", () => {
    const { value } = readText("9".repeat(1_000_000), depth);
    expect(value).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("faults", () => {
  test("are found exactly where JSON.parse refuses", () => {
    fc.assert(
      fc.property(fc.oneof(nearlyJson, fc.string()), (text) => {
        const faults = readText(text, depth).faults.filter(({ kind }) => kind !== "duplicate-key");
        expect(faults.length === 0, JSON.stringify({ text, faults })).toBe(parses(text));
      }),
      { numRuns: 20_000 },
    );
  });

  test("stand inside the text, in its order", () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        for (const { start, end } of readText(text, depth).faults) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("that are mended one by one leave a text that JSON.parse takes", () => {
    const text = `\ufeff{ // what a person writes
      a: 1, 'b': "x", "c" = True, "d": [1 2,, 3,], "e": "\\q\tz",
    }`;
    let current = text;
    for (;;) {
      const fault = readText(current, depth).faults[0];
      if (!fault) break;
      expect(fault.replacement, fault.message).toBeDefined();
      current = current.slice(0, fault.start) + fault.replacement + current.slice(fault.end);
    }
    expect(JSON.parse(current)).toEqual({
      a: 1,
      b: "x",
      c: true,
      d: [1, 2, 3],
      e: "\\q\tz",
    });
  });

  test("end the reading after fifty", () => {
    const { faults, value, table } = readText(`[${"@,".repeat(10_000)}1]`, depth);
    expect(faults).toHaveLength(50);
    expect(value).toBeUndefined();
    expect(table.pathAt(1)).toEqual(["0"]);
  });

  test("of depth are found without recursion, however deep", () => {
    const deep = readText("[".repeat(1_000_000), depth);
    expect(deep.faults.map(({ kind }) => kind)).toEqual(["too-deep", "syntax"]);
    const closed = readText(`${"[".repeat(65)}${"]".repeat(65)}`, depth);
    expect(closed.faults).toMatchObject([{ kind: "too-deep", start: 64 }]);
    expect(readText(`${"[".repeat(64)}${"]".repeat(64)}`, depth).faults).toEqual([]);
  });

  test("of size end the reading before it takes much memory", () => {
    const { faults, value } = readText(`[${"1,".repeat(2_000_000)}1]`, depth);
    expect(faults).toMatchObject([{ kind: "too-large" }]);
    expect(value).toBeUndefined();
  });

  const said: readonly (readonly [text: string, messages: readonly string[]])[] = [
    ["", ["the document is empty"]],
    ['{"a":1,}', ["a comma has nothing after it"]],
    ['{"a":1 "b":2}', ["a comma is missing"]],
    ["[1,,2]", ["a comma has nothing after it"]],
    [
      '{"a":01}',
      ["01 is not a JSON number; JSON has no octal numbers, and as a file mode this is 1"],
    ],
    ['{"a":0x1f}', ["0x1f is not a JSON number; write 31"]],
    ['{"a":True}', ["True is not JSON; write true"]],
    ['{"a":yes}', ['"yes" needs double quotes to be text']],
    ['{"a":[1,2', ["the document ends inside an array"]],
    ['{"a":[[1}, "b":2}', ['found "}" where "]" is needed']],
    ['{"a":}', ['expected a value, found "}"']],
    ['{"a"}', ["a colon and a value are missing after the name"]],
    ['{"a" 1}', ["a colon is missing after the name"]],
    ['{"a": "x\n}', ["the string is not closed on its line"]],
    ['{"a": "x\ny"}', ["a control character in a string is written \\n"]],
    ['{"a":1}{"b":2}', ["a second document follows the first, and a file holds one"]],
    ['{"a":1} nonsense', ['"nonsense" stands after the end of the document']],
    ['{"a":1,"a":2}', ['"a" stands twice in this object']],
  ];
  test.each(said)("of %j is said once, in words", (text, messages) => {
    expect(readText(text, depth).faults.map(({ message }) => message)).toEqual(messages);
  });
});

describe("positions", () => {
  test("of every value and key are those of its text", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.constantFrom(undefined, "\t"),
        (json, indent) => {
          const text = JSON.stringify(json, null, indent);
          const { table, value } = readText(text, depth);
          const visit = (at: unknown, path: readonly string[]): void => {
            const node = table.find(path) as number;
            const { start, end } = table.value(node);
            expect(readText(text.slice(start, end), depth).value).toEqual(at);
            expect(table.path(node)).toEqual(path);
            expect(table.pathAt(start).slice(0, path.length)).toEqual(path);
            const key = table.key(node);
            if (key) expect(JSON.parse(text.slice(key.start, key.end))).toBe(path.at(-1));
            if (typeof at !== "object" || at === null) return;
            for (const [name, member] of Object.entries(at)) visit(member, [...path, name]);
          };
          visit(value, []);
        },
      ),
    );
  });

  test("of a name that stands twice are those of the last, whose value counts", () => {
    const text = '{"a": 1, "a": 2}';
    const { table, value } = readText(text, depth);
    expect(value).toEqual({ a: 2 });
    expect(table.value(table.find(["a"]) as number)).toEqual({ start: 14, end: 15 });
  });
});
