import { documentDocs, type RuleDoc, type RuleDocs } from "@ocikit/diagnostics";
import { annotationDocs } from "./annotations.ts";
import { capabilityDocs } from "./capabilities.ts";
import { documentExamples } from "./document.ts";
import { rootDocs } from "./root.ts";
import { versionDocs } from "./version.ts";

/** What a person learns of each rule about `config.json`, by its id. */
export const configDocs: RuleDocs = {
  ...withExamples(documentExamples),
  ...versionDocs,
  ...rootDocs,
  ...annotationDocs,
  ...capabilityDocs,
};

function withExamples(all: Readonly<Record<string, RuleDoc["examples"]>>): RuleDocs {
  return Object.fromEntries(
    Object.entries(documentDocs).flatMap(([id, doc]) => {
      const examples = all[id];
      return examples ? [[id, { ...doc, examples }]] : [];
    }),
  );
}
