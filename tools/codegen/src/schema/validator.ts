import { _, Ajv, type CodeKeywordDefinition, nil, stringify } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import { closure, type SchemaBundle, type SchemaNode } from "./bundle.ts";
import { integerLimits, isWide } from "./integer.ts";

/**
 * Source of a module that exports `validate`, the validator of a document, which finds every fault. It
 * imports nothing and makes no code at run time.
 */
export function schemaValidator(
  bundle: SchemaBundle,
  document: string,
  formats: Readonly<Record<string, RegExp>>,
): string {
  return compile(bundle, [document], formats, () => "validate");
}

/** The same with a validator for each of several documents, `validate` and the document's name, which share their parts. */
export function schemaValidators(
  bundle: SchemaBundle,
  documents: readonly string[],
  formats: Readonly<Record<string, RegExp>>,
): string {
  return compile(bundle, documents, formats, (document) => `validate${document}`);
}

function compile(
  { defs }: SchemaBundle,
  documents: readonly string[],
  formats: Readonly<Record<string, RegExp>>,
  nameOf: (document: string) => string,
): string {
  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    // Small definitions are cheaper in place than as a function; large ones would be there many times.
    inlineRefs: 6,
    formats,
    code: { source: true, esm: true, lines: true, optimize: 2 },
  });
  ajv.addKeyword(integerKeyword);
  const needed = new Set(documents.flatMap((document) => closure(defs, document)));
  const $defs = Object.fromEntries(
    [...needed].map((name) => [name, forAjv(defs[name] as SchemaNode)]),
  );
  const [first, ...others] = documents;
  // One document is a schema by itself; of several each is a reference into the same definitions.
  ajv.addSchema(
    others.length === 0 ? { $id: "root", $ref: `#/$defs/${first}`, $defs } : { $id: "root", $defs },
  );
  const roots = documents.map((document) => [
    nameOf(document),
    others.length === 0 ? "root" : `root#/$defs/${document}`,
  ]);
  // The module is CommonJS, and TypeScript and Node agree only on this way to its function.
  const source = standalone.default(ajv, Object.fromEntries(roots));
  if (/\brequire\(/.test(source)) throw new Error(`compile ${first}: the validator needs ajv`);
  return withoutPaths(source);
}

/**
 * The place in the schema is told by the place in the document, and inside a definition that is a
 * function ajv's own word for it is not even unique.
 */
function withoutPaths(source: string): string {
  return source.replace(/^"use strict";/, "").replaceAll(/schemaPath:"[^"]*",/g, "");
}

interface IntegerKeyword {
  readonly minimum?: string;
  readonly maximum?: string;
}

/**
 * Integers, in one test: a whole number or, where the type is wide enough for it, a bigint, between
 * limits that are exact for bigints and rounded as JSON.parse rounds for numbers.
 */
const integerKeyword: CodeKeywordDefinition = {
  keyword: "integer",
  schemaType: "object",
  error: { message: "", params: ({ schema }) => stringify(paramsOf(schema as IntegerKeyword)) },
  code(cxt) {
    const { data } = cxt;
    const { minimum, maximum } = cxt.schema as IntegerKeyword;
    const number = (limit: string) => _`${Number(limit)}`;
    const isNumber = _`typeof ${data} == "number" && Number.isInteger(${data})${
      minimum === undefined ? nil : _` && ${data} >= ${number(minimum)}`
    }${maximum === undefined ? nil : _` && ${data} <= ${number(maximum)}`}`;
    const wide = minimum === undefined || maximum === undefined || cxt.schema.wide;
    const isBigint = _`typeof ${data} == "bigint"${
      minimum === undefined ? nil : _` && ${data} >= BigInt(${minimum})`
    }${maximum === undefined ? nil : _` && ${data} <= BigInt(${maximum})`}`;
    cxt.fail(wide ? _`!(${isNumber} || ${isBigint})` : _`!(${isNumber})`);
  },
};

function paramsOf({ minimum, maximum }: IntegerKeyword): object {
  return { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) };
}

/** The schema as ajv shall see it: without texts, and integers as the keyword above. */
function forAjv<T>(node: T): T {
  if (Array.isArray(node)) return node.map(forAjv) as T;
  if (typeof node !== "object" || node === null) return node;
  const { description, title, ...rest } = node as SchemaNode;
  const limits = integerLimits(rest);
  if (limits) {
    const { type, minimum, maximum, ...others } = rest;
    const integer = {
      ...(limits.minimum !== undefined && { minimum: String(limits.minimum) }),
      ...(limits.maximum !== undefined && { maximum: String(limits.maximum) }),
      ...(isWide(limits) && { wide: true }),
    };
    return { ...others, integer } as T;
  }
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      key === "properties" ? mapValues(value as object, forAjv) : forAjv(value),
    ]),
  ) as T;
}

function mapValues<V>(object: object, map: (value: V) => V): object {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value as V)]));
}
