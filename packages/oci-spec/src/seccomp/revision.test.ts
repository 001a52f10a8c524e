import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { compileSeccomp } from "./compile.ts";
import { defaultSeccomp } from "./default-seccomp.ts";
import { compilerRevision } from "./revision.ts";

test("who changes a program changes the revision, so that no cache serves the old one", () => {
  const hash = createHash("sha256");
  for (const arch of ["x86_64", "aarch64", "s390x", "mips64"]) {
    for (const capabilities of [[], ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT"]]) {
      const compiled = compileSeccomp(defaultSeccomp({ arch, capabilities }), { arch });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
      hash.update(compiled.program);
    }
  }
  // When the hash differs: is the change meant? Then write both down anew.
  expect(`${compilerRevision} ${hash.digest("hex").slice(0, 16)}`).toMatchInlineSnapshot(
    `"2 1316c0fe7421cca5"`,
  );
});
