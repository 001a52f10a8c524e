import type { Seccomp, SeccompRule } from "../generated/types.ts";

/** What becomes of a system call by the rules of a profile, and where that stands. */
export interface CallRules {
  readonly text: string;
  readonly pointer: string;
}

const withErrno: ReadonlySet<string> = new Set(["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"]);

/** The rules of each call of a profile, written so that profiles that say the same are the same. */
export function callRules({
  defaultAction,
  defaultErrnoRet,
  syscalls = [],
}: Seccomp): ReadonlyMap<string, CallRules> {
  const byName = new Map<string, { texts: Set<string>; pointer: string }>();
  const otherwise = actionText(defaultAction, defaultErrnoRet);
  for (const [index, rule] of syscalls.entries()) {
    const text = ruleText(rule);
    // It says what is said of all calls.
    if (text === otherwise) continue;
    for (const [place, name] of rule.names.entries()) {
      const found = byName.get(name);
      if (found) found.texts.add(text);
      else {
        const pointer = `/linux/seccomp/syscalls/${index}/names/${place}`;
        byName.set(name, { texts: new Set([text]), pointer });
      }
    }
  }
  return new Map(
    [...byName].map(([name, { texts, pointer }]) => [
      name,
      { text: [...texts].sort().join(", "), pointer },
    ]),
  );
}

function ruleText({ action, errnoRet, args = [] }: SeccompRule): string {
  const conditions = args
    .map(({ index, op, value, valueTwo }) =>
      op === "SCMP_CMP_MASKED_EQ"
        ? `arg ${index} & ${value} == ${valueTwo ?? 0}`
        : `arg ${index} ${op.replace("SCMP_CMP_", "")} ${value}`,
    )
    .sort();
  const what = actionText(action, errnoRet);
  return conditions.length === 0 ? what : `${what} if ${conditions.join(" and ")}`;
}

function actionText(action: string, errno: number | undefined): string {
  return withErrno.has(action)
    ? `${action} ${errno ?? 1}`
    : action === "SCMP_ACT_KILL"
      ? "SCMP_ACT_KILL_THREAD"
      : action;
}
