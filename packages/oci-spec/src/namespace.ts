import type { Config, LinuxNamespace, LinuxNamespaceType } from "./generated/types.ts";

/** The container's namespace of a type, new or joined; undefined where it shares the runtime's. */
export function namespaceOf(
  { linux }: Config,
  wanted: LinuxNamespaceType,
): LinuxNamespace | undefined {
  return linux?.namespaces?.find(({ type }) => type === wanted);
}
