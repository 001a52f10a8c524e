import type { runCheck } from "@ocikit/diagnostics/node";
import type { CliIo } from "./cli-io.ts";

/** The process as the driver of all check commands sees it. */
export function checkIo(io: CliIo): Parameters<typeof runCheck>[2] {
  return {
    stdout: (text) => void io.stdout.write(text),
    stderr: (text) => void io.stderr.write(text),
    stdin: async (maxBytes) => {
      const chunks: Uint8Array[] = [];
      let total = 0;
      for await (const chunk of io.stdin) {
        total += chunk.length;
        if (total > maxBytes) throw new Error(`standard input has more than ${maxBytes} bytes`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
    terminal: { stdout: io.stdout.isTTY === true, stderr: io.stderr.isTTY === true },
    columns: io.stdout.columns,
    env: io.env,
    cwd: io.cwd,
  };
}
