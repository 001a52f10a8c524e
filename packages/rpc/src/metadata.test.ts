import { expect, test } from "vitest";
import { Metadata } from "./index.ts";

test("keys are compared without regard to case", () => {
  const metadata = new Metadata({ Name: "a" });
  expect(metadata.get("NAME")).toBe("a");
  expect([...metadata]).toEqual([["name", "a"]]);
});

test("a key can have many values, whose order is kept", () => {
  const metadata = new Metadata({ k: ["1", "2"] }).append("K", "3");
  expect(metadata.getAll("k")).toEqual(["1", "2", "3"]);
  expect(metadata.get("k")).toBe("1");
  expect(metadata.set("k", "only").getAll("k")).toEqual(["only"]);
});

test("bytes belong under a key that ends in -bin, and text under every other", () => {
  const metadata = new Metadata({ "k-bin": Uint8Array.of(1) });
  expect(metadata.get("k-bin")).toEqual(Uint8Array.of(1));
  expect(() => new Metadata({ k: Uint8Array.of(1) })).toThrow(TypeError);
  expect(() => new Metadata({ "k-bin": "text" })).toThrow(TypeError);
});

test("a key that can't travel is refused", () => {
  for (const key of ["", "a b", "é", "a:b"]) {
    expect(() => new Metadata({ [key]: "x" })).toThrow(/metadata key/);
  }
});

test("a copy is its own", () => {
  const first = new Metadata({ k: "1" });
  const copy = new Metadata(first);
  first.append("k", "2");
  expect(copy.getAll("k")).toEqual(["1"]);
  expect(first.size).toBe(1);
  expect(first.delete("K")).toBe(true);
  expect(first.has("k")).toBe(false);
});
