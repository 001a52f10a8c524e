import { criuErrors } from "../criu/log.ts";
import { errnoName } from "../errno.ts";
import { RuntimeError } from "../error.ts";
import type { Host, LaunchFailure } from "../host/host.ts";

/** Beside the images: what the standard streams were, so that others can take their place. */
export const descriptorsFile = "descriptors.json";

/** The file from which CRIU takes settings that count before ours; an annotation names another, or none. */
export function criuConfigFile(
  annotations: Readonly<Record<string, string>> | undefined,
): string | undefined {
  const given = annotations?.["org.criu.config"];
  return given === undefined ? "/etc/criu/runc.conf" : given || undefined;
}

/**
 * Makes sure that CRIU can do something on this kernel.
 *
 * @throws RuntimeError `CRIU_FAILED`
 */
export async function needCriu(host: Host, feature: string, name: string): Promise<void> {
  const { code, stderr } = await host.processes.run(["criu", "check", "--feature", feature]);
  if (code === 0) return;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  throw new RuntimeError("CRIU_FAILED", `CRIU is missing features: [${name}]: ${said}`);
}

/** A failure of CRIU: first what callers print, then where its log is and what that says. */
export async function criuFailure(
  host: Host,
  id: string,
  { syscall, errno, detail }: LaunchFailure,
  log: string,
): Promise<RuntimeError> {
  const answer = errno === 0 ? "" : `: ${syscall === "" ? "" : `${syscall}: `}${errnoName(errno)}`;
  const lines = [`${detail}${answer}`];
  if (errno === 0) lines.push(`log file: ${log}`, ...(await criuErrors(host, log)));
  return new RuntimeError("CRIU_FAILED", lines.join("\n"), { containerId: id });
}
