import { describe, expect, test } from "vitest";
import { type Import, importsOf, sources } from "./import-graph.ts";

/** Which packages of the house a package may import; what is not named here may import none. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  diagnostics: [],
  rpc: [],
  "oci-spec": ["diagnostics"],
  "oci-image": ["diagnostics", "inode", "oci-spec"],
  "cri-client": ["diagnostics", "rpc"],
  "shim-proto": ["diagnostics", "rpc"],
  "runtime-core": [
    "cri-client",
    "diagnostics",
    "launcher",
    "oci-image",
    "oci-spec",
    "rpc",
    "shim-proto",
  ],
};

const browserSafe = ["diagnostics", "oci-spec", "oci-image"];

const everything = Object.keys(allowed).flatMap((name) =>
  sources(`packages/${name}/src/**/*.ts`).flatMap(importsOf),
);

const packageOf = (file: string): string => file.split("/")[1] ?? "";
const folderOf = (file: string): string => file.split("/")[3] ?? "";
const show = (found: readonly Import[]): string[] =>
  found.map(({ file, specifier }) => `${file} imports ${specifier}`);

describe("packages", () => {
  test("every package has its line here", () => {
    const names = new Set(sources("packages/*/src/index.ts").map(packageOf));
    expect([...names].sort()).toEqual(Object.keys(allowed).sort());
  });

  test("a package imports only the packages below it", () => {
    const wrong = everything.filter(({ file, specifier }) => {
      const name = /^@ocikit\/([^/]+)/.exec(specifier)?.[1];
      return (
        name !== undefined && name !== packageOf(file) && !allowed[packageOf(file)]?.includes(name)
      );
    });
    expect(show(wrong)).toEqual([]);
  });

  test("a relative import stays in its package", () => {
    const wrong = everything.filter(
      ({ file, target }) =>
        target !== undefined && !target.startsWith(`packages/${packageOf(file)}/`),
    );
    expect(show(wrong)).toEqual([]);
  });

  test("diagnostics and the spec packages touch node: only under src/node", () => {
    const wrong = everything.filter(
      ({ file, specifier }) =>
        browserSafe.includes(packageOf(file)) &&
        specifier.startsWith("node:") &&
        !file.includes("/src/node/") &&
        !file.endsWith(".node.ts"),
    );
    expect(show(wrong)).toEqual([]);
  });

  test("outside src/node nothing of src/node is imported", () => {
    const wrong = everything.filter(
      ({ file, target }) => target?.includes("/src/node/") && !file.includes("/src/node/"),
    );
    expect(show(wrong.filter(({ file }) => browserSafe.includes(packageOf(file))))).toEqual([]);
  });

  test("tests' own packages are imported by tests only", () => {
    const wrong = everything.filter(
      ({ file, specifier }) =>
        /^@ocikit\/(testing|codegen)|^vitest/.test(specifier) && !file.includes("/src/testing/"),
    );
    expect(show(wrong)).toEqual([]);
  });
});

describe("runtime-core", () => {
  const own = everything.filter(({ file }) => packageOf(file) === "runtime-core");
  const pure = ["plan", "container", "cli"];

  test("plan, container and cli see the machine through Host alone", () => {
    const wrong = own.filter(
      ({ file, specifier }) =>
        pure.includes(folderOf(file)) &&
        (specifier.startsWith("node:") || specifier === "bun" || specifier === "@ocikit/launcher"),
    );
    expect(show(wrong)).toEqual([]);
  });

  test("plan and all it reaches is pure: oci-spec, the op table, and nothing that has effects", () => {
    const reached = new Set(
      own.map(({ file }) => file).filter((file) => folderOf(file) === "plan"),
    );
    // A set takes in what is added while it is walked.
    for (const file of reached) {
      for (const found of own) if (found.file === file && found.target) reached.add(found.target);
    }
    const folders = new Set([...reached].map(folderOf));
    for (const effects of ["host", "container", "cli", "bin"])
      expect(folders).not.toContain(effects);
    const wrong = own.filter(
      ({ file, specifier, target }) =>
        reached.has(file) && target === undefined && !specifier.startsWith("@ocikit/oci-spec"),
    );
    expect(show(wrong)).toEqual([]);
  });

  test("cli, shim and engine sit on container and never on each other", () => {
    const tops = ["cli", "shim", "engine"];
    const wrong = own.filter(({ file, target }) => {
      const from = folderOf(file);
      const to = target?.startsWith("packages/runtime-core/src/") ? folderOf(target) : "";
      return tops.includes(to) && from !== to && from !== "bin";
    });
    expect(show(wrong)).toEqual([]);
  });
});

describe("apps, examples and bench", () => {
  test("import the packages by their public names", () => {
    const wrong = ["apps/*/src/**/*.{ts,tsx}", "examples/*.ts", "bench/**/*.ts"]
      .flatMap(sources)
      .filter((file) => !file.includes("node_modules"))
      .flatMap(importsOf)
      .filter(
        ({ specifier, target }) =>
          target?.startsWith("packages/") || /@ocikit\/[^/]+\/(src|dist)/.test(specifier),
      );
    expect(show(wrong)).toEqual([]);
  });
});
