import { expect, test } from "vitest";
import { didYouMean, suggest } from "./suggest.ts";

const words = ["hostname", "mounts", "nosuid", "nodev", "noexec", "CAP_SYS_ADMIN", "CAP_SYSLOG"];

test.each([
  ["hostnmae", "hostname"],
  ["Hostname", "hostname"],
  ["mount", "mounts"],
  ["nosiud", "nosuid"],
  ["CAP_SYSADMIN", "CAP_SYS_ADMIN"],
  ["cap_sys_admin", "CAP_SYS_ADMIN"],
])("of %j it suggests %j", (word, meant) => {
  expect(suggest(word, words)).toBe(meant);
});

test.each(["xyz", "no", "process", "a".repeat(1000)])("of %j it suggests nothing", (word) => {
  expect(suggest(word, words)).toBeUndefined();
});

test("a hint is ready to be put after a message", () => {
  expect(didYouMean("nodv", words)).toBe('; did you mean "nodev"?');
  expect(didYouMean("xyz", words)).toBe("");
});
