import type { LaunchFailure } from "../host.ts";

const answerType = { done: 100, failed: 101, launched: 102, ended: 103, streams: 104 } as const;

/** What the launcher answers, as native/launcher/src/server.c numbers it. */
export type LauncherAnswer =
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly failure: LaunchFailure }
  | { readonly type: "launched"; readonly pid: number; readonly startTime: number }
  | {
      readonly type: "ended";
      readonly code: number;
      readonly signal: number;
      /** What went wrong in the clean-up. */
      readonly failure: LaunchFailure | undefined;
    }
  | {
      readonly type: "streams";
      /** For each standard stream the launcher's descriptor of the other end, or -1. */
      readonly peers: readonly number[];
    };

function readFailure(body: Buffer): LaunchFailure {
  const [syscall = "", from = "", detail = ""] = body.subarray(8).toString("utf8").split("\0");
  return { step: body.readInt32LE(0), errno: body.readInt32LE(4), syscall, from, detail };
}

/** How many bytes the numbers of an answer have. */
const numberBytes: Readonly<Record<number, number>> = {
  [answerType.done]: 0,
  [answerType.failed]: 8,
  [answerType.launched]: 12,
  [answerType.ended]: 8,
  [answerType.streams]: 12,
};

/**
 * Reads an answer.
 *
 * @throws Error for one that no launcher gives
 */
export function readAnswer(type: number, body: Buffer): LauncherAnswer {
  if (body.length < (numberBytes[type] ?? 0)) {
    throw new Error(`the launcher answered with ${type}, and ${body.length} bytes only`);
  }
  switch (type) {
    case answerType.done:
      return { type: "done" };
    case answerType.failed:
      return { type: "failed", failure: readFailure(body) };
    case answerType.launched: {
      const startTime = body.readUInt32LE(4) + body.readUInt32LE(8) * 0x100000000;
      return { type: "launched", pid: body.readUInt32LE(0), startTime };
    }
    case answerType.ended: {
      const rest = body.subarray(8);
      if (rest.length > 0 && rest.length < 8) {
        throw new Error("the launcher told of a failure, and of half of it only");
      }
      return {
        type: "ended",
        code: body.readInt32LE(0),
        signal: body.readInt32LE(4),
        failure: rest.length > 0 ? readFailure(rest) : undefined,
      };
    }
    case answerType.streams:
      return { type: "streams", peers: [0, 4, 8].map((offset) => body.readInt32LE(offset)) };
    default:
      throw new Error(`the launcher answered with ${type}, which is no answer`);
  }
}
