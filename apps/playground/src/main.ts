import { applyFixes, type Issue, type RuleDoc, stringifyJson } from "@ocikit/diagnostics";
import { type CheckedText, checkDocument, targetOf } from "./check-document.ts";
import { examples } from "./examples.ts";
import { markIssues } from "./mark-issues.ts";
import "./style.css";

/** The element of the page with this id. */
function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`the page has no ${type.name} #${id}`);
  return found;
}

const text = element("text", HTMLTextAreaElement);
const marks = element("marks", HTMLPreElement);
const lines = element("lines", HTMLPreElement);
const list = element("issues", HTMLOListElement);
const summary = element("summary", HTMLParagraphElement);
const article = element("rule", HTMLElement);
const chooser = element("example", HTMLSelectElement);
const target = element("target", HTMLInputElement);
const kernel = element("kernel", HTMLInputElement);
const fix = element("fix", HTMLButtonElement);

/** A new element with text in it, which is never read as markup. */
function make(name: string, words: string, className = ""): HTMLElement {
  const made = document.createElement(name);
  made.textContent = words;
  made.className = className;
  return made;
}

function show(): void {
  const place = targetOf(target.value.trim(), kernel.value.trim());
  const wrong = typeof place === "string" ? place : undefined;
  const checked = checkDocument(text.value, typeof place === "string" ? {} : place);
  const { kind, issues } = checked;
  const many = (severity: string): number =>
    issues.filter((one) => one.severity === severity).length;
  summary.textContent =
    wrong ?? `${kind}: ${many("error")} errors, ${many("warning")} warnings, ${many("info")} infos`;
  marks.replaceChildren(
    ...markIssues(text.value, issues).map((stretch) =>
      make("span", stretch.text, stretch.severity),
    ),
    "\n",
  );
  lines.textContent = text.value
    .split("\n")
    .map((_, index) => index + 1)
    .join("\n");
  list.replaceChildren(...issues.map((issue) => item(issue, checked)));
  fix.disabled = !issues.some((issue) => issue.fix?.edits);
  article.hidden = true;
}

function item(issue: Issue, checked: CheckedText): HTMLLIElement {
  const { severity, message, rule, position, pointer } = issue;
  const entry = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.append(
    make("span", `${position?.line}:${position?.column}`, "place"),
    make("span", severity, severity),
    make("span", message, "message"),
    make("code", `${rule} ${pointer}`),
  );
  button.addEventListener("click", () => {
    if (position) goTo(position.offset, issue.end?.offset ?? position.offset);
    explain(issue, checked.explain(rule));
  });
  entry.append(button);
  return entry;
}

function goTo(from: number, to: number): void {
  text.focus();
  text.setSelectionRange(from, to);
  const line = text.value.slice(0, from).split("\n").length;
  const height = text.scrollHeight / text.value.split("\n").length;
  text.scrollTop = Math.max(0, line * height - text.clientHeight / 2);
}

function explain({ rule, spec }: Issue, doc: RuleDoc | undefined): void {
  article.hidden = doc === undefined;
  if (!doc) return;
  const example = (value: unknown): HTMLElement =>
    make("pre", typeof value === "string" ? value : stringifyJson(value, "  "));
  const { bad, good } = doc.examples;
  const patch = (one: typeof bad): unknown => (typeof one === "string" ? one : one.patch);
  article.replaceChildren(
    make("h2", rule),
    make("p", doc.title),
    make("p", doc.explanation),
    make("h3", "wrong"),
    example(patch(bad)),
    make("h3", "right"),
    example(patch(good)),
  );
  if (spec === undefined) return;
  const link = document.createElement("a");
  link.href = spec;
  link.textContent = "what demands it";
  article.append(link);
}

function fixAll(): void {
  const place = targetOf(target.value.trim(), kernel.value.trim());
  // One fix can make room for another; what needs more rounds goes in circles.
  for (let round = 0; round < 10; round++) {
    const { issues } = checkDocument(text.value, typeof place === "string" ? {} : place);
    const fixed = applyFixes(text.value, issues);
    if (fixed.applied.length === 0) break;
    text.value = fixed.text;
  }
  show();
}

const documents = examples();
chooser.append(...documents.map(({ name }) => make("option", name)));
chooser.addEventListener("change", () => {
  text.value = documents[chooser.selectedIndex]?.text ?? "";
  show();
});
for (const field of [text, target, kernel]) field.addEventListener("input", show);
fix.addEventListener("click", fixAll);
text.addEventListener("scroll", () => {
  marks.scrollTop = lines.scrollTop = text.scrollTop;
  marks.scrollLeft = text.scrollLeft;
});
text.value = documents[0]?.text ?? "";
show();
