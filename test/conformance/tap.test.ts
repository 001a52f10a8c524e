import { expect, test } from "vitest";
import { parseTap } from "./tap.ts";

test("each line is a test, and the comments after a failure are its output", () => {
  const results = parseTap(
    ["1..3", "ok 1 runs", "not ok 2 stops", "# in file a", "# `false' failed", "ok 3 ends"].join(
      "\n",
    ),
  );
  expect([...results]).toEqual([
    ["runs", { status: "passed", detail: "" }],
    ["stops", { status: "failed", detail: "in file a\n`false' failed" }],
    ["ends", { status: "passed", detail: "" }],
  ]);
});

test("a skipped test has its reason, in bats' form and with brackets", () => {
  const results = parseTap("ok 1 one # skip test requires systemd\nok 2 two # skip (no network)");
  expect(results.get("one")).toEqual({ status: "skipped", detail: "test requires systemd" });
  expect(results.get("two")).toEqual({ status: "skipped", detail: "no network" });
});

test("two tests of one name are told apart by their order", () => {
  expect([...parseTap("ok 1 run\nnot ok 2 run").keys()]).toEqual(["run", "run (2)"]);
});

test("what a program writes between the lines is no test", () => {
  expect([...parseTap("ok\nnot okay 1 x\n  ok 1 indented\nok 1 - real").keys()]).toEqual(["real"]);
});
