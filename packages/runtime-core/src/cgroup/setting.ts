import type { CgroupSetting } from "./resources.ts";

export const resourcesPointer = "/linux/resources";

/** A value for a file, unless there is none; `from` is where beneath the resources it stands. */
export function setting(file: string, value: unknown, from: string): readonly CgroupSetting[] {
  return value === undefined
    ? []
    : [{ file, texts: [String(value)], from: resourcesPointer + from }];
}

/** A number that says something: callers of runc write 0 where they mean nothing. */
export function given(value: number | bigint | undefined): number | bigint | undefined {
  return value === undefined || Number(value) === 0 ? undefined : value;
}

/** The text of `pids.max`; none at all is one, the process itself, since systemd knows no 0. */
export function pidsMax(limit: number | bigint): string {
  if (Number(limit) < 0) return "max";
  return Number(limit) === 0 ? "1" : String(limit);
}
