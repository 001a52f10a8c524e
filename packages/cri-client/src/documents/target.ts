/** What may be assumed about the machine a document is for; what is not said is not assumed. */
export interface Target {
  readonly cgroup?: "v1" | "v2" | undefined;
}
