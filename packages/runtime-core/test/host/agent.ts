import type { Host } from "../../src/host/host.ts";

/**
 * The host as a program, so that a test can ask the host of the static binary what it asks Node's: takes a
 * list of calls on stdin, makes them in turn, and answers the list of what each gave.
 */
export async function main(host: Host): Promise<number> {
  const calls = JSON.parse(await host.readStdin()) as readonly Call[];
  const answers: Answer[] = [];
  for (const call of calls) answers.push(await answer(host, call));
  await host.writeStdout(JSON.stringify(answers));
  return 0;
}

/**
 * A call as a path into the host, for example `files.readText`; no arguments means a property, of a group the
 * names of what it has.
 */
export interface Call {
  readonly path: string;
  readonly args?: readonly unknown[];
  /** Calls on the object that this one gave; the answer is then the list of theirs. */
  readonly then?: readonly Call[];
}

export type Answer =
  | { readonly value: unknown }
  | { readonly error: { readonly [name: string]: unknown; readonly message: string } };

async function answer(host: object, { path, args, then }: Call): Promise<Answer> {
  try {
    const names = path.split(".");
    const name = names.pop() as string;
    let target = host as unknown as Record<string, unknown>;
    for (const step of names) target = target[step] as Record<string, unknown>;
    if (args === undefined) return { value: pack(namesOf(target[name])) };
    const method = target[name] as (...given: readonly unknown[]) => unknown;
    const given = await method.apply(target, args.map(unpack));
    if (then === undefined) return { value: pack(given) };
    const answers: Answer[] = [];
    for (const call of then) answers.push(await answer(given as object, call));
    return { value: answers };
  } catch (error) {
    const { message, ...rest } = error as Error;
    return { error: { ...rest, message, isError: error instanceof Error } };
  }
}

function namesOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const names = Object.getOwnPropertyNames(value);
  const isGroup = typeof (value as Record<string, unknown>)[names[0] ?? ""] === "function";
  return isGroup ? names : value;
}

/** Values that JSON has no word for travel as `{ $: kind, ... }`. */
export function pack(value: unknown): unknown {
  if (value === undefined) return { $: "undefined" };
  if (typeof value === "bigint") return { $: "bigint", digits: value.toString() };
  if (value instanceof Uint8Array) return { $: "bytes", bytes: [...value] };
  return value;
}

export function unpack(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$" in value)) return value;
  const packed = value as { $: string; digits?: string; bytes?: number[] };
  if (packed.$ === "bigint") return BigInt(packed.digits ?? "");
  if (packed.$ === "bytes") return Uint8Array.from(packed.bytes ?? []);
  return undefined;
}
