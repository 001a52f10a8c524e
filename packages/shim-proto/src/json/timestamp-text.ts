import { Timestamp } from "../gen/google/protobuf/timestamp.ts";

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** A time as RFC 3339 writes it, to the nanosecond. */
export function toTimestampText({ seconds, nanos }: Timestamp): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, "");
  const digits = String(nanos)
    .padStart(9, "0")
    .replace(/(000)+$/, "");
  return `${whole}${nanos === 0 ? "" : `.${digits}`}Z`;
}

/** The time of a text in RFC 3339; undefined for any other text. */
export function fromTimestampText(text: string): Timestamp | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", sign, hours, minutes] = match;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day))
    return undefined;
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === "-" ? -60 : 60);
  return Timestamp.fromPartial({
    seconds: BigInt(Math.floor(date.getTime() / 1000) - offset),
    nanos: Number(fraction.padEnd(9, "0")),
  });
}
