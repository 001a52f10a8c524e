import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { applyEdits } from "../fix/text-edits.ts";
import { toPointer } from "../pointer.ts";
import { parseYaml } from "./parse-yaml.ts";

describe("the value", () => {
  test("is that of the YAML, for any JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (json) => {
        fc.pre(!JSON.stringify(json).includes("__proto__"));
        const document = parseYaml(stringify(json));
        expect(document.issues).toEqual([]);
        expect(JSON.stringify(document.value, exact)).toBe(JSON.stringify(json));
      }),
    );
  });

  test("keeps integers past 2^53 exact", () => {
    expect(parseYaml("a: 18446744073709551615\nb: 5").value).toEqual({
      a: 18446744073709551615n,
      b: 5,
    });
  });

  test("of aliases is what they stand for, and bombs are refused", () => {
    expect(parseYaml("a: &x [1]\nb: *x").value).toEqual({ a: [1], b: [1] });
    const bomb = Array.from({ length: 12 }, (_, level) =>
      level === 0
        ? "a0: &a0 [x,x,x,x,x,x,x,x,x,x]"
        : `a${level}: &a${level} [${Array(10)
            .fill(`*a${level - 1}`)
            .join(",")}]`,
    ).join("\n");
    const document = parseYaml(bomb);
    expect(document.value).toBeUndefined();
    expect(document.issues.map(({ rule }) => rule)).toEqual(["doc/size"]);
  });

  test("has text for every name, and no name changes a prototype", () => {
    const { value } = parseYaml("1: a\ntrue: b\n__proto__: {x: 1}");
    expect(Object.keys(value as object)).toEqual(["1", "true", "__proto__"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

function exact(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

describe("faults", () => {
  test.each([
    ["a: 1\na: 2", "doc/duplicate-key", 2, 1],
    ["a: 1\n---\nb: 2", "doc/single-document", 2, 1],
    ["a: [1, 2", "doc/yaml-syntax", 1, 9],
    ["a: 'x", "doc/yaml-syntax", 1, 6],
    ["\ta: 1", "doc/yaml-syntax", 1, 1],
    ["a: *x", "doc/yaml-syntax", 1, 4],
  ])("of %j are found as %s", (text, rule, line, column) => {
    const [issue] = parseYaml(text, { source: "pod.yaml" }).issues;
    expect(issue).toMatchObject({ rule, source: "pod.yaml" });
    expect([issue?.position?.line, issue?.position?.column]).toEqual([line, column]);
  });

  test("of depth and size end the reading", () => {
    for (const text of [
      "[".repeat(100),
      `${"[".repeat(100)}${"]".repeat(100)}`,
      "[".repeat(100_000),
    ]) {
      expect(parseYaml(text).issues.length).toBeGreaterThan(0);
    }
    expect(parseYaml(`${"[".repeat(65)}${"]".repeat(65)}`).issues).toMatchObject([
      { rule: "doc/size" },
    ]);
    expect(parseYaml("a: 1", { maxBytes: 3 }).issues).toMatchObject([{ rule: "doc/size" }]);
  });

  test("never throw, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."ab:-[]{},&*!|>'\"%@`\n\t #?~0") }),
        (text) => {
          parseYaml(text);
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe("positions", () => {
  test("of every value are those of its text", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, noUnicodeString: true } as never), (json) => {
        const text = stringify(json);
        const document = parseYaml(text);
        const visit = (value: unknown, path: readonly string[]): void => {
          const pointer = toPointer(path);
          expect(document.mark(pointer), pointer).toBeDefined();
          if (path.length > 0 && typeof path.at(-1) === "string") {
            const start = document.mark(pointer)?.start ?? 0;
            expect(document.pointerAt(start).startsWith(pointer)).toBe(true);
          }
          if (typeof value !== "object" || value === null) return;
          for (const [key, member] of Object.entries(value)) visit(member, [...path, key]);
        };
        visit(document.value, []);
      }),
    );
  });

  const text = "kind: Pod\nspec:\n  - name: a  # first\n    Image: b\n";
  const document = parseYaml(text);

  test("are of the value, or of its name", () => {
    const { start = 0, end = 0 } = document.mark("/spec/0/Image") ?? {};
    expect(text.slice(start, end)).toBe("b");
    const key = document.mark("/spec/0/Image", "key") ?? { start: 0, end: 0 };
    expect(text.slice(key.start, key.end)).toBe("Image");
    expect(document.position(key.start)).toEqual({ offset: 41, line: 4, column: 5 });
    expect(document.pointerAt(key.start)).toBe("/spec/0/Image");
  });

  test("let fixes keep the rest of the text", () => {
    const rename = document.edits([{ op: "move", from: "/spec/0/Image", path: "/spec/0/image" }]);
    expect(applyEdits(text, rename ?? [])).toBe(text.replace("Image", "image"));
    const replace = document.edits([{ op: "replace", path: "/spec/0/name", value: "x y" }]);
    expect(applyEdits(text, replace ?? [])).toBe(text.replace("name: a", 'name: "x y"'));
    expect(document.edits([{ op: "remove", path: "/kind" }])).toBeUndefined();
  });
});
