import type { Platform } from "../document.ts";
import { normalizePlatform } from "../platform.ts";

const OS = new Set(
  "aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows unknown".split(
    " ",
  ),
);
const ARCHITECTURE = new Set(
  "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm unknown".split(
    " ",
  ),
);

/** What is odd about a platform: members, and why. */
export function platformFaults(
  platform: Platform,
): (readonly [member: "os" | "architecture" | "variant", message: string])[] {
  const faults: (readonly ["os" | "architecture" | "variant", string])[] = [];
  const normal = normalizePlatform(platform);
  if (!OS.has(platform.os)) {
    const meant = normal.os === platform.os ? "" : `; Go calls it ${normal.os}`;
    faults.push(["os", `${JSON.stringify(platform.os)} is no operating system Go knows${meant}`]);
  }
  if (!ARCHITECTURE.has(platform.architecture)) {
    const meant =
      normal.architecture === platform.architecture ? "" : `; Go calls it ${normal.architecture}`;
    faults.push([
      "architecture",
      `${JSON.stringify(platform.architecture)} is no processor Go knows${meant}`,
    ]);
  }
  if (
    platform.architecture === "arm" &&
    platform.variant !== undefined &&
    !/^v[5-8]$/.test(platform.variant)
  ) {
    faults.push([
      "variant",
      `${JSON.stringify(platform.variant)} is no variant of arm, which are v5 to v8`,
    ]);
  }
  return faults;
}
