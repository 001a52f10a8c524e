import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleSchemas } from "./bundle.ts";
import { generateSchemas } from "./generate-schemas.ts";
import { schemaGuard } from "./guard.ts";
import { schemaShapes } from "./shapes.ts";
import { schemaTypes } from "./types.ts";
import { schemaValidator } from "./validator.ts";

const main = {
  title: "Main",
  type: "object",
  description: "A document.",
  required: ["name"],
  properties: {
    name: { type: "string", description: "Its name." },
    size: { $ref: "#/$defs/Uint64", description: "Size in bytes." },
    mode: { $ref: "#/$defs/Mode", description: "Its mode." },
    kind: { $ref: "other.json#/$defs/Kind", description: "Its kind." },
    parts: {
      type: "array",
      description: "Its parts.",
      minItems: 1,
      items: { $ref: "#/$defs/Part" },
    },
    labels: { type: "object", description: "Labels.", additionalProperties: { type: "string" } },
    "odd-name": { type: "boolean", description: "Odd." },
    signed: { type: "integer", description: "Any.", minimum: -5 },
  },
  $defs: {
    Uint64: { type: "integer", description: "Wide.", minimum: 0, maximum: 2 ** 64 },
    Mode: { type: "integer", description: "Narrow.", minimum: 0, maximum: 511 },
    Part: {
      type: "object",
      description: "A part.",
      required: ["at"],
      properties: {
        at: { type: "integer", description: "Place.", minimum: 0, maximum: 9 },
        code: { type: "string", description: "Code.", pattern: "^[a-z]+$" },
        parent: { $ref: "#/$defs/Part", description: "Where it is in." },
        note: { type: ["string", "null"], description: "Words, or null." },
      },
    },
  },
};
const other = {
  title: "Other",
  type: "object",
  description: "Another.",
  properties: { kind: { $ref: "#/$defs/Kind", description: "Its kind." } },
  $defs: { Kind: { type: "string", description: "Kind.", enum: ["a", "b"] } },
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ocikit-codegen-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function files(schemas: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(schemas).map(([name, schema]) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(schema));
    return path;
  });
}

function bundle() {
  return bundleSchemas(files({ "main.json": main, "other.json": other }));
}

describe("a bundle", () => {
  test("has the definitions of all files by name, and refers only inside itself", () => {
    const { defs, documents } = bundle();
    expect(documents).toEqual(["Main", "Other"]);
    expect(Object.keys(defs).sort()).toEqual(["Kind", "Main", "Mode", "Other", "Part", "Uint64"]);
    expect(JSON.stringify(defs)).not.toContain("other.json");
  });

  test.each([
    [{ "a.json": { type: "object" } }, "needs a title"],
    [{ "a.json": { title: "A", $ref: "#/$defs/Gone" } }, "Gone: there is no such definition"],
    [{ "a.json": { title: "A", $ref: "gone.json" } }, "not a definition or a document"],
    [{ "a.json": { title: "A", $defs: { A: {} } } }, "A is defined twice"],
  ])("of %j is refused", (schemas, message) => {
    expect(() => bundleSchemas(files(schemas))).toThrow(message);
  });
});

describe("types", () => {
  test("are what a person would write", async () => {
    expect(await schemaTypes(bundle(), "")).toMatchSnapshot();
  });
});

describe("shapes", () => {
  test("tell the names, what is in them, and what may be null", () => {
    expect(JSON.parse(schemaShapes(bundle(), "Main"))).toEqual({
      root: "Main",
      table: {
        Main: {
          members: {
            name: 0,
            size: 1,
            mode: 1,
            kind: 0,
            parts: ["Part"],
            labels: { each: 0 },
            "odd-name": 0,
            signed: 1,
          },
          required: ["name"],
        },
        Part: {
          members: { at: 1, code: 0, parent: "Part", note: 0 },
          required: ["at"],
          nullable: ["note"],
        },
      },
    });
  });
});

type Validate = ((value: unknown) => boolean) & {
  errors?: { keyword: string; instancePath: string }[];
};

async function load(source: string): Promise<Validate> {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(path, source);
  return ((await import(path)) as { validate: Validate }).validate;
}

const withoutNullable = {
  ...main,
  $defs: {
    ...main.$defs,
    Part: {
      ...main.$defs.Part,
      properties: { ...main.$defs.Part.properties, note: { type: "string" } },
    },
  },
};

describe("validators", () => {
  test("import nothing and make no code", () => {
    const source = schemaValidator(bundle(), "Main", {});
    expect(source).not.toMatch(/\brequire\(|new Function|\bimport\b/);
  });

  test("find every fault, with its place", async () => {
    const validate = await load(schemaValidator(bundle(), "Main", {}));
    const value = {
      size: -1,
      kind: "c",
      parts: [{ at: 10 }, { at: 1.5, code: "X" }],
      labels: { a: 1 },
    };
    expect(validate(value)).toBe(false);
    expect(
      validate.errors?.map(({ keyword, instancePath }) => `${instancePath} ${keyword}`).sort(),
    ).toEqual([
      " required",
      "/kind enum",
      "/labels/a type",
      "/parts/0/at integer",
      "/parts/1/at integer",
      "/parts/1/code pattern",
      "/size integer",
    ]);
  });

  test("and guards have the same verdict on anything", async () => {
    const same = bundleSchemas(files({ "main.json": withoutNullable, "other.json": other }));
    const validate = await load(schemaValidator(same, "Main", {}));
    const guard = await load(schemaGuard(same, "Main"));
    const leaf = fc.oneof(
      fc.constantFrom<unknown>(
        "a",
        "c",
        "A",
        "",
        0,
        1,
        -5,
        -6,
        9,
        10,
        511,
        512,
        1.5,
        2 ** 64,
        2 ** 65,
        5n,
        2n ** 64n - 1n,
        2n ** 64n,
        -1n,
        true,
        null,
        [],
        {},
        Number.NaN,
        Number.POSITIVE_INFINITY,
      ),
    );
    const mostly = (...values: readonly unknown[]) =>
      fc.oneof(
        { arbitrary: fc.constantFrom(...values), weight: 12 },
        { arbitrary: leaf, weight: 1 },
      );
    const part = fc.letrec((tie) => ({
      part: fc.oneof(
        { maxDepth: 3 },
        { arbitrary: leaf, weight: 1 },
        {
          arbitrary: fc.record(
            { at: mostly(0, 9), code: mostly("a"), parent: tie("part"), note: mostly("x") },
            { requiredKeys: ["at"] },
          ),
          weight: 8,
        },
      ),
    })).part;
    const value = fc.record(
      {
        name: mostly("x"),
        size: mostly(0, 2 ** 64, 2n ** 64n - 1n),
        mode: mostly(0, 511),
        kind: mostly("a", "b"),
        parts: fc.array(part, { minLength: 1, maxLength: 2 }),
        labels: fc.dictionary(fc.string(), mostly("x"), { maxKeys: 2 }),
        "odd-name": mostly(true, false),
        signed: mostly(-5, 2 ** 70, 7n),
      },
      { requiredKeys: [] },
    );
    let valid = 0;
    fc.assert(
      fc.property(fc.oneof(leaf, value), (candidate) => {
        const verdict = validate(candidate);
        if (verdict) valid++;
        expect(guard(candidate)).toBe(verdict);
      }),
      { numRuns: 20_000 },
    );
    expect(valid).toBeGreaterThan(50);
  });

  test("refuse what they would have to leave out", () => {
    const odd = { title: "Odd", type: "object", properties: { x: { not: { type: "string" } } } };
    expect(() => schemaGuard(bundleSchemas(files({ "odd.json": odd })), "Odd")).toThrow(
      "no test is known for not",
    );
    const limit = { title: "Limit", type: "integer", maximum: 2 ** 60 };
    expect(() => schemaGuard(bundleSchemas(files({ "l.json": limit })), "Limit")).toThrow("64-bit");
  });
});

describe("generated files", () => {
  test("are the same bytes each time", async () => {
    const input = files({ "main.json": main, "other.json": other });
    const run = async (name: string): Promise<string[]> => {
      const out = join(folder, name);
      await generateSchemas({ files: input, out, lean: ["Other"] });
      return readdirSync(out)
        .sort()
        .map((file) => `${file}\n${readFileSync(join(out, file), "utf8")}`);
    };
    const first = await run("one");
    expect(first.map((text) => text.split("\n")[0])).toEqual([
      "is-other.ts",
      "main-shapes.ts",
      "other-shapes.ts",
      "types.ts",
      "validate-main.ts",
      "validate-other.ts",
    ]);
    expect(await run("two")).toEqual(first);
  });
});
