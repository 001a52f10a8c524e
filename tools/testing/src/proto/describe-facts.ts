import { describe, expect, test } from "vitest";
import { describeShared, readSharedJson } from "../shared.ts";
import { compileProtos, type FileDescriptor } from "./descriptor.ts";
import { type FileFacts, type MessageFacts, type PackageFacts, toFacts } from "./facts.ts";

export interface ProtoFactsOptions {
  /** The folder with the .proto files. */
  readonly directory: string;
  /** Names of the files in facts/proto that the folder must match. */
  readonly facts: readonly string[];
  /** Only these of the files that the facts describe, by the path the facts give; otherwise all of them. */
  readonly paths?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Tests that the .proto files of a folder say exactly what the facts say: every message, field, enum, value, service and
 * method, with nothing missing and nothing added. How they are spread over files is compared by path only where the
 * folder has a file of that path.
 */
export function describeProtoFacts(name: string, options: ProtoFactsOptions): void {
  describeShared(name, () => {
    const compiled = compileProtos(options.directory);
    for (const factsFile of options.facts) {
      const { package: packageName, files } = readSharedJson<PackageFacts>(
        `facts/proto/${factsFile}`,
      );
      const wanted = options.paths?.[factsFile];
      const stated = files.filter(({ path }) => wanted === undefined || wanted.includes(path));
      describe(`${packageName} says what ${factsFile} says`, () => {
        compareFiles(stated, compiled, packageName);
      });
    }
  });
}

function compareFiles(
  stated: readonly FileFacts[],
  compiled: readonly FileDescriptor[],
  packageName: string,
): void {
  // Well-known types come with the compiler, more of them than the facts list.
  const own = compiled
    .map(toFacts)
    .filter((file) => file.package === packageName || stated.some((s) => s.path === file.path));
  const messages = own.flatMap((file) => file.messages);
  const enums = own.flatMap((file) => file.enums);
  const services = own.flatMap((file) => file.services);
  const extensions = own.flatMap((file) => file.extensions ?? []);

  for (const fact of stated.flatMap((file) => file.messages)) {
    test(`message ${fact.name}`, () => {
      const found = messages.find((message) => message.name === fact.name);
      expect(found && byNumber(found)).toEqual(byNumber(fact));
    });
  }
  for (const fact of stated.flatMap((file) => file.enums)) {
    test(`enum ${fact.name}`, () => {
      expect(enums.find((one) => one.name === fact.name)).toEqual(fact);
    });
  }
  for (const fact of stated.flatMap((file) => file.services)) {
    test(`service ${fact.name}`, () => {
      expect(services.find((service) => service.name === fact.name)).toEqual(fact);
    });
  }
  test("states nothing besides", () => {
    const all = [...messages, ...enums, ...services, ...extensions].map(({ name }) => name);
    const known = stated.flatMap((file) =>
      [...file.messages, ...file.enums, ...file.services, ...(file.extensions ?? [])].map(
        ({ name }) => name,
      ),
    );
    expect(all.sort()).toEqual(known.sort());
  });
  test("has the options and extensions of each file", () => {
    for (const { path, options, extensions } of stated) {
      const file = own.find((one) => one.path === path);
      if (file === undefined) continue;
      expect([path, file.options, file.extensions]).toEqual([path, options, extensions]);
    }
  });
}

/** The order in which fields are declared means nothing, and generated code writes them in that order. */
function byNumber(message: MessageFacts): MessageFacts {
  return { ...message, fields: message.fields.toSorted((a, b) => a.number - b.number) };
}
