/** What a command sees of the process it runs in, so that tests can be the process. */
export interface CommandIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** All of standard input; rejects above `maxBytes`. */
  readonly stdin: (maxBytes: number) => Promise<Uint8Array>;
  /** Whether standard output, and standard error, is a terminal. */
  readonly terminal: { readonly stdout: boolean; readonly stderr: boolean };
  /** Columns of the terminal, where there is one. */
  readonly columns: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** The process itself. */
export function processIo(): CommandIo {
  // A reader that has seen enough (`| head`) closes the pipe: that is its right, and no error of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(process.exitCode ?? 0);
  });
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stdin: readStdin,
    terminal: { stdout: process.stdout.isTTY === true, stderr: process.stderr.isTTY === true },
    columns: process.stdout.columns,
    env: process.env,
    cwd: process.cwd(),
  };
}

async function readStdin(maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`standard input has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Whether to write colours: as asked, or where a person is likely to see them (no-color.org). */
export function useColor(
  wanted: "auto" | "always" | "never",
  { env, terminal }: Pick<CommandIo, "env" | "terminal">,
): boolean {
  if (wanted !== "auto") return wanted === "always";
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "0") return true;
  return terminal.stdout && env.TERM !== "dumb";
}
