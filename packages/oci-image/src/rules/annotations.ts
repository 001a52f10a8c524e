import type { Report, Rule, RuleDocs } from "@ocikit/diagnostics";
import { didYouMean } from "@ocikit/diagnostics";
import { isDigest } from "../digest.ts";
import { clause } from "./clause.ts";
import { DATE_TIME, URI } from "./formats.ts";

const rules = clause("annotations.md#rules");
const predefined = clause("annotations.md#pre-defined-annotation-keys");

const PREFIX = "org.opencontainers.image.";
const KNOWN = [
  "created",
  "authors",
  "url",
  "documentation",
  "source",
  "version",
  "revision",
  "vendor",
  "licenses",
  "ref.name",
  "title",
  "description",
  "base.digest",
  "base.name",
].map((name) => PREFIX + name);

/** Keys whose values have a form. */
const FORMS: Readonly<Record<string, readonly [fits: (value: string) => boolean, saying: string]>> =
  {
    [`${PREFIX}created`]: [
      (value) => DATE_TIME.test(value),
      "must be a time as RFC 3339 writes it",
    ],
    [`${PREFIX}url`]: [(value) => URI.test(value), "must be an address"],
    [`${PREFIX}documentation`]: [(value) => URI.test(value), "must be an address"],
    [`${PREFIX}source`]: [(value) => URI.test(value), "must be an address"],
    [`${PREFIX}base.digest`]: [isDigest, "must be a digest"],
  };

/** Annotations of a document and of the descriptors in it, with where they stand. */
type Found = readonly [
  pointer: readonly (string | number)[],
  annotations: Readonly<Record<string, string>> | undefined,
];

/** Rules about annotations, for any document that holds some. */
export function annotationRulesFor<T>(
  annotationsOf: (document: T) => readonly Found[],
): readonly Rule<T>[] {
  const each =
    (
      look: (key: string, value: string, report: Report, at: readonly (string | number)[]) => void,
    ) =>
    (document: T, report: Report): void => {
      for (const [at, annotations] of annotationsOf(document)) {
        for (const [key, value] of Object.entries(annotations ?? {}))
          look(key, value, report, [...at, key]);
      }
    };
  return [
    {
      id: "annotation/key",
      severity: "error",
      spec: rules,
      check: each((key, _value, report, at) => {
        if (key === "") report(at, "an annotation needs a key", { part: "key" });
      }),
    },
    {
      id: "annotation/reserved",
      severity: "warning",
      spec: rules,
      check: each((key, _value, report, at) => {
        if (!key.startsWith(PREFIX) || KNOWN.includes(key)) return;
        report(
          at,
          `${key} is not defined, and org.opencontainers is reserved${didYouMean(key, KNOWN)}`,
          { part: "key" },
        );
      }),
    },
    {
      id: "annotation/value",
      severity: "warning",
      spec: predefined,
      check: each((key, value, report, at) => {
        const form = Object.hasOwn(FORMS, key) ? FORMS[key] : undefined;
        if (form !== undefined && !form[0](value)) report(at, form[1]);
      }),
    },
  ];
}

export const annotationDocs: RuleDocs = {
  "annotation/key": {
    title: "annotations have a key",
    explanation: "An empty key can be neither asked for nor overwritten on purpose.",
    examples: {
      bad: { patch: { annotations: { "": "x" } } },
      good: { patch: { annotations: { "com.example.key": "x" } } },
    },
  },
  "annotation/reserved": {
    title: "no key of one's own under org.opencontainers",
    explanation:
      "The prefix is kept for the specifications, so that a later one may give the key another meaning.",
    examples: {
      bad: { patch: { annotations: { "org.opencontainers.image.licence": "MIT" } } },
      good: { patch: { annotations: { "org.opencontainers.image.licenses": "MIT" } } },
    },
  },
  "annotation/value": {
    title: "predefined annotations have the form their text demands",
    explanation:
      "Times are RFC 3339, places are addresses, digests are digests; tools that read them fail on anything else.",
    examples: {
      bad: { patch: { annotations: { "org.opencontainers.image.created": "yesterday" } } },
      good: {
        patch: { annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" } },
      },
    },
  },
};
