import { expectTypeOf, test } from "vitest";
import { Config, type Linux, type Mount, type Process, type Result, State } from "./index.ts";

test("a checked config is a Config, and its parts have names", () => {
  const result = Config.check({});
  expectTypeOf(result).toEqualTypeOf<Result<Config>>();
  if (!result.ok) {
    // The tuple says that there is at least one.
    expectTypeOf(result.issues[0].pointer).toEqualTypeOf<string>();
    return;
  }
  expectTypeOf(result.value.process).toEqualTypeOf<Process | undefined>();
  expectTypeOf(result.value.mounts).toEqualTypeOf<Mount[] | undefined>();
  expectTypeOf(result.value.linux).toEqualTypeOf<Linux | undefined>();
  expectTypeOf(result.value.process?.cwd).toEqualTypeOf<string | undefined>();
});

test("integers that can be past 2^53 say so, and the others are numbers", () => {
  expectTypeOf<NonNullable<Process["rlimits"]>[number]["hard"]>().toEqualTypeOf<number | bigint>();
  expectTypeOf<NonNullable<Process["user"]>["uid"]>().toEqualTypeOf<number | undefined>();
});

test("a state has a process exactly when its status says so", () => {
  const state = State.parse("{}");
  if (state.status === "running") expectTypeOf(state.pid).toEqualTypeOf<number>();
  if (state.status === "stopped") expectTypeOf(state.pid).toEqualTypeOf<number | undefined>();
});

test("a config can be written by hand, and a wrong word is seen", () => {
  expectTypeOf<Config>({ ociVersion: "1.3.0", linux: { namespaces: [{ type: "pid" }] } });
  // @ts-expect-error no such namespace
  expectTypeOf<Config>({ ociVersion: "1.3.0", linux: { namespaces: [{ type: "net" }] } });
});
