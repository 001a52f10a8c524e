/** A value is text, except under a key that ends in `-bin`, where it is bytes. */
export type MetadataValue<Key extends string> = string extends Key
  ? string | Uint8Array
  : Lowercase<Key> extends `${string}-bin`
    ? Uint8Array
    : string;

/** What a caller may pass for metadata: a Metadata, or an object of keys to one value or many. */
export type MetadataInit =
  | Metadata
  | Readonly<Record<string, string | Uint8Array | readonly (string | Uint8Array)[]>>;

const keyPattern = /^[0-9a-z_.-]+$/;

/**
 * Words beside a message: what gRPC sends as headers and trailers, ttrpc as a list of pairs.
 *
 * Keys are lower case on the wire and compared so here; a key can have many values, whose order is kept.
 */
export class Metadata implements Iterable<readonly [string, string | Uint8Array]> {
  readonly #values = new Map<string, (string | Uint8Array)[]>();

  constructor(init?: MetadataInit) {
    if (init === undefined) return;
    if (init instanceof Metadata) {
      for (const [key, value] of init) this.append(key, value);
      return;
    }
    for (const [key, value] of Object.entries(init)) {
      // An array of text is many values; a Uint8Array is one value of bytes.
      if (Array.isArray(value)) for (const one of value) this.append(key, one);
      else this.append(key, value as string | Uint8Array);
    }
  }

  /** The first value of a key. */
  get<Key extends string>(key: Key): MetadataValue<Key> | undefined {
    // The kind of value follows from the key: `append` lets no other in.
    return this.#values.get(key.toLowerCase())?.[0] as MetadataValue<Key> | undefined;
  }

  /** Every value of a key, in the order they were appended. */
  getAll<Key extends string>(key: Key): readonly MetadataValue<Key>[] {
    return (this.#values.get(key.toLowerCase()) ?? []) as MetadataValue<Key>[];
  }

  has(key: string): boolean {
    return this.#values.has(key.toLowerCase());
  }

  /** Puts one value in place of all that a key had. */
  set<Key extends string>(key: Key, value: MetadataValue<Key>): this {
    this.delete(key);
    return this.append(key, value);
  }

  /** Adds a value behind those a key has. Throws a TypeError for a key or a kind of value that can't travel. */
  append<Key extends string>(key: Key, value: MetadataValue<Key>): this {
    const name = key.toLowerCase();
    if (!keyPattern.test(name)) throw new TypeError(`metadata key ${JSON.stringify(key)}`);
    if ((typeof value === "string") === name.endsWith("-bin")) {
      throw new TypeError(`metadata ${name}: a key takes bytes if it ends in -bin, and only then`);
    }
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
    return this;
  }

  delete(key: string): boolean {
    return this.#values.delete(key.toLowerCase());
  }

  /** How many keys there are. */
  get size(): number {
    return this.#values.size;
  }

  *[Symbol.iterator](): Iterator<readonly [string, string | Uint8Array]> {
    for (const [key, values] of this.#values) for (const value of values) yield [key, value];
  }
}
