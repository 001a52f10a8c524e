import { Timestamp } from "./gen/google/protobuf/timestamp.ts";

/** The first moment of year 1: what Go's shims send for a time that has not come. */
export const zeroTimeSeconds: bigint = -62135596800n;

/** A timestamp of a date, or of now. */
export function toTimestamp(date: Date = new Date()): Timestamp {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new RangeError("not a date");
  const seconds = Math.floor(ms / 1000);
  return Timestamp.fromPartial({
    seconds: BigInt(seconds),
    nanos: Math.round((ms - seconds * 1000) * 1e6),
  });
}

/** The date of a timestamp, to the millisecond; undefined for none and for year 1, which both say "not yet". */
export function fromTimestamp(timestamp: Timestamp | undefined): Date | undefined {
  if (timestamp === undefined || timestamp.seconds === zeroTimeSeconds) return undefined;
  return new Date(Number(timestamp.seconds) * 1000 + Math.floor(timestamp.nanos / 1e6));
}
