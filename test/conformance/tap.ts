import { type Result, uniqueNames } from "./result.ts";

const line = /^(ok|not ok) \d+ (?:- )?(.*)$/;
const skipped = /^(.*?) #\s*skip\s*(?:\((.*)\)|(.*))$/i;

/** Reads the Test Anything Protocol as bats and crun's tests write it: one line a test, its output after it as comments. */
export function parseTap(text: string): Map<string, Result> {
  const found: { name: string; status: Result["status"]; detail: string[] }[] = [];
  for (const row of text.split(/\r?\n/)) {
    const [, verdict, description = ""] = line.exec(row) ?? [];
    if (verdict === undefined) {
      found.at(-1)?.detail.push(row.replace(/^# ?/, ""));
      continue;
    }
    const [, name, bracketed, bare] = skipped.exec(description) ?? [];
    if (name !== undefined) {
      found.push({ name, status: "skipped", detail: [bracketed ?? bare ?? ""] });
    } else {
      found.push({
        name: description,
        status: verdict === "ok" ? "passed" : "failed",
        detail: [],
      });
    }
  }
  const names = uniqueNames(found.map(({ name }) => name));
  return new Map(
    found.map(({ status, detail }, index) => [
      names[index] ?? "",
      { status, detail: detail.join("\n").trim() },
    ]),
  );
}
