export type { Bind, SandboxOptions } from "./sandbox.ts";
export { hasProgram, Sandbox, sandboxMissing } from "./sandbox.ts";
