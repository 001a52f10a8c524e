import { expect, test } from "vitest";
import { findResctrl } from "./resctrl.ts";

const table = (path: string): string =>
  `24 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 24 0:26 / ${path} rw,nosuid shared:9 - resctrl resctrl rw\n`;

test("resctrl is where the table of mounts says, with its escapes undone", () => {
  expect(findResctrl(table("/sys/fs/resctrl"))).toBe("/sys/fs/resctrl");
  expect(findResctrl(table("/mnt/a\\040b"))).toBe("/mnt/a b");
});

test("a name like it is no resctrl", () => {
  expect(findResctrl("30 24 0:26 / /resctrl rw - tmpfs resctrl rw\n")).toBeUndefined();
});
