import type { MessageForm } from "./message-table.ts";

/** Nanoseconds since 1970, or of a time span, as `google.protobuf.Timestamp` and `Duration` have them. */
interface Seconds {
  readonly seconds: bigint;
  readonly nanos: number;
}

/** How messages that have a JSON form of their own are written and read. Reading throws a TypeError for what is not one. */
export const wellKnownForms: Readonly<Record<string, MessageForm>> = {
  "google.protobuf.Any": {
    toJson: (message) => {
      const { typeUrl, value } = message as { typeUrl: string; value: Uint8Array };
      return { "@type": typeUrl, value: toBase64(value) };
    },
    fromJson: (value) => {
      const { "@type": typeUrl, value: bytes } = value as { "@type": string; value?: string };
      return { typeUrl, value: fromBase64(bytes ?? "") };
    },
  },
  "google.protobuf.Duration": {
    toJson: (message) => `${decimal(message as Seconds)}s`,
    fromJson: (value) => {
      const [, sign, seconds = "0", fraction = ""] =
        /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(String(value)) ?? notA(value, "duration");
      const factor = sign === "-" ? -1 : 1;
      return {
        seconds: BigInt(seconds) * BigInt(factor),
        nanos: Number(fraction.padEnd(9, "0")) * factor,
      };
    },
  },
  "google.protobuf.Empty": { toJson: () => ({}), fromJson: () => ({}) },
  "google.protobuf.FieldMask": {
    toJson: (message) => (message as { paths: string[] }).paths.join(","),
    fromJson: (value) => ({ paths: String(value).split(",").filter(Boolean) }),
  },
  "google.protobuf.Timestamp": {
    toJson: (message) => {
      const { seconds, nanos } = message as Seconds;
      const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
      const fraction = String(nanos).padStart(9, "0").replace(/0+$/, "");
      return fraction === "" ? `${whole}Z` : `${whole}.${fraction}Z`;
    },
    fromJson: (value) => {
      const [, whole, fraction = "", zone] =
        /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/.exec(
          String(value),
        ) ?? notA(value, "timestamp");
      const ms = Date.parse(`${whole}${zone}`);
      if (Number.isNaN(ms)) notA(value, "timestamp");
      return { seconds: BigInt(ms / 1000), nanos: Number(fraction.padEnd(9, "0")) };
    },
  },
};

function decimal({ seconds, nanos }: Seconds): string {
  const negative = seconds < 0n || nanos < 0;
  const fraction = String(Math.abs(nanos)).padStart(9, "0").replace(/0+$/, "");
  const whole = String(seconds < 0n ? -seconds : seconds);
  return `${negative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

function notA(value: unknown, what: string): never {
  throw new TypeError(`${JSON.stringify(value)} is no ${what}`);
}

/** Base64 in the standard alphabet. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Bytes of base64 in either alphabet, with or without padding. Throws a TypeError for anything else. */
export function fromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, ""));
  } catch {
    return notA(text, "base64");
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
