import { randomBytes } from "node:crypto";
import { RpcError } from "@ocikit/rpc";

/** A new id in the form of every runtime: 64 hexadecimal digits. */
export function newId(): string {
  return randomBytes(32).toString("hex");
}

/** Things by their id, which callers may cut to a prefix that only one has. */
export class IdTable<Value extends { readonly id: string }> {
  readonly #kind: string;
  readonly #values = new Map<string, Value>();

  constructor(kind: string) {
    this.#kind = kind;
  }

  add(value: Value): void {
    this.#values.set(value.id, value);
  }

  delete(id: string): void {
    this.#values.delete(id);
  }

  get all(): readonly Value[] {
    return [...this.#values.values()];
  }

  /** The one thing whose id begins so; undefined when there is none. */
  find(prefix: string): Value | undefined {
    if (prefix === "") throw new RpcError("INVALID_ARGUMENT", `an empty ${this.#kind} id`);
    const exact = this.#values.get(prefix);
    if (exact !== undefined) return exact;
    const [first, second] = this.all.filter(({ id }) => id.startsWith(prefix));
    if (second !== undefined) {
      throw new RpcError("INVALID_ARGUMENT", `several ${this.#kind} ids begin with ${prefix}`);
    }
    return first;
  }

  /** The same; throws NOT_FOUND when there is none. */
  get(prefix: string): Value {
    const found = this.find(prefix);
    if (found === undefined) throw new RpcError("NOT_FOUND", `no ${this.#kind} ${prefix}`);
    return found;
  }
}

/** Whether labels have every pair of a selector. */
export function matchesLabels(
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Now, in nanoseconds since 1970; never the same twice, so that things made in one millisecond have an order. */
export function now(): bigint {
  const time = BigInt(Date.now()) * 1_000_000n;
  last = time > last ? time : last + 1n;
  return last;
}

let last = 0n;
