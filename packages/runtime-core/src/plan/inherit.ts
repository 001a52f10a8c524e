import type { Process, User } from "@ocikit/oci-spec";

type Attributes = Pick<
  Process,
  | "capabilities"
  | "apparmorProfile"
  | "selinuxLabel"
  | "oomScoreAdj"
  | "ioPriority"
  | "scheduler"
  | "execCPUAffinity"
>;

/**
 * What one more process has as the container's own has it, where its document says nothing of it. Limits are
 * not among it: under runc and crun those are then the caller's.
 */
export interface Inheritance extends Attributes, Pick<User, "umask"> {}

const names: readonly (keyof Attributes)[] = [
  "capabilities",
  "apparmorProfile",
  "selinuxLabel",
  "oomScoreAdj",
  "ioPriority",
  "scheduler",
  "execCPUAffinity",
];

/** An empty text says nothing. */
function says(value: unknown): boolean {
  return value !== undefined && value !== "";
}

function attributesOf(process: Process): Attributes {
  const said = names.filter((name) => says(process[name]));
  return Object.fromEntries(said.map((name) => [name, process[name]]));
}

/** What a container's own process leaves to others. */
export function inheritanceOf(process: Process): Inheritance {
  const { umask } = process.user ?? {};
  return { ...attributesOf(process), ...(umask !== undefined && { umask }) };
}

/** Callers know it from runc: a document that says nothing of confinement does not lift it. */
export function inherit(process: Process, { umask, ...own }: Inheritance): Process {
  const { user } = process;
  return {
    ...process,
    ...own,
    ...attributesOf(process),
    ...(user && umask !== undefined && { user: { umask, ...user } }),
  };
}
