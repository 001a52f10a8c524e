import fc from "fast-check";
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

test("whatever a mount is called, it comes back as it is, and no other line is taken for it", () => {
  const escaped = (path: string): string =>
    path.replace(/[ \t\n\\#]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, "0")}`);
  const name = fc.array(fc.constantFrom(" ", "\t", "\n", "\\", "#", "-", "a", "040", "resctrl"));
  fc.assert(
    fc.property(name, name, (one, other) => {
      const path = `/${one.join("")}`;
      const before = `25 1 8:1 / /${escaped(other.join(""))} rw - ext4 /dev/a rw\n`;
      expect(findResctrl(`${before}${table(escaped(path))}`)).toBe(path);
      expect(findResctrl(before)).toBeUndefined();
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void findResctrl(text)));
});
