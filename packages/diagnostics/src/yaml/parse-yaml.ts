import { type Document, parseDocument } from "yaml";
import type { TextDocument } from "../document.ts";
import type { Issue } from "../issue.ts";
import { defaultMaxBytes, defaultMaxDepth, type ParseTextOptions } from "../json/parse-json.ts";
import { decodeUtf8 } from "../json/utf8.ts";
import { LineTable } from "../position.ts";
import { Anchors } from "./anchors.ts";
import { YamlDocument } from "./yaml-document.ts";
import { TooDeep, TooLarge, type YamlFault, yamlValue } from "./yaml-value.ts";

const yamlSpec = "https://yaml.org/spec/1.2.2/";

/** Enough to show what is wrong. */
const maxFaults = 50;

const tooDeep = "values are nested too deep";

/** Rules for what the library finds that is no fault of syntax. */
const rules: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "doc/single-document",
  RESOURCE_EXHAUSTION: "doc/size",
};

/**
 * Reads YAML 1.2 text, or its UTF-8 bytes, of which JSON is a part. Like `parseJson`, it never throws
 * for what is in the text, and keeps integers exact.
 */
export function parseYaml(
  input: string | Uint8Array,
  options: ParseTextOptions = {},
): TextDocument {
  const { maxBytes = defaultMaxBytes, maxDepth = defaultMaxDepth, source } = options;
  const size = typeof input === "string" ? input.length : input.byteLength;
  const decoded =
    size > maxBytes
      ? { text: "" }
      : typeof input === "string"
        ? { text: input }
        : decodeUtf8(input);
  const { text } = decoded;
  const faults: YamlFault[] = [];
  if (size > maxBytes) {
    const message = `the document has ${size} bytes, and the limit is ${maxBytes}`;
    faults.push({ rule: "doc/size", span: [0, 0], message });
  }
  if ("fault" in decoded && decoded.fault) {
    const { byte, offset } = decoded.fault;
    faults.push({
      rule: "doc/yaml-syntax",
      span: [offset, offset + 1],
      message: `byte ${byte} is no UTF-8`,
    });
  }
  const document = parse(text, faults);
  const anchors = new Anchors(document);
  const value = faults.some(({ rule }) => rule === "doc/size")
    ? undefined
    : readValue(document, anchors, maxDepth, faults);
  const lines = new LineTable(text);
  // After a fault of syntax anything may be missing, so that nothing is said of what is.
  const broken = new Set(faults.some(({ rule }) => rule === "doc/yaml-syntax") ? [""] : []);
  const issues = faults.map((fault) => toIssue(fault, lines, source));
  return new YamlDocument(text, document, anchors, value, issues, broken);
}

function parse(text: string, faults: YamlFault[]): Document {
  const options = {
    version: "1.2",
    intAsBigInt: true,
    prettyErrors: false,
    // Found here while the value is made: the library compares each name with each.
    uniqueKeys: false,
    logLevel: "error",
  } as const;
  try {
    const document = parseDocument(text, options);
    for (const { code, pos, message } of [...document.errors, ...document.warnings]) {
      if (faults.length >= maxFaults) break;
      const rule = rules[code] ?? "doc/yaml-syntax";
      faults.push({ rule, span: pos, message: rule === "doc/size" ? tooDeep : sentence(message) });
    }
    return document;
  } catch (error) {
    // The library descends by calls, and a text can be nested deeper than the stack.
    if (!(error instanceof RangeError)) throw error;
    faults.push({ rule: "doc/size", span: [0, 0], message: tooDeep });
    return parseDocument("");
  }
}

function readValue(
  document: Document,
  anchors: Anchors,
  maxDepth: number,
  faults: YamlFault[],
): unknown {
  try {
    const { value, faults: found } = yamlValue(document, anchors, maxDepth);
    faults.push(...found);
    return value;
  } catch (error) {
    if (error instanceof TooDeep) {
      const message = `values are nested deeper than ${maxDepth} levels`;
      faults.push({ rule: "doc/size", span: [error.offset, error.offset + 1], message });
    } else if (error instanceof TooLarge) {
      const message = "the document has too many values, with its aliases followed";
      faults.push({ rule: "doc/size", span: [0, 0], message });
    } else throw error;
    return undefined;
  }
}

function toIssue(fault: YamlFault, lines: LineTable, source: string | undefined): Issue {
  const { rule, span, message } = fault;
  return {
    rule,
    severity: "error",
    pointer: "",
    message,
    ...(source !== undefined && { source }),
    position: lines.position(span[0]),
    end: lines.position(span[1]),
    spec: yamlSpec,
  };
}

/** The library's message as ours are: lower case, no full stop. */
function sentence(message: string): string {
  const text = message.replace(/\.$/, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}
