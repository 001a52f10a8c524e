import type { Finding } from "../finding.ts";
import { joinPointer, parentPointer, pointerParts } from "../pointer.ts";
import { suggest } from "../suggest.ts";
import type { ObjectShape, Shapes } from "./shape.ts";
import { walkShape } from "./walk-shape.ts";

/** What comparing names with a schema's names shows. */
export interface NameFindings {
  readonly findings: readonly Omit<Finding, "severity">[];
  /** Members that are null although they may be left out: to be read as left out. */
  readonly nulls: readonly string[];
  /** Where a member stands under a name in the wrong case: that it is missing says nothing. */
  readonly misnamed: readonly string[];
}

/** Finds names that the schema does not know, names in the wrong case, and needless nulls. */
export function nameFindings(value: unknown, shapes: Shapes): NameFindings {
  const findings: Omit<Finding, "severity">[] = [];
  const nulls: string[] = [];
  const misnamed: string[] = [];
  walkShape(value, shapes, {
    unknownKey(object, key, shape, pointer) {
      const at = pointer();
      const right = caseOf(key, shape);
      if (right === undefined) findings.push(unknownKey(at, key, shape));
      else {
        const twin = joinPointer(parentPointer(at) ?? "", right);
        misnamed.push(twin);
        findings.push(wrongCase(at, key, right, Object.hasOwn(object, right) ? undefined : twin));
      }
    },
    optionalNull(pointer) {
      const at = pointer();
      nulls.push(at);
      findings.push({
        rule: "doc/null",
        pointer: at,
        message: `null stands for nothing here; leave ${JSON.stringify(pointerParts(at).at(-1))} out`,
        fix: { title: "remove it", patch: [{ op: "remove", path: at }] },
      });
    },
  });
  return { findings, nulls, misnamed };
}

function caseOf(key: string, shape: ObjectShape): string | undefined {
  const lower = key.toLowerCase();
  return Object.keys(shape.members).find((name) => name.toLowerCase() === lower);
}

function wrongCase(
  pointer: string,
  key: string,
  right: string,
  free: string | undefined,
): Omit<Finding, "severity"> {
  return {
    rule: "doc/key-case",
    pointer,
    part: "key",
    message: `${JSON.stringify(key)} is written ${JSON.stringify(right)}; readers in Go take either, others ignore this one`,
    fix:
      free === undefined
        ? undefined
        : {
            title: `rename it to ${JSON.stringify(right)}`,
            patch: [{ op: "move", from: pointer, path: free }],
          },
  };
}

function unknownKey(pointer: string, key: string, shape: ObjectShape): Omit<Finding, "severity"> {
  const meant = suggest(key, Object.keys(shape.members));
  const hint = meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
  return {
    rule: "doc/unknown-key",
    pointer,
    part: "key",
    message: `the specification has no ${JSON.stringify(key)} here${hint}`,
  };
}
