/** Milliseconds in one of each unit that a grpc-timeout may have. */
const unitsMs = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
} as const;

/** The number of a grpc-timeout may have at most eight digits. */
const maxNumber = 99_999_999;

/** A timeout as the `grpc-timeout` header writes it, rounded up; the longest it can say when that is not enough. */
export function formatTimeout(timeoutMs: number): string {
  const wanted = Math.max(0, timeoutMs);
  for (const unit of ["m", "S", "M", "H"] as const) {
    const number = Math.ceil(wanted / unitsMs[unit]);
    if (number <= maxNumber) return `${number}${unit}`;
  }
  return `${maxNumber}H`;
}

/** Milliseconds that a `grpc-timeout` header says; undefined when it says nothing that can be read. */
export function parseTimeout(text: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  if (match === null) return undefined;
  // The pattern lets only these units through.
  return Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs];
}
