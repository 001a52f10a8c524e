/**
 * Maps the elements of a source, at most `limit` at a time, and gives the results in the order of the
 * source. Takes no more from the source than it works on, so that a large tree is never held whole.
 */
export async function* mapOrdered<T, R>(
  source: AsyncIterable<T>,
  limit: number,
  map: (element: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  for await (const element of source) {
    const result = map(element);
    // A rejection is seen when its turn comes; until then it must not count as unhandled.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= limit) yield await (running.shift() as Promise<R>);
  }
  for (const result of running) yield await result;
}
