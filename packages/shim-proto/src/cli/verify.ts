import type { ShimDialect } from "../engine/bootstrap.ts";
import { packPayload } from "../payload.ts";
import { type VerifyFinding, verifyShim } from "../verify/verify-shim.ts";
import { readMessage } from "./read-message.ts";

export interface VerifyCommand {
  readonly program: string;
  readonly dialects: readonly ShimDialect[] | undefined;
  readonly bundle: string | undefined;
  /** Runtime options as JSON. */
  readonly options: string | undefined;
  readonly json: boolean;
}

const signs = { kept: "ok  ", broken: "FAIL", skipped: "skip" } as const;

/** Drives a shim and reports. Returns whether it kept everything. */
export async function runVerify(
  { program, dialects, bundle, options, json }: VerifyCommand,
  print: (line: string) => void,
): Promise<boolean> {
  const any =
    options === undefined
      ? packPayload("containerd.runc.v1.Options", {
          binaryName: "runc",
          root: "/run/containerd/runc",
        })
      : // as: an Any is read by its own form
        (readMessage("google.protobuf.Any", options) as ReturnType<typeof packPayload>);
  const findings = await verifyShim(program, {
    dialects,
    bundle,
    options: any,
    onFinding: (finding) => {
      if (!json) print(describeFinding(finding));
    },
  });
  const broken = findings.filter(({ outcome }) => outcome === "broken");
  if (json) print(JSON.stringify({ program, findings }, undefined, 2));
  else {
    const kept = findings.filter(({ outcome }) => outcome === "kept").length;
    const skipped = findings.length - kept - broken.length;
    print(`${kept} kept, ${broken.length} broken, ${skipped} skipped`);
  }
  return broken.length === 0;
}

/** One finding in a line, and what was seen instead under it. */
export function describeFinding(finding: VerifyFinding): string {
  const { rule, dialect, outcome, title, clause, detail } = finding;
  const line = `${signs[outcome]} ${dialect === undefined ? "" : `[${dialect}] `}${rule}: ${title}`;
  if (detail === undefined) return line;
  return `${line}\n       ${detail}${outcome === "broken" ? `\n       clause: ${clause}` : ""}`;
}
