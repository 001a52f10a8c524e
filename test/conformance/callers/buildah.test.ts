import { expect } from "vitest";
import { describeCaller } from "./caller.ts";

const words = `
buildah() { command buildah --root /tmp/b/root --runroot /tmp/b/run --storage-driver vfs "$@"; }
run() { buildah run --runtime "$RUNTIME" --isolation oci "$@"; }
`;

const start = `
buildah from --name work scratch >/dev/null
buildah copy --quiet work /tmp/rootfs / >/dev/null
`;

describeCaller({ name: "buildah", programs: ["buildah"], words, start }, (check) => {
  check("runs a step of a build and hands on its output and exit status", async (caller) => {
    const { status, stdout } = await caller.sh("run --network none work sh -c 'echo hi; exit 3'");
    expect({ status, stdout }).toEqual({ status: 3, stdout: "hi\n" });
  });

  check("keeps what a step wrote for the next one", async (caller) => {
    const { status } = await caller.sh("run --network host work sh -c 'echo made >/made'");
    expect(status).toBe(0);
    const { stdout } = await caller.sh("run --network none work cat /made");
    expect(stdout).toBe("made\n");
  });

  check("gives a step a terminal", async (caller) => {
    const { stdout } = await caller.sh(
      `terminal "buildah --root /tmp/b/root --runroot /tmp/b/run --storage-driver vfs run --runtime $RUNTIME --isolation oci --network none -t work tty"`,
    );
    expect(stdout.trim()).toBe("/dev/pts/0");
  });

  check("says that a step's program is missing", async (caller) => {
    const { status, stderr } = await caller.sh("run --network none work no-such-program");
    expect(status).not.toBe(0);
    expect(stderr).toContain("no-such-program");
  });
});
