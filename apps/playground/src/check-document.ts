import {
  type Issue,
  parseJson,
  type Result,
  type RuleDoc,
  type TextDocument,
} from "@ocikit/diagnostics";
import { ImageConfig, Index, imageRuleDocs, LayoutHeader, Manifest } from "@ocikit/oci-image";
import { Features, State } from "@ocikit/oci-spec";
import { isRuntime, type PortabilityTarget, PortableConfig } from "@ocikit/oci-spec/portability";
import { ruleById } from "@ocikit/oci-spec/rules";

/** A kind of document, as people call it, and how it is checked. */
interface Kind {
  readonly name: string;
  readonly check: (document: TextDocument, target: PortabilityTarget) => Result<unknown>;
  readonly explain: (rule: string) => RuleDoc | undefined;
}

const runtimeRule = (id: string): RuleDoc | undefined => ruleById(id);
const imageRule = (id: string): RuleDoc | undefined => imageRuleDocs[id] ?? ruleById(id);

const kinds = {
  config: {
    name: "config of a container",
    check: (document, target) => PortableConfig.checkDocument(document, { target }),
    explain: runtimeRule,
  },
  state: {
    name: "state of a container",
    check: (document) => State.checkDocument(document),
    explain: runtimeRule,
  },
  features: {
    name: "features of a runtime",
    check: (document) => Features.checkDocument(document),
    explain: runtimeRule,
  },
  manifest: {
    name: "image manifest",
    check: (document) => Manifest.checkDocument(document),
    explain: imageRule,
  },
  index: {
    name: "image index",
    check: (document) => Index.checkDocument(document),
    explain: imageRule,
  },
  image: {
    name: "config of an image",
    check: (document) => ImageConfig.checkDocument(document),
    explain: imageRule,
  },
  layout: {
    name: "header of an image layout",
    check: (document) => LayoutHeader.checkDocument(document),
    explain: imageRule,
  },
} satisfies Record<string, Kind>;

/** What a document is and what there is to say of it. */
export interface CheckedText {
  readonly kind: string;
  readonly issues: readonly Issue[];
  readonly explain: (rule: string) => RuleDoc | undefined;
}

/** Checks a document of whatever kind it is. */
export function checkDocument(text: string, target: PortabilityTarget = {}): CheckedText {
  const document = parseJson(text);
  const { name, check, explain } = kinds[kindOf(document.value)];
  const result = check(document, target);
  return { kind: name, issues: result.ok ? result.warnings : result.issues, explain };
}

/** What is most likely meant, told from names that only one kind has. */
function kindOf(value: unknown): keyof typeof kinds {
  const has = (name: string): boolean =>
    typeof value === "object" && value !== null && Object.hasOwn(value, name);
  if (has("imageLayoutVersion")) return "layout";
  if (has("manifests")) return "index";
  if (has("layers") || (has("config") && has("schemaVersion"))) return "manifest";
  if (has("rootfs") || (has("architecture") && has("os"))) return "image";
  if (has("ociVersionMin") || has("ociVersionMax")) return "features";
  return has("status") && has("bundle") ? "state" : "config";
}

/** The target that is written in the fields of the page, or what is wrong with them. */
export function targetOf(runtimes: string, kernel: string): PortabilityTarget | string {
  const words = runtimes.split(/[\s,]+/).filter(Boolean);
  const unknown = words.find((word) => !isRuntime(word));
  if (unknown !== undefined) return `${unknown} is no runtime that is known here`;
  if (kernel !== "" && !/^\d+\.\d+/.test(kernel)) return `${kernel} is no version of a kernel`;
  return {
    ...(words.length > 0 && { runtimes: words.filter(isRuntime) }),
    ...(kernel !== "" && { kernel }),
  };
}
