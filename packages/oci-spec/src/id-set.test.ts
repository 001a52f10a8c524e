import fc from "fast-check";
import { expect, test } from "vitest";
import { idsInside } from "./id-set.ts";

test("an ID is inside exactly when one of the mappings has it", () => {
  const mapping = fc.record({
    containerID: fc.nat(30),
    hostID: fc.constant(0),
    size: fc.nat(6),
  });
  fc.assert(
    fc.property(fc.array(mapping, { minLength: 1 }), fc.nat(40), (mappings, id) => {
      const wanted = mappings.some(
        ({ containerID, size }) => id >= containerID && id < containerID + size,
      );
      expect(idsInside(mappings)?.has(id)).toBe(wanted);
    }),
  );
});

test("without mappings nothing is known", () => {
  expect(idsInside([])).toBeUndefined();
  expect(idsInside(undefined)).toBeUndefined();
});
