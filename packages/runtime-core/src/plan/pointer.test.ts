import { expect, test } from "vitest";
import { joinPointer, propertyName } from "./pointer.ts";

test("a pointer is told as a property", () => {
  expect(propertyName("/mounts/3/options")).toBe("mounts[3].options");
  expect(propertyName("/linux/sysctl/net.ipv4.ip_forward")).toBe(
    'linux.sysctl["net.ipv4.ip_forward"]',
  );
  expect(propertyName(joinPointer("/annotations", "a/b~c"))).toBe('annotations["a/b~c"]');
  expect(propertyName("")).toBe("");
});
