import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { ImageError } from "./error.ts";

/**
 * Compresses a stream, to the same bytes for the same input and zlib. gzip's header has neither time
 * nor operating system. `level` is zlib's or zstd's own.
 */
export async function* compress(
  source: AsyncIterable<Uint8Array>,
  compression: "gzip" | "zstd",
  level?: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const transform = compressorFor(compression, level);
  const feeding = (async () => {
    for await (const chunk of source) {
      if (!transform.write(chunk))
        await new Promise<void>((resolve) => transform.once("drain", resolve));
    }
    transform.end();
  })();
  feeding.catch((cause) => transform.destroy(cause));
  let first = compression === "gzip";
  try {
    for await (const chunk of transform as AsyncIterable<Buffer>) {
      // Byte 9 names the operating system: 255 is "unknown", and the same everywhere.
      if (first && chunk.length > 9) chunk[9] = 255;
      first = false;
      yield chunk;
    }
    await feeding;
  } finally {
    transform.destroy();
  }
}

function compressorFor(compression: "gzip" | "zstd", level: number | undefined): Transform {
  const chunkSize = 1 << 18;
  if (compression === "gzip") return zlib.createGzip({ chunkSize, level: level ?? 6 });
  if (zlib.createZstdCompress === undefined) {
    throw new ImageError("UNSUPPORTED", "compress zstd: this Node has none; 22.15 and later do");
  }
  const { ZSTD_c_compressionLevel } = zlib.constants;
  return zlib.createZstdCompress({ chunkSize, params: { [ZSTD_c_compressionLevel]: level ?? 3 } });
}
