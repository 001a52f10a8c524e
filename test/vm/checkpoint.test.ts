import { expect } from "vitest";
import { runc } from "../conformance/runtimes.ts";
import { describeInVm } from "./describe-in-vm.ts";
import { withOwn } from "./findings.ts";

// In a guest because Debian's CRIU knows kernels up to its own age only. Its crun is built without CRIU.
const runtimes = withOwn([runc]);

for (const cgroups of ["v2", "v1"] as const) {
  describeInVm(
    `checkpoint and restore with cgroup ${cgroups}`,
    { script: "checkpoint.sh", runtimes, cgroups },
    ({ name, found, inGuest }) => {
      inGuest("writes a running container to disk and forgets it", () => {
        expect(found("run")).toBe("0");
        expect(found("checkpoint")).toBe("0");
        expect(found("gone")).toBe("yes");
      });

      inGuest("lets it go on where it was", () => {
        expect(found("restore")).toBe("0");
        expect(found("counts-on")).toBe("0");
        expect(found("status")).toBe("running");
        expect(found("delete")).toBe("0");
      });

      inGuest(
        "does both again after a process has joined, and makes anew what nested mounts lie on",
        () => {
          expect(found("exec")).toBe("0");
          expect(found("checkpoint-again")).toBe("0");
          expect(found("restore-again")).toMatch(/^0/);
          expect(found("mountpoint")).toBe("inner");
        },
      );

      inGuest("does both for podman", () => {
        expect(found("podman-checkpoint")).toMatch(/^0/);
        expect(found("podman-status")).toBe("exited");
        expect(found("podman-restore")).toMatch(/^0/);
        expect(found("podman-counts-on")).toBe("0");
      });

      inGuest("sends pages to a server", () => {
        expect(found("page-server")).toBe("0");
        expect(found("pages-here")).toBe("0");
        expect(Number(found("pages-there"))).toBeGreaterThan(0);
        expect(found("page-server-restore")).toBe("0");
        expect(found("page-server-counts-on")).toBe("0");
      });

      inGuest("brings pages when they are asked for, and tells when they are served", () => {
        expect(found("lazy-told")).toBe("00");
        expect(found("lazy-restore")).toBe("0");
        // Debian's runc tells that it could not remove the cgroup.
        expect(found("lazy-checkpoint")).toMatch(name === "ocirun" ? /^0$/ : /^0/);
        expect(found("lazy-pages")).toBe("0");
        expect(found("lazy-counts-on")).toBe("0");
        expect(found("lazy-status")).toBe("running gone");
      });

      inGuest("goes into an archive of podman's and comes back out of it", () => {
        expect(found("podman-export")).toMatch(/^0/);
        expect(found("podman-import")).toMatch(/^0/);
        expect(found("podman-import-counts-on")).toBe("0");
      });

      inGuest("writes a running container to disk for containerd", () => {
        expect(found("ctr-checkpoint")).toBe("0");
        expect(Number(found("ctr-images"))).toBeGreaterThan(0);
      });
    },
  );
}
