import { expect, test } from "vitest";
import { issuesOf } from "../../test/issues-of.ts";
import { hookKinds } from "./hooks.ts";

test.each(hookKinds)("hooks of kind %s are all checked", (kind) => {
  const hooks = { [kind]: [{ path: "/bin/good" }, { path: "bad" }] };
  expect(issuesOf("hook/path-absolute", { hooks })).toEqual([
    `error /hooks/${kind}/1/path: the path of a hook must be absolute`,
  ]);
});

test("an empty LD_PRELOAD loads nothing", () => {
  const hooks = { poststop: [{ path: "/bin/x", env: ["LD_PRELOAD=", "LD_DEBUG=all"] }] };
  expect(issuesOf("hook/env-dangerous", { hooks })).toEqual([]);
});

test("a hook of the host that lies in the root filesystem is a program of the image", () => {
  const root = { path: "/srv/root/" };
  const path = "/srv/root/bin/x";
  const hooks = { createContainer: [{ path }], startContainer: [{ path }] };
  expect(issuesOf("hook/resolved-in", { root, hooks })).toEqual([
    "warning /hooks/createContainer/0/path: the hook is a file of the container, and runs with the rights of the runtime",
    "warning /hooks/startContainer/0/path: startContainer hooks are found inside the container, where this is /bin/x",
  ]);
  expect(issuesOf("hook/resolved-in", { root: { path: "/" }, hooks })).toEqual([]);
});

test("a timeout of 0 is the rule's to report, not the schema's", () => {
  const hooks = { poststop: [{ path: "/bin/x", timeout: 0 }] };
  expect(issuesOf("hook/timeout-positive", { hooks })).toHaveLength(1);
  expect(issuesOf("doc/integer-range", { hooks })).toEqual([]);
});
