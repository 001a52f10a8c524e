import { styleText } from "node:util";

let stages = 0;

/** Says what comes now, does it, and says how long it took when that was worth noticing. */
export async function stage<T>(title: string, work: () => T | Promise<T>): Promise<T> {
  stages++;
  console.log(styleText("bold", `\n${stages}. ${title}`));
  const begun = performance.now();
  const result = await work();
  const ms = performance.now() - begun;
  if (ms > 1000) console.log(styleText("dim", `   (${(ms / 1000).toFixed(1)} s)`));
  return result;
}

/** Text of another program or document, set off from what the walk itself says. */
export function quote(text: string): void {
  for (const line of text.trimEnd().split("\n")) console.log(`   ${styleText("dim", "│")} ${line}`);
}

export function say(text: string): void {
  console.log(`   ${text}`);
}
