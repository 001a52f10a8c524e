import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ImageError } from "./error.ts";
import { formatReference, isTag, parseReference, referenceIdentifier } from "./reference.ts";

const digest = `sha256:${"ab".repeat(32)}`;

describe("a reference", () => {
  test.each([
    ["alpine", "docker.io/library/alpine"],
    ["alpine:3.20", "docker.io/library/alpine:3.20"],
    ["grafana/loki", "docker.io/grafana/loki"],
    ["index.docker.io/alpine", "docker.io/library/alpine"],
    ["docker.io/alpine", "docker.io/library/alpine"],
    ["localhost/a", "localhost/a"],
    ["localhost:5000/a/b:v1", "localhost:5000/a/b:v1"],
    ["[::1]:5000/a", "[::1]:5000/a"],
    ["registry.example/a__b/c--d.e", "registry.example/a__b/c--d.e"],
    ["UPPER/a", "UPPER/a"],
    [`registry.example/a:1@${digest}`, `registry.example/a:1@${digest}`],
    [`a@${digest}`, `docker.io/library/a@${digest}`],
  ])("%s means %s", (text, full) => {
    expect(formatReference(parseReference(text))).toBe(full);
  });

  test("asks for the digest before the tag, and for latest without either", () => {
    expect(referenceIdentifier(parseReference(`a:1@${digest}`))).toBe(digest);
    expect(referenceIdentifier(parseReference("a:1"))).toBe("1");
    expect(referenceIdentifier(parseReference("a"))).toBe("latest");
  });

  test.each([
    ["", "not a repository"],
    ["a:", "not a tag"],
    ["a b", "not a repository"],
    ["A", "lower case"],
    ["registry.example/Big", "lower case"],
    ["registry.example/a//b", "not a repository"],
    ["registry.example/../etc", "not a repository"],
    ["a@sha256:12", "not a digest"],
    ["a@", "not a digest"],
    [`a:${"t".repeat(129)}`, "not a tag"],
    ["-bad.example/a", "not a host"],
    ["a..b.example/a", "not a host"],
    ["ab".repeat(32), "64 hexadecimal digits"],
    [`registry.example/${"a".repeat(250)}`, "longer than 255"],
    ["a?b", "not a repository"],
    ["http://registry.example/a", "not a"],
  ])("%j is none: %s", (text, why) => {
    expect(() => parseReference(text)).toThrow(why);
  });

  test("is read and written the same way round, or refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."aB0./:@_-[]"), maxLength: 30 }), (text) => {
        try {
          const reference = parseReference(text);
          expect(parseReference(formatReference(reference))).toEqual(reference);
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("has a tag of at most 128 characters that starts with a letter, digit or underscore", () => {
    expect(["latest", "_x", "1.0-rc_1"].every(isTag)).toBe(true);
    expect([".x", "-x", "", "a/b"].some(isTag)).toBe(false);
  });
});
