import { describe, expect, test } from "vitest";
import { checkDocument, targetOf } from "./check-document.ts";
import { examples } from "./examples.ts";

describe("a document", () => {
  test.each([
    ['{"ociVersion": "1.3.0"}', "config of a container"],
    ["{", "config of a container"],
    ['{"ociVersion": "1.3.0", "status": "running", "bundle": "/b"}', "state of a container"],
    ['{"ociVersionMin": "1.0.0"}', "features of a runtime"],
    ['{"schemaVersion": 2, "config": {}, "layers": []}', "image manifest"],
    ['{"schemaVersion": 2, "manifests": []}', "image index"],
    ['{"architecture": "amd64", "os": "linux"}', "config of an image"],
    ['{"imageLayoutVersion": "1.0.0"}', "header of an image layout"],
  ])("%s is told by what is in it", (text, kind) => {
    expect(checkDocument(text).kind).toBe(kind);
  });

  test("of the examples shows slips at first, each with a place and a rule that is explained", () => {
    const shown = examples().map(({ text }) => checkDocument(text));
    expect(shown[0]?.issues.length).toBeGreaterThan(3);
    for (const { issues, explain } of shown) {
      for (const { rule, position } of issues) {
        expect(position, rule).toBeDefined();
        expect(explain(rule)?.title, rule).toBeDefined();
      }
    }
  });
});

describe("the fields for a place", () => {
  test("name runtimes and a kernel, or say what is wrong", () => {
    expect(targetOf("", "")).toEqual({});
    expect(targetOf("runc@1.1, youki", "5.10")).toEqual({
      runtimes: ["runc@1.1", "youki"],
      kernel: "5.10",
    });
    expect(targetOf("runx", "")).toBe("runx is no runtime that is known here");
    expect(targetOf("", "new")).toBe("new is no version of a kernel");
  });
});
