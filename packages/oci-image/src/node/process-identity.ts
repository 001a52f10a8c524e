import { readFile } from "node:fs/promises";

/** `pid-starttime`: names a process of this boot for good, since ids alone come round again. */
export async function ownIdentity(): Promise<string> {
  own ??= identityOf(process.pid);
  return own;
}

let own: Promise<string> | undefined;

/** Whether the process of this identity still runs. */
export async function isAlive(identity: string): Promise<boolean> {
  const pid = Number(identity.split("-", 1)[0]);
  return Number.isSafeInteger(pid) && pid > 0 && (await identityOf(pid)) === identity;
}

async function identityOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The 22nd field; the second, the program's name, may hold blanks and brackets.
  const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  return `${pid}-${started}`;
}
