import { mergePatch } from "../fix/merge-patch.ts";
import type { Issue } from "../issue.ts";
import { stringifyJson } from "../json/stringify.ts";
import type { Example, RuleDocs } from "../rule.ts";
import type { Schema } from "../schema/schema.ts";

/** An example as the text of a document, and the target it is for. */
export interface ExampleDocument {
  readonly text: string;
  readonly target: unknown;
}

/** The document that an example stands for, `base` being the small valid one that patches are to. */
export function exampleDocument(example: Example, base: unknown): ExampleDocument {
  if (typeof example === "string") return { text: example, target: undefined };
  return { text: stringifyJson(mergePatch(base, example.patch), "  "), target: example.target };
}

/**
 * What is wrong with the docs of a schema's rules: a rule without docs, docs without rule, an example
 * that does not do what it should, an issue without a place. Empty when all is well.
 */
export function exampleFaults<T, Target>(
  schema: Schema<T, Target>,
  docs: RuleDocs,
  base: unknown,
): string[] {
  const faults: string[] = [];
  const rules = new Map(schema.rules.map((rule) => [rule.id, rule]));
  for (const id of rules.keys()) if (!docs[id]) faults.push(`${id} has no docs`);
  for (const [id, { examples }] of Object.entries(docs)) {
    if (!rules.has(id)) {
      faults.push(`${id} is no rule`);
      continue;
    }
    const bad = issuesOf(schema, examples.bad, base);
    const spoken = bad.filter(({ rule }) => rule === id);
    if (spoken.length === 0) faults.push(`${id} says nothing of its bad example`);
    for (const { position, end, message } of spoken) {
      if (!position || !end) faults.push(`${id} has no position in its bad example`);
      if (message.endsWith(".")) faults.push(`${id} ends in a full stop: ${message}`);
    }
    const good = issuesOf(schema, examples.good, base).filter(({ rule }) => rule === id);
    for (const { message } of good) faults.push(`${id} speaks about its good example: ${message}`);
  }
  return faults;
}

function issuesOf<T, Target>(
  schema: Schema<T, Target>,
  example: Example,
  base: unknown,
): readonly Issue[] {
  const { text, target } = exampleDocument(example, base);
  // An example's target is written for the rules it is beside, which are this schema's.
  const result = schema.checkText(text, { target: target as Target | undefined });
  return result.ok ? result.warnings : result.issues;
}
