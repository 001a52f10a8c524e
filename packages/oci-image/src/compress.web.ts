import { ImageError } from "./error.ts";

/** Compresses a stream as browsers can: gzip, at the level they choose. */
export async function* compress(
  source: AsyncIterable<Uint8Array>,
  compression: "gzip" | "zstd",
  _level?: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (compression === "zstd")
    throw new ImageError("UNSUPPORTED", "compress zstd: browsers have none");
  const stream = new CompressionStream("gzip");
  const writer = stream.writable.getWriter();
  const feeding = (async () => {
    // What is written here is what a browser's streams take: views of plain buffers.
    for await (const chunk of source) await writer.write(chunk as Uint8Array<ArrayBuffer>);
    await writer.close();
  })();
  feeding.catch((cause) => writer.abort(cause));
  const reader = stream.readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  await feeding;
}
