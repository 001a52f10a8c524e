import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Operation } from "../fix/fix.ts";
import { applyPatch } from "../fix/patch.ts";
import { applyEdits } from "../fix/text-edits.ts";
import { toPointer } from "../pointer.ts";
import { parseJson } from "./parse-json.ts";

const formats = fc.constantFrom<(value: unknown) => string>(
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value, null, 2),
  (value) => JSON.stringify(value, null, "\t"),
  (value) => JSON.stringify(value, null, "\t").replaceAll("\n", "\r\n"),
  (value) => JSON.stringify(value).replaceAll(",", " , ").replaceAll(":", " : "),
);

/** Member names without characters that the formats above change inside strings. */
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.integer(),
    fc.constantFrom("x", "a/b", "~", ""),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "c/d", "~e", ""), tie("value"), { maxKeys: 4 }),
  ),
})).value;

function* containers(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  if (typeof value !== "object" || value === null) return;
  yield path;
  for (const [key, member] of Object.entries(value)) yield* containers(member, [...path, key]);
}

/** An operation that fits a document: in one of its objects or arrays, on a member that is or is not there. */
function fitting(value: unknown, seed: number): Operation | undefined {
  const all = [...containers(value, [])];
  const path = all[seed % all.length];
  if (!path) return undefined;
  const container = path.reduce<unknown>(
    (at, part) => (at as Record<string, unknown>)[part],
    value,
  );
  const keys = Object.keys(container as object);
  const key = keys[seed % Math.max(1, keys.length)];
  const put = [1, "text", { n: [true, {}] }, []][seed % 4];
  if (Array.isArray(container)) {
    const place = seed % 2 === 0 ? "-" : String(seed % (keys.length + 1));
    if (seed % 3 === 0) return { op: "add", path: toPointer([...path, place]), value: put };
  } else if (seed % 5 === 0) return { op: "add", path: toPointer([...path, "new"]), value: put };
  else if (seed % 5 === 1 && key !== undefined && !keys.includes("renamed")) {
    return { op: "move", from: toPointer([...path, key]), path: toPointer([...path, "renamed"]) };
  }
  if (key === undefined) return undefined;
  const at = toPointer([...path, key]);
  return seed % 2 === 0 ? { op: "remove", path: at } : { op: "replace", path: at, value: put };
}

describe("edits of a text", () => {
  test("make of it what the patch makes of its value", () => {
    fc.assert(
      fc.property(document, formats, fc.nat(), (value, format, seed) => {
        const operation = fitting(value, seed);
        if (!operation) return;
        const text = format(value);
        const edits = parseJson(text).edits([operation]);
        expect(edits, JSON.stringify(operation)).toBeDefined();
        const fixed = applyEdits(text, edits ?? []);
        expect(JSON.parse(fixed), JSON.stringify({ text, operation, fixed })).toEqual(
          applyPatch(JSON.parse(text), [operation]),
        );
      }),
      { numRuns: 5000 },
    );
  });

  test("of several operations are one after the other", () => {
    fc.assert(
      fc.property(
        document,
        formats,
        fc.array(fc.nat(), { maxLength: 4 }),
        (value, format, seeds) => {
          const patch: Operation[] = [];
          let current = value;
          for (const seed of seeds) {
            const operation = fitting(current, seed);
            if (!operation) continue;
            patch.push(operation);
            current = applyPatch(current, [operation]);
          }
          const text = format(value);
          const fixed = applyEdits(text, parseJson(text).edits(patch) ?? []);
          expect(JSON.parse(fixed)).toEqual(current);
        },
      ),
      { numRuns: 2000 },
    );
  });

  const config = `{
\t"root": {
\t\t"path": "rootfs"
\t},

\t"mounts": [ { "destination": "/proc" }, { "destination": "/sys" } ],
\t"Hostname": "web"
}
`;
  const cases: readonly (readonly [string, Operation, readonly [from: string, to: string]])[] = [
    [
      "rename a member and nothing else",
      { op: "move", from: "/Hostname", path: "/hostname" },
      ['"Hostname"', '"hostname"'],
    ],
    [
      "add a member on a line of its own, indented like the others",
      { op: "add", path: "/root/readonly", value: true },
      ['"path": "rootfs"\n', '"path": "rootfs",\n\t\t"readonly": true\n'],
    ],
    [
      "add an element in the line of its neighbours",
      { op: "add", path: "/mounts/-", value: "x" },
      ['"/sys" } ]', '"/sys" }, "x" ]'],
    ],
    [
      "write a larger value with the indentation of the document",
      { op: "add", path: "/process", value: { args: ["sh"] } },
      ['"web"\n}', '"web",\n\t"process": {\n\t\t"args": [\n\t\t\t"sh"\n\t\t]\n\t}\n}'],
    ],
    [
      "take a member away with its comma and its line",
      { op: "remove", path: "/Hostname" },
      ['" } ],\n\t"Hostname": "web"\n', '" } ]\n'],
    ],
    [
      "take the first element away and leave the second where it was",
      { op: "remove", path: "/mounts/0" },
      ['[ { "destination": "/proc" }, {', "[ {"],
    ],
  ];
  test.each(cases)("%s", (_, operation, [from, to]) => {
    const edits = parseJson(config).edits([operation]) ?? [];
    expect(applyEdits(config, edits)).toBe(config.replace(from, to));
  });

  test("are none where the patch does not fit", () => {
    const document = parseJson('{"a": 1, "b": 2}');
    expect(document.edits([{ op: "remove", path: "/c" }])).toBeUndefined();
    expect(document.edits([{ op: "add", path: "/a/x", value: 1 }])).toBeUndefined();
    expect(document.edits([{ op: "move", from: "/a", path: "/b" }])).toBeUndefined();
  });
});
