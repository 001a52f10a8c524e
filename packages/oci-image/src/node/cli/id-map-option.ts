import type { IdMap, IdRange } from "../id-map.ts";
import { type Context, texts, UsageError } from "./command.ts";

/** The maps of `--uid-map` and `--gid-map`; one without the other counts for both. */
export function idMapOf(context: Context): IdMap | undefined {
  const uids = texts(context, "uid-map").map(parseRange);
  const gids = texts(context, "gid-map").map(parseRange);
  if (uids.length === 0 && gids.length === 0) return undefined;
  return { uids: uids.length > 0 ? uids : gids, gids: gids.length > 0 ? gids : uids };
}

function parseRange(text: string): IdRange {
  const [, containerId, hostId, size] = /^(\d+):(\d+):(\d+)$/.exec(text) ?? [];
  if (size === undefined)
    throw new UsageError(`read id map ${JSON.stringify(text)}: not CONTAINER:HOST:SIZE`);
  return { containerId: Number(containerId), hostId: Number(hostId), size: Number(size) };
}
