import type { Report, Rule, RuleDocs } from "@ocikit/diagnostics";
import { digestOf, isDigest, isVerifiable } from "../digest.ts";
import type { Descriptor, Index, Manifest } from "../document.ts";
import { decodeBase64 } from "./base64.ts";
import { clause } from "./clause.ts";

const properties = clause("descriptor.md#properties");
const digests = clause("descriptor.md#registered-algorithms");

/** A descriptor and where it stands. */
type Found = readonly [pointer: readonly (string | number)[], descriptor: Descriptor];

/** Rules about descriptors, for any document that holds some. */
export function descriptorRulesFor<T>(
  descriptorsOf: (document: T) => readonly Found[],
): readonly Rule<T>[] {
  const each =
    (look: (descriptor: Descriptor, report: Report, at: readonly (string | number)[]) => void) =>
    (document: T, report: Report): void => {
      for (const [at, descriptor] of descriptorsOf(document)) look(descriptor, report, at);
    };
  return [
    {
      id: "descriptor/digest",
      severity: "error",
      spec: digests,
      check: each((descriptor, report, at) => {
        const digest: string = descriptor.digest;
        if (isDigest(digest)) return;
        const algorithm = digest.split(":", 1)[0] ?? "";
        const digits = algorithm === "sha512" ? 128 : 64;
        report(
          [...at, "digest"],
          `must have ${digits} lower-case hexadecimal digits after ${algorithm}:`,
        );
      }),
    },
    {
      id: "descriptor/algorithm",
      severity: "warning",
      spec: digests,
      check: each(({ digest }, report, at) => {
        const algorithm = digest.split(":", 1)[0] ?? "";
        if (isVerifiable(algorithm)) return;
        report([...at, "digest"], `${algorithm} is not a registered algorithm: few can verify it`);
      }),
    },
    {
      id: "descriptor/size",
      severity: "error",
      spec: properties,
      check: each(({ size }, report, at) => {
        if (size < 0) report([...at, "size"], "must not be negative");
      }),
    },
    {
      id: "descriptor/data",
      severity: "error",
      spec: clause("descriptor.md#embedded-content"),
      check: each(({ data, digest, size }, report, at) => {
        if (data === undefined) return;
        const bytes = decodeBase64(data);
        if (bytes === undefined) report([...at, "data"], "must be base64 with its padding");
        else if (bytes.length !== size)
          report([...at, "data"], `has ${bytes.length} bytes where size says ${size}`);
        else if (digest.startsWith("sha256:") && digestOf(bytes) !== digest) {
          report([...at, "data"], `has the digest ${digestOf(bytes)}, not ${digest}`);
        }
      }),
    },
  ];
}

/** Descriptors of a manifest. */
export function manifestDescriptors({ config, layers, subject }: Manifest): readonly Found[] {
  return [
    [["config"], config],
    ...layers.map((layer, i): Found => [["layers", i], layer]),
    ...(subject === undefined ? [] : [[["subject"], subject] as Found]),
  ];
}

/** Descriptors of an index. */
export function indexDescriptors({ manifests, subject }: Index): readonly Found[] {
  return [
    ...manifests.map((entry, i): Found => [["manifests", i], entry]),
    ...(subject === undefined ? [] : [[["subject"], subject] as Found]),
  ];
}

const empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

export const descriptorDocs: RuleDocs = {
  "descriptor/digest": {
    title: "digest of a registered algorithm is well formed",
    explanation:
      "sha256 has 64 and sha512 has 128 hexadecimal digits, in lower case. Anything else is a digest of nothing, and a file name nobody finds.",
    examples: {
      bad: { patch: { config: { digest: `sha256:${empty.toUpperCase()}` } } },
      good: { patch: { config: { digest: `sha256:${empty}` } } },
    },
  },
  "descriptor/algorithm": {
    title: "digest is of a registered algorithm",
    explanation:
      "Any algorithm is allowed by the grammar, but readers need only know sha256, and what they cannot verify they should refuse.",
    examples: {
      bad: { patch: { config: { digest: "md5:d41d8cd98f00b204e9800998ecf8427e" } } },
      good: { patch: { config: { digest: `sha256:${empty}` } } },
    },
  },
  "descriptor/size": {
    title: "size is not negative",
    explanation: "The schema allows any 64-bit number; a count of bytes is never below zero.",
    examples: {
      bad: { patch: { config: { size: -1 } } },
      good: { patch: { config: { size: 2 } } },
    },
  },
  "descriptor/data": {
    title: "embedded data are what the descriptor describes",
    explanation:
      "Readers may take the embedded data for the bytes. If digest or size say something else, two readers see two things.",
    examples: {
      bad: { patch: { config: { data: "e30" } } },
      good: { patch: { config: { data: "e30=" } } },
    },
  },
};
