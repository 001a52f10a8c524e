const pattern =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/** Nanoseconds since 1970 of an RFC 3339 timestamp with up to nine digits of fraction; undefined for anything else. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** The same, written: in UTC, without zeros at the end of the fraction, as Go writes it. */
export function formatTimestamp(timeNs: bigint): string {
  // Rounded down also before 1970, so that the fraction is never negative.
  const fraction = ((timeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((timeNs - fraction) / 1_000_000n)).toISOString().slice(0, 19);
  const digits = fraction.toString().padStart(9, "0").replace(/0+$/, "");
  return digits === "" ? `${seconds}Z` : `${seconds}.${digits}Z`;
}

/** A moment as people give it: milliseconds since 1970, a Date, or an RFC 3339 text. Throws a TypeError otherwise. */
export function toTimeNs(moment: number | Date | string): bigint {
  if (typeof moment === "string") {
    const timeNs = parseTimestamp(moment);
    if (timeNs !== undefined) return timeNs;
  } else {
    const ms = Number(moment);
    if (Number.isFinite(ms)) return BigInt(Math.round(ms * 1000)) * 1000n;
  }
  throw new TypeError(
    `${JSON.stringify(moment)} is no moment: neither milliseconds, a Date nor RFC 3339`,
  );
}
