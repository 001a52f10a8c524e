import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { describeShared, readSharedJson } from "../shared.ts";

/** One recorded message: its value with the .proto's field names, and the bytes protoc wrote for it. */
interface Vector {
  readonly message: string;
  readonly variant: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly base64: string;
}

/** What writes and reads the messages of one type, as ts-proto generates it. */
export interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(input: Uint8Array): unknown;
}

export interface ProtoVectorsOptions {
  /** The folder with the .proto files, which the second decoder parses by itself. */
  readonly directory: string;
  /** Names of files in vectors/proto. */
  readonly vectors: readonly string[];
  /** The codec of a message by its full name; undefined fails the test of that message. */
  readonly codec: (message: string) => Codec | undefined;
}

/**
 * Tests a codec against recorded bytes and against protobufjs: it reads what protoc wrote and writes it back byte for
 * byte; protobufjs reads what it wrote to the recorded value; it reads what protobufjs wrote of that value to the same
 * message.
 */
export function describeProtoVectors(name: string, options: ProtoVectorsOptions): void {
  describeShared(name, () => {
    const root = parseProtos(options.directory);
    for (const file of options.vectors) {
      const { vectors } = readSharedJson<{ vectors: Vector[] }>(`vectors/proto/${file}`);
      describe(file, () => {
        for (const [index, vector] of vectors.entries()) {
          test(`${vector.message} ${vector.variant} #${index}`, () => {
            compareVector(vector, options.codec(vector.message), root.lookupType(vector.message));
          });
        }
      });
    }
  });
}

function compareVector(vector: Vector, codec: Codec | undefined, oracle: protobuf.Type): void {
  if (codec === undefined) throw new Error(`no codec for ${vector.message}`);
  const recorded = Buffer.from(vector.base64, "base64");
  const message = codec.decode(recorded);
  const written = codec.encode(message).finish();
  expect(Buffer.from(written).toString("base64")).toBe(vector.base64);

  const read = oracle.toObject(oracle.decode(written), {
    longs: String,
    enums: String,
    bytes: String,
    json: true,
  });
  expect(read).toEqual(vector.value);
  const rewritten = oracle.encode(oracle.fromObject(vector.value)).finish();
  expect(codec.decode(rewritten)).toEqual(message);
}

/** Parses .proto files with protobufjs, whose parser shares nothing with buf's. Field names are kept. */
export function parseProtos(directory: string): protobuf.Root {
  const root = new protobuf.Root();
  // Common types come with protobufjs under these names; descriptor.proto is a file of its package.
  root.resolvePath = (_origin, target) => {
    if (target === "google/protobuf/descriptor.proto") {
      return fileURLToPath(import.meta.resolve(`protobufjs/${target}`));
    }
    return target.startsWith("google/protobuf/") ? target : join(directory, target);
  };
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".proto"))
    .sort();
  return root.loadSync(files, { keepCase: true });
}

/** Finds codecs in generated modules by the full name that ts-proto's static type annotations put on them. */
export function codecsIn(
  ...modules: readonly Readonly<Record<string, unknown>>[]
): (message: string) => Codec | undefined {
  const codecs = new Map<string, Codec>();
  for (const value of modules.flatMap((module) => Object.values(module))) {
    if (isTyped(value)) codecs.set(value.$type, value);
  }
  return (message) => codecs.get(message);
}

function isTyped(value: unknown): value is Codec & { readonly $type: string } {
  return typeof value === "object" && value !== null && "$type" in value && "decode" in value;
}
