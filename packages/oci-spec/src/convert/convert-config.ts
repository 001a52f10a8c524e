import { applyEdits, applyPatch, parseJson } from "@ocikit/diagnostics";
import { Config } from "../config.ts";
import { type ConversionStep, nextStep } from "./conversion-step.ts";
import type { SpecVersion } from "./spec-version.ts";

/** What became of a config, or of its text. */
export interface Conversion<T> {
  readonly result: T;
  /** What was changed, in order; those with `loss` are what the version has no words for. */
  readonly steps: readonly ConversionStep[];
}

/** A config for another version of the specification. */
export function convertConfig(config: Config, to: SpecVersion): Conversion<Config> {
  const steps: ConversionStep[] = [];
  let result = config;
  for (let step = nextStep(result, to); step; step = nextStep(result, to)) {
    steps.push(step);
    result = applyPatch(result, step.patch);
  }
  return { result, steps };
}

/**
 * The text of a config for another version of the specification; what does not change keeps its form.
 * Fails with ValidationError `INVALID_DOCUMENT` when the text does not satisfy the schema.
 */
export function convertText(text: string, to: SpecVersion): Conversion<string> {
  const { steps } = convertConfig(Config.parse(text, { rules: false }), to);
  let result = text;
  for (const { patch } of steps) {
    const document = parseJson(result);
    const edits = document.edits(patch);
    result = edits
      ? applyEdits(result, edits)
      : // A text of odd form: the same value, written anew. It is a config, which the first look has shown.
        Config.stringify(applyPatch(document.value as Config, patch));
  }
  return { result, steps };
}
