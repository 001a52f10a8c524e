/** What keeps this process busy, by kind: sockets, servers, files. */
export function openHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (/socket|pipe|server|http2|fs/i.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** What is open now beyond what was open before; empty when nothing was left behind. */
export function handlesBeyond(before: Record<string, number>): Record<string, number> {
  const beyond = Object.entries(openHandles()).filter(([kind, n]) => n > (before[kind] ?? 0));
  return Object.fromEntries(beyond);
}
