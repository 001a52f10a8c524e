/** How long ago, or how long, in the words of docker and crictl. */
export function duration(seconds: number): string {
  const whole = Math.trunc(seconds);
  if (whole < 1) return "Less than a second";
  if (whole === 1) return "1 second";
  if (whole < 60) return `${whole} seconds`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(seconds / 3600);
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(seconds / 3600 / 24 / 365)} years`;
}

/** How long ago a moment in nanoseconds was. */
export function age(timeNs: bigint, nowMs: number): string {
  return `${duration(nowMs / 1000 - Number(timeNs / 1_000_000n) / 1000)} ago`;
}

/** Bytes with three digits, in thousands: 2.13MB. */
export function size(bytes: number | bigint): string {
  let value = Number(bytes);
  for (const unit of ["B", "kB", "MB", "GB", "TB"]) {
    if (Math.abs(value) < 1000 || unit === "TB") return `${digits(value)}${unit}`;
    value /= 1000;
  }
  return `${digits(value)}PB`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** The part of an id that people need: 13 characters, without the digest's name. */
export function shortId(id: string, whole: boolean): string {
  return whole ? id : id.replace(/^sha256:/, "").slice(0, 13);
}

/** Seconds of `90`, `1m30s` or `250ms`; undefined for what is no duration. */
export function parseSeconds(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
  let seconds = 0;
  for (const [, number, unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    seconds += Number(number) * (units[unit] ?? 0);
  }
  return seconds;
}
