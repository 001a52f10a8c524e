import { defineSchema, type Schema } from "@ocikit/diagnostics";
import { shapes } from "./generated/features-shapes.ts";
import type { Features as FeaturesDocument } from "./generated/types.ts";
import { validate } from "./generated/validate-features.ts";
import { sayings } from "./sayings.ts";

/** What a runtime can do, as its `features` command prints it. */
export interface Features extends FeaturesDocument {}

/** Checks the output of a runtime's `features`. Null is as good as left out there, and read as that. */
export const Features: Schema<Features> = defineSchema<Features>({
  name: "Features",
  validate,
  shapes,
  sayings,
  nulls: "allow",
  rules: [],
  target: undefined,
});
