import { readFileSync } from "node:fs";
import { describeShared, readShared, readSharedJson } from "@ocikit/testing";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type DocumentName,
  deviatingStructure,
  deviations,
  publishedStructure,
  type StructureObject,
  structure,
} from "../test/schema-facts.ts";
import { Config } from "./config.ts";
import { Features } from "./features.ts";
import { validate as isConfig } from "./generated/is-config.ts";
import { State } from "./state.ts";

const names: readonly DocumentName[] = ["config", "state", "features"];
const schemas = { config: Config, state: State, features: Features };

function ownStructure(document: DocumentName): StructureObject {
  const files = Object.fromEntries(
    names.map((name) => [
      `${name}.json`,
      JSON.parse(
        readFileSync(new URL(`../schema/${name}.json`, import.meta.url), "utf8"),
      ) as object,
    ]),
  );
  return structure(files as never, `${document}.json`) as StructureObject;
}

describeShared("our schemas", () => {
  test.each(names)(
    "demand of %s what the published one demands, but for the deviations",
    (name) => {
      expect(ownStructure(name)).toEqual(deviatingStructure(name));
    },
  );

  test("deviate only where the published one is different", () => {
    for (const { document, at, value, reason } of deviations) {
      let there: unknown = publishedStructure(document);
      for (const part of at.split("/").slice(1))
        there = (there as StructureObject | undefined)?.[part];
      expect(there, `${document}${at}: ${reason}`).not.toEqual(value);
    }
  });

  test("say something of every property", () => {
    const silent: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === "properties") {
          for (const [name, member] of Object.entries(value as object)) {
            if (!(member as { description?: string }).description) silent.push(`${path}.${name}`);
            visit(member, `${path}.${name}`);
          }
        } else visit(value, `${path}/${key}`);
      }
    };
    for (const name of names) {
      visit(
        JSON.parse(readFileSync(new URL(`../schema/${name}.json`, import.meta.url), "utf8")),
        name,
      );
    }
    expect(silent).toEqual([]);
  });

  test("have every field of the Go types", () => {
    const types = readSharedJson<Record<string, unknown>>(
      "facts/schema/go-types.runtime-spec.json",
    );
    const roots = { config: types.Spec, state: types.State, features: types.Features };
    for (const name of names) {
      const missing: string[] = [];
      compareFields(roots[name], ownStructure(name), name, missing);
      // The Go tag is in lower case, and the text and the schema have a capital in it.
      expect(missing.filter((path) => path !== "config.vm.hwconfig")).toEqual([]);
    }
  });
});

function compareFields(
  type: unknown,
  schema: StructureObject,
  path: string,
  missing: string[],
): void {
  if (Array.isArray(type)) {
    compareFields(type[0], schema.items as StructureObject, `${path}[]`, missing);
  } else if (typeof type === "object" && type !== null) {
    for (const [field, inner] of Object.entries(type)) {
      const name = field.replace("?", "");
      if (field === "<string>") {
        // The Go type has a map of clocks where the schema names the two that there are.
        const { additionalProperties, properties } = schema as Record<string, StructureObject>;
        const value = additionalProperties ?? Object.values(properties ?? {})[0];
        compareFields(inner, value as StructureObject, `${path}{}`, missing);
        continue;
      }
      const member = (schema.properties as StructureObject | undefined)?.[name];
      if (member) compareFields(inner, member as StructureObject, `${path}.${name}`, missing);
      else missing.push(`${path}.${name}`);
    }
  }
}

interface VectorIndex {
  readonly cases: readonly {
    readonly file: string;
    readonly schema: DocumentName;
    readonly fail: boolean;
    readonly parses: boolean;
  }[];
}

describeShared("vectors of the specification", () => {
  const { cases } = readSharedJson<VectorIndex>("vectors/runtime-spec/index.json");
  test.each(cases)("$file", ({ file, schema, fail, parses }) => {
    const text = readShared(`vectors/runtime-spec/${file}`);
    const result = schemas[schema].checkText(text, { rules: false, source: file });
    expect(result.ok).toBe(!fail);
    if (result.ok) return;
    expect(result.issues.some(({ rule }) => rule === "doc/json-syntax")).toBe(!parses);
    for (const { position, end } of result.issues) {
      expect(position).toBeDefined();
      expect(end).toBeDefined();
    }
  });

  test("that are good have no error under the rules either", () => {
    for (const { file, schema, fail } of cases) {
      if (fail) continue;
      const result = schemas[schema].checkText(readShared(`vectors/runtime-spec/${file}`));
      expect(result.ok ? [] : result.issues.filter(({ severity }) => severity === "error")).toEqual(
        [],
      );
    }
  });
});

/** Values that the published schemas were not made for: of every JSON type, and at the edges of integers. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      0,
      1,
      -1,
      1.5,
      255,
      256,
      511,
      512,
      65535,
      65536,
      2 ** 31,
      -(2 ** 31) - 1,
      2 ** 32 - 1,
      2 ** 32,
    ],
    ...[2 ** 53, 2 ** 63, 2 ** 64, 2 ** 65, -(2 ** 63), -(2 ** 64)],
    ...["", "x", "SCMP_ACT_ALLOW", "private", "rprivate", "pid", "2MB", "RLIMIT_CPU", "c", "new"],
    ...[true, false, [], {}, [[]], [{}], { x: 1 }],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

describeShared("generated mutations", () => {
  const ajv = new Ajv({ strict: false, allErrors: false });
  const oracles = {
    config: ajv.compile(deviatingStructure("config")),
    state: ajv.compile(deviatingStructure("state")),
    features: ajv.compile(deviatingStructure("features")),
  };
  const seeds = seedDocuments();

  test.each(names)(
    "of %s have the verdict of the published schema",
    (name) => {
      let refused = 0;
      fc.assert(
        fc.property(
          fc.constantFrom(...seeds[name]),
          fc.array(fc.tuple(fc.nat(), fc.constantFrom("replace", "remove", "add"), anyValue), {
            minLength: 1,
            maxLength: 3,
          }),
          (seed, mutations) => {
            const document = mutations.reduce<unknown>(
              (value, [place, kind, put]) => mutate(value, place, kind, put),
              seed,
            );
            // Null for what may be left out is read as left out: there the rule doc/null speaks.
            if (JSON.stringify(document).includes("null")) return;
            const expected = oracles[name](document);
            const settings = { severity: { "doc/key-case": "off" } } as const;
            const result = schemas[name].check(document, { rules: false, settings });
            if (!expected) refused++;
            expect(result.ok, JSON.stringify({ document, result })).toBe(expected);
            if (name === "config") expect(isConfig(document)).toBe(expected);
            const text = JSON.stringify(document);
            // As text, an integer with an exponent is a fault of its own, and the first one past a 64-bit
            // type is seen to be that, which the rounded numbers of the oracle cannot show.
            if (/\de\+|9223372036854776000|18446744073709552000/.test(text)) return;
            expect(schemas[name].checkText(text, { rules: false, settings }).ok).toBe(expected);
          },
        ),
        { numRuns: 3000 },
      );
      expect(refused).toBeGreaterThan(500);
    },
    60_000,
  );
});

/** Documents that have every property of the schema, and the good vectors. */
function seedDocuments(): Record<DocumentName, unknown[]> {
  const { cases } = readSharedJson<VectorIndex>("vectors/runtime-spec/index.json");
  const seeds: Record<DocumentName, unknown[]> = { config: [], state: [], features: [] };
  for (const name of names) seeds[name].push(sample(ownStructure(name)));
  for (const { file, schema, fail } of cases) {
    if (!fail) seeds[schema].push(JSON.parse(readShared(`vectors/runtime-spec/${file}`)));
  }
  return seeds;
}

/** The smallest document that has every property. */
function sample(schema: StructureObject): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.type === "object") {
    const members = Object.entries((schema.properties ?? {}) as StructureObject);
    const entries = members.map(([name, member]) => [name, sample(member as StructureObject)]);
    const each = schema.additionalProperties;
    if (typeof each === "object") entries.push(["some", sample(each as StructureObject)]);
    return Object.fromEntries(entries);
  }
  if (schema.type === "array") return [sample(schema.items as StructureObject)];
  if (schema.type === "integer") return Math.max(1, Number(schema.minimum ?? 1));
  if (schema.type === "boolean") return true;
  const words = ["x", "RLIMIT_CPU", "c", "2MB", "0-3", "MB:0=1", "CAP_KILL"];
  return words.find((word) => new RegExp(String(schema.pattern ?? "")).test(word));
}

function mutate(value: unknown, place: number, kind: string, put: unknown): unknown {
  const paths = [...allPaths(value, [])];
  const path = paths[place % paths.length] as readonly string[];
  return change(value, path, kind, put);
}

function* allPaths(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) yield* allPaths(member, [...path, key]);
}

function change(value: unknown, path: readonly string[], kind: string, put: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) {
    if (kind !== "add") return put;
    if (Array.isArray(value)) return [...value, put];
    return typeof value === "object" && value !== null ? { ...value, extra: put } : put;
  }
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...value]
    : { ...(value as object) };
  if (rest.length === 0 && kind === "remove") {
    if (Array.isArray(copy)) copy.splice(Number(part), 1);
    else delete copy[part];
  } else {
    (copy as Record<string, unknown>)[part] = change(
      (copy as Record<string, unknown>)[part],
      rest,
      kind,
      put,
    );
  }
  return copy;
}

describe("64-bit integers", () => {
  const withLimit = (limit: string): string =>
    `{"ociVersion":"1.3.0","root":{"path":"rootfs"},"process":{"cwd":"/","rlimits":[{"type":"RLIMIT_CORE","soft":${limit},"hard":${limit}}]}}`;

  test("are exact to the last one a uint64 holds", () => {
    const config = Config.parse(withLimit("18446744073709551615"), { rules: false });
    expect(config.process?.rlimits?.[0]?.hard).toBe(18446744073709551615n);
    expect(isConfig(config)).toBe(true);
    expect(Config.checkText(withLimit("18446744073709551616"), { rules: false }).ok).toBe(false);
  });

  test("are written out exactly again", () => {
    const config = Config.parse(withLimit("9007199254740993"), { rules: false });
    expect(Config.stringify(config, "")).toBe(withLimit("9007199254740993"));
  });

  test("are refused in smaller types, whatever their spelling", () => {
    for (const uid of ["4294967296", "18446744073709551615", "1e9", "1.0", "-1"]) {
      const text = `{"ociVersion":"1.3.0","process":{"cwd":"/","user":{"uid":${uid},"gid":0}}}`;
      const result = Config.checkText(text, { rules: false });
      expect(result.ok, uid).toBe(false);
      if (!result.ok) expect(result.issues[0].pointer).toBe("/process/user/uid");
    }
  });
});
