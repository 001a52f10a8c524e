// Verifying a shim: what `shimctl verify` runs.
export { type VerifyRule, verifyRules } from "./rules.ts";
export { type VerifyFinding, type VerifyOptions, verifyShim } from "./verify-shim.ts";
