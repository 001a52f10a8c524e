import { closure, referenced, type SchemaBundle, type SchemaNode } from "./bundle.ts";
import { integerLimits, isWide } from "./integer.ts";

/** Keywords that say nothing about which values are valid. */
const silent = new Set(["title", "description"]);

/**
 * Source of a module that exports `validate`, which only answers whether a value is a document. A tenth
 * of the size of a validator that says what is wrong, for programs whose start-up time counts.
 */
export function schemaGuard({ defs }: SchemaBundle, document: string): string {
  const emitter = new Emitter(defs);
  const functions = closure(defs, document)
    .filter((name) => name === document || isObject(defs[name] as SchemaNode))
    .map((name) => `const is${name} = (v) =>\n  ${emitter.test(defs[name] as SchemaNode, "v")};`);
  return `${helpers}\n${functions.reverse().join("\n")}\nexport const validate = is${document};\n`;
}

const helpers = `const object = (v) => typeof v === "object" && v !== null && !Array.isArray(v);
const list = (v, test) => Array.isArray(v) && v.every((e) => test(e));
const map = (v, test) => object(v) && Object.values(v).every((e) => test(e));
const string = (v) => typeof v === "string";
const integer = (v, min, max) => typeof v === "number" && Number.isInteger(v) && v >= min && v <= max;
const wide = (v, min, max) => integer(v, Number(min), Number(max)) || (typeof v === "bigint" && v >= min && v <= max);`;

function isObject(node: SchemaNode): boolean {
  return node.properties !== undefined;
}

class Emitter {
  readonly #defs: SchemaBundle["defs"];

  constructor(defs: SchemaBundle["defs"]) {
    this.#defs = defs;
  }

  /** An expression that is true when the value of the expression `v` satisfies the schema. */
  test(node: SchemaNode, v: string): string {
    const name = referenced(node);
    if (name !== undefined) {
      const target = this.#defs[name] as SchemaNode;
      return isObject(target) ? `is${name}(${v})` : this.test(target, v);
    }
    const limits = integerLimits(node);
    if (limits) return integerTest(limits, v);
    const { type, enum: words, pattern, items, minItems, ...others } = node;
    const { properties, required, additionalProperties, ...unknown } = others;
    const left = Object.keys(unknown).filter((keyword) => !silent.has(keyword));
    if (left.length > 0) throw new Error(`emit a guard: no test is known for ${left.join(", ")}`);
    if (words) return `${JSON.stringify(words)}.includes(${v})`;
    if (pattern !== undefined) return `string(${v}) && ${new RegExp(String(pattern))}.test(${v})`;
    if (type === "array") {
      const least = minItems === undefined ? "" : ` && ${v}.length >= ${String(minItems)}`;
      return `list(${v}, ${this.#function(items as SchemaNode)})${least}`;
    }
    if (type === "object") {
      if (typeof additionalProperties === "object") {
        return `map(${v}, ${this.#function(additionalProperties)})`;
      }
      const members = Object.entries(properties ?? {}).map(([key, member]) =>
        this.#member(`${v}${access(key)}`, member, required?.includes(key) ?? false),
      );
      return [`object(${v})`, ...members].join("\n    && ");
    }
    return `typeof ${v} === ${JSON.stringify(type)}`;
  }

  #member(v: string, node: SchemaNode, required: boolean): string {
    const test = this.test(node, v);
    return required ? `(${test})` : `(${v} === undefined || ${test})`;
  }

  #function(node: SchemaNode): string {
    const name = referenced(node);
    if (name !== undefined && isObject(this.#defs[name] as SchemaNode)) return `is${name}`;
    const test = this.test(node, "e");
    return test === 'typeof e === "string"' ? "string" : `(e) => ${test}`;
  }
}

function integerTest(limits: NonNullable<ReturnType<typeof integerLimits>>, v: string): string {
  const { minimum, maximum } = limits;
  if (isWide(limits)) return `wide(${v}, ${String(minimum)}n, ${String(maximum)}n)`;
  const unbounded = minimum === undefined || maximum === undefined;
  const test = `integer(${v}, ${String(minimum ?? "-Infinity")}, ${String(maximum ?? "Infinity")})`;
  if (!unbounded) return test;
  const least = minimum === undefined ? "" : ` && ${v} >= ${String(minimum)}n`;
  const most = maximum === undefined ? "" : ` && ${v} <= ${String(maximum)}n`;
  return `(${test} || (typeof ${v} === "bigint"${least}${most}))`;
}

function access(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
