import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Config } from "@ocikit/oci-spec";
import { onTestFinished } from "vitest";
import { baseConfig, eventually, type Place } from "./bundle.ts";
import { compiled } from "./compiled.ts";

/** Who receives a terminal. */
export interface Receiver {
  readonly path: string;
  /** Waits until the terminal has shown a text. */
  shows(text: string): Promise<string>;
  type(text: string): void;
  /** All that it has shown, once nobody has it open any more. */
  shown(): Promise<string>;
}

/** Listens for one terminal; what is typed on it and what it shows are the test's. */
export async function receiver(place: Place, name: string = "console.sock"): Promise<Receiver> {
  const path = join(place.folder, name);
  const child = spawn(compiled("receive-terminal.c"), [path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill());
  const closed = once(child, "close");
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  const shows = (text: string) =>
    eventually(
      () => output,
      (shown) => shown.includes(text),
    );
  await shows("listening\n");
  return {
    path,
    shows,
    type: (text: string) => child.stdin.write(text),
    shown: async () => {
      await closed;
      return output.replace("listening\n", "").replaceAll("\r", "");
    },
  };
}

/** A config whose program has a terminal. */
export function terminalConfig(...args: readonly string[]): ReturnType<typeof baseConfig> & Config {
  const config = baseConfig(...args);
  return { ...config, process: { ...config.process, terminal: true } };
}
