import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanPath, isBelow } from "./path.ts";
import { PathSet } from "./path-set.ts";

test("the highest path above another one is found as by comparing with each", () => {
  const path = fc
    .array(fc.constantFrom("a", "b", "ab"), { maxLength: 4 })
    .map((parts) => cleanPath(parts.join("/")));
  fc.assert(
    fc.property(fc.array(path), path, (paths, wanted) => {
      const set = new PathSet();
      for (const each of paths) set.add(each);
      const [highest] = paths
        .filter((each) => isBelow(wanted, each))
        .sort((a, b) => a.length - b.length);
      expect(set.above(wanted)).toBe(highest);
    }),
  );
});
