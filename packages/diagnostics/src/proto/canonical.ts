import { joinPointer } from "../pointer.ts";
import { camelCase, fieldsOf, type MessageField, type MessageTable } from "./message-table.ts";

/** A document's value in the one form that schemas and rules look at, with the way back to what stands in the document. */
export interface Canonical {
  readonly value: unknown;
  /** Names in the document by names in the value, object by object (pointer into the value). */
  readonly renamed: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Fields that stand there under both their names: the pointers of the second ones, in the document. */
  readonly twice: readonly {
    readonly pointer: string;
    readonly first: string;
    readonly second: string;
  }[];
  /** Whether the document writes names as .proto files do. */
  readonly protoNames: boolean;
}

/**
 * Brings the JSON form of a message into the form its schema describes: JSON names, enums by name, 64-bit integers as
 * numbers, no nulls. What can't be read stays as it is, for the schema to find.
 */
export function canonicalize(table: MessageTable, message: string, value: unknown): Canonical {
  const run = new Canonicalizer(table);
  const canonical = run.message(message, value, "", "");
  return {
    value: canonical,
    renamed: run.renamed,
    twice: run.twice,
    protoNames: run.protoNames > run.jsonNames,
  };
}

class Canonicalizer {
  readonly renamed: Map<string, Map<string, string>> = new Map();
  readonly twice: { pointer: string; first: string; second: string }[] = [];
  protoNames = 0;
  jsonNames = 0;
  readonly #table: MessageTable;

  constructor(table: MessageTable) {
    this.#table = table;
  }

  /** `at` is the pointer into the value, `origin` the one into the document. */
  message(type: string, value: unknown, at: string, origin: string): unknown {
    if (!isObject(value)) return value;
    const fields = fieldsOf(this.#table, type);
    const result: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(value)) {
      const field = fields.find(name);
      const canonical = field?.jsonName ?? unknownName(name);
      if (field !== undefined && field.jsonName !== field.protoName) {
        if (name === field.protoName) this.protoNames++;
        else this.jsonNames++;
      }
      const pointer = joinPointer(origin, name);
      if (Object.hasOwn(result, canonical)) {
        const first = this.renamed.get(at)?.get(canonical) ?? canonical;
        this.twice.push({ pointer, first, second: name });
        continue;
      }
      if (field !== undefined && member === null) continue;
      if (canonical !== name) this.#rename(at, canonical, name);
      const target = joinPointer(at, canonical);
      result[canonical] =
        field === undefined ? member : this.#member(field, member, target, pointer);
    }
    return result;
  }

  #member(field: MessageField, member: unknown, at: string, origin: string): unknown {
    const one = (value: unknown, key: string | number): unknown =>
      this.#single(field, value, joinPointer(at, key), joinPointer(origin, key));
    switch (field.label) {
      case "repeated":
        return Array.isArray(member) ? member.map(one) : member;
      case "map":
        if (!isObject(member)) return member;
        return Object.fromEntries(
          Object.entries(member).map(([key, value]) => [key, one(value, key)]),
        );
      case "one":
        return this.#single(field, member, at, origin);
    }
  }

  #single({ kind, type }: MessageField, value: unknown, at: string, origin: string): unknown {
    if (kind === "message") return this.message(type, value, at, origin);
    if (kind === "enum") {
      const names = Object.entries(this.#table.enums[type] ?? {});
      return names.find(([, number]) => number === value)?.[0] ?? value;
    }
    if (typeof value === "string" && integers.has(type) && /^-?\d{1,40}$/.test(value)) {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : BigInt(value);
    }
    return value;
  }

  #rename(at: string, canonical: string, original: string): void {
    const names = this.renamed.get(at) ?? new Map<string, string>();
    names.set(canonical, original);
    this.renamed.set(at, names);
  }
}

const integers = new Set(["int32", "int64", "uint32", "uint64"]);

/** A name nobody knows, in the spelling of those it will be compared with. */
function unknownName(name: string): string {
  return /^[a-z]+(_[a-z0-9]+)+$/.test(name) ? camelCase(name) : name;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
