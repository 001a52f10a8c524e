import { readSharedJson } from "@ocikit/testing";

/** A schema with every reference in its place, and without texts: what it demands and nothing else. */
export type Structure = null | boolean | number | string | Structure[] | StructureObject;

export interface StructureObject {
  [key: string]: Structure;
}

type Node = { readonly [key: string]: unknown };
type Files = Readonly<Record<string, Node>>;

/** Keywords that demand nothing. */
const silent = new Set([
  "$schema",
  "$id",
  "id",
  "title",
  "description",
  "$comment",
  "definitions",
  "$defs",
]);

/**
 * The structure of a schema. One schema in `anyOf` is that schema, and `allOf` of objects is one object:
 * to write it one way or the other demands the same.
 */
export function structure(files: Files, file: string): Structure {
  const root = files[file];
  if (!root) throw new Error(`read ${file}: there is no such schema`);
  return expand(files, file, root);
}

function expand(files: Files, file: string, node: unknown): Structure {
  if (Array.isArray(node)) return node.map((element) => expand(files, file, element));
  if (typeof node !== "object" || node === null) return node as Structure;
  const { $ref, allOf, anyOf, ...rest } = node as Node;
  if (typeof $ref === "string") {
    // Draft 4 passes over what stands beside a reference; what stands there in ours is silent.
    const [target, pointer = ""] = $ref.split("#") as [string, string?];
    return expand(files, target || file, resolve(files[target || file], pointer));
  }
  if (Array.isArray(anyOf) && anyOf.length === 1) return expand(files, file, anyOf[0]);
  const own: StructureObject = {};
  for (const [key, value] of Object.entries(rest)) {
    if (silent.has(key)) continue;
    if (key === "properties" || key === "patternProperties") {
      own[key] = Object.fromEntries(
        Object.entries(value as Node).map(([name, member]) => [name, expand(files, file, member)]),
      );
    } else if (key === "required") own[key] = [...(value as string[])].sort();
    else own[key] = expand(files, file, value);
  }
  const parts = Array.isArray(allOf) ? allOf.map((part) => expand(files, file, part)) : [];
  return parts.reduce<StructureObject>(
    (all, part) => mergeObjects(all, part as StructureObject),
    own,
  );
}

function mergeObjects(left: StructureObject, right: StructureObject): StructureObject {
  const merged = { ...left, ...right };
  if (left.properties && right.properties) {
    merged.properties = {
      ...(left.properties as StructureObject),
      ...(right.properties as StructureObject),
    };
  }
  return merged;
}

function resolve(root: unknown, pointer: string): unknown {
  let at = root;
  // One reference of version 1.3.0 lacks its first slash.
  for (const part of pointer.split("/").filter((piece) => piece !== "")) at = (at as Node)?.[part];
  if (at === undefined) throw new Error(`resolve ${pointer}: nothing is there`);
  return at;
}

const documents = {
  config: "config-schema.json",
  state: "state-schema.json",
  features: "features-schema.json",
};

export type DocumentName = keyof typeof documents;

/** The structure of the published schema of runtime-spec 1.3.0. */
export function publishedStructure(document: DocumentName): StructureObject {
  const parts = ["config", "defs", "features", "state"];
  const platforms = ["schema", "linux", "windows", "solaris", "freebsd", "vm", "zos"];
  const { sources } = readSharedJson<{
    readonly sources: readonly { readonly dir: string; readonly files: readonly string[] }[];
  }>("facts/schema/index.json");
  const names = sources.find(({ dir }) => dir === "runtime-spec")?.files ?? [];
  if (names.length < parts.length + platforms.length) throw new Error("schema files are missing");
  const files = Object.fromEntries(
    names.map((name) => [name, readSharedJson<Node>(`facts/schema/runtime-spec/${name}`)]),
  );
  return structure(files, documents[document]) as StructureObject;
}

/** Where ours differs on purpose, as changes to the published structure, each with its reason. */
export interface Deviation {
  readonly document: DocumentName;
  readonly at: string;
  readonly value: Structure | undefined;
  readonly reason: string;
}

export const deviations: readonly Deviation[] = [
  {
    document: "config",
    at: "/properties/linux/properties/rootfsPropagation/enum",
    value: [
      "private",
      "shared",
      "slave",
      "unbindable",
      "rprivate",
      "rshared",
      "rslave",
      "runbindable",
    ],
    reason: "engines write the recursive words and runtimes take them",
  },
  {
    document: "config",
    at: "/properties/linux/properties/resources/properties/pids/required",
    value: undefined,
    reason: "the text makes the limit optional",
  },
  {
    document: "config",
    at: "/properties/linux/properties/devices/items/properties/fileMode/maximum",
    value: 4294967295,
    reason:
      "engines write the bits of the type too and runtimes take them; dev/filemode judges the rest",
  },
  {
    document: "config",
    at: "/properties/windows/properties/resources/properties/cpu/properties/affinity",
    value: {
      type: "array",
      items: {
        type: "object",
        properties: {
          mask: { type: "integer", minimum: 0, maximum: 2 ** 64 },
          group: { type: "integer", minimum: 0, maximum: 4294967295 },
        },
      },
    },
    reason: "the text has a list of objects, and so have the Go types",
  },
  {
    document: "config",
    at: "/properties/vm/properties/hwConfig/properties/iomems/items",
    value: {
      type: "object",
      properties: {
        firstGFN: { type: "integer", minimum: 0, maximum: 2 ** 64 },
        firstMFN: { type: "integer", minimum: 0, maximum: 2 ** 64 },
        nrMFNs: { type: "integer", minimum: 0, maximum: 2 ** 64 },
      },
      required: ["firstMFN", "nrMFNs"],
    },
    reason: "a list of one schema applies to the first entry only, and the text means every entry",
  },
  ...(
    [
      "annotations",
      "linux/properties/sysctl",
      "linux/properties/resources/properties/unified",
    ] as const
  ).map(
    (path): Deviation => ({
      document: "config",
      at: `/properties/${path}`,
      value: { type: "object", additionalProperties: { type: "string" } },
      reason: "the pattern for names passes over the empty one, whose value is as little free",
    }),
  ),
  ...(["state", "features"] as const).map(
    (document): Deviation => ({
      document,
      at: "/properties/annotations",
      value: { type: "object", additionalProperties: { type: "string" } },
      reason: "as in the config",
    }),
  ),
  {
    document: "state",
    at: "/properties/status/enum",
    value: ["creating", "created", "running", "paused", "stopped"],
    reason: "the text leaves room for more words, and every runtime reports this one",
  },
  {
    document: "features",
    at: "/properties/linux/properties/memoryPolicy",
    value: {
      type: "object",
      properties: {
        modes: { type: "array", items: { type: "string" } },
        flags: { type: "array", items: { type: "string" } },
      },
    },
    reason: "the text describes it, and the schema has forgotten it",
  },
  ...(["schemata", "monitoring"] as const).map(
    (name): Deviation => ({
      document: "features",
      at: `/properties/linux/properties/intelRdt/properties/${name}`,
      value: { type: "boolean" },
      reason: "the text describes it, and the schema has forgotten it",
    }),
  ),
];

/** The published structure with the deviations in it. */
export function deviatingStructure(document: DocumentName): StructureObject {
  const root = publishedStructure(document);
  for (const deviation of deviations) {
    if (deviation.document !== document) continue;
    const parts = deviation.at.split("/").slice(1);
    const last = parts.pop() as string;
    let at = root;
    for (const part of parts) at = at[part] as StructureObject;
    if (deviation.value === undefined) delete at[last];
    else at[last] = deviation.value;
  }
  return root;
}
