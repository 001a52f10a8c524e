import { expect } from "vitest";
import { runc } from "../conformance/runtimes.ts";
import { describeInVm } from "./describe-in-vm.ts";
import { withOwn } from "./findings.ts";

const runtimes = withOwn([runc]);

for (const [cgroups, beside] of [
  ["v1", "alone"],
  ["hybrid", "with v2 beside it"],
] as const) {
  describeInVm(
    `the systemd driver with cgroup ${cgroups} (${beside})`,
    { script: "systemd-v1.sh", runtimes, cgroups, systemd: true },
    ({ name, found, inGuest }) => {
      const own = name === "ocirun";
      inGuest(
        "makes the container in its scope, in hierarchies that systemd does not know too",
        () => {
          // Debian's runc warns of a device that the guest lacks.
          expect(found("create")).toMatch(own ? /^0$/ : /^0/);
          const scope = `/a.slice/a-b.slice/ocikit-${name}.scope`;
          // Of devices Debian's runc, with systemd, has only the slice's.
          const controllers = ["memory", "pids", "cpu", "freezer", ...(own ? ["devices"] : [])];
          for (const controller of controllers) expect(found(`cgroup-${controller}`)).toBe(scope);
          expect(found("Slice")).toBe("a-b.slice");
        },
      );

      inGuest("sets the limits of config.json", () => {
        expect(found("memory")).toBe("67108864");
        expect(found("reservation")).toBe("33554432");
        expect(found("quota")).toBe("50000");
        expect(found("shares")).toBe("512");
        expect(found("pids")).toBe("55");
        expect(found("cpus")).toBe("0");
      });

      inGuest("tells systemd those that it knows", () => {
        expect(found("MemoryLimit")).toBe("67108864");
        expect(found("TasksMax")).toBe("55");
        expect(found("CPUQuotaPerSecUSec")).toBe("500ms");
        expect(found("CPUShares")).toBe("512");
      });

      inGuest("keeps devices as they are when systemd looks its units over", () => {
        expect(found("start")).toBe("0");
        expect(found("exec")).toBe("67108864");
        if (own) expect(found("exec-cgroup")).toBe("same");
        expect(found("device-allowed")).toBe("opened");
        expect(found("device-denied")).toContain("Operation not permitted");
      });

      inGuest("changes limits, and systemd does not put the old ones back", () => {
        expect(found("update")).toBe("0");
        expect(found("updated-memory")).toBe("50331648");
        expect(found("updated-pids")).toBe("44");
        expect(found("updated-quota")).toBe("25000");
        expect(found("updated-MemoryLimit")).toBe("50331648");
        expect(found("after-reload")).toBe("50331648");
        expect(found("stats")).toBe("44");
      });

      inGuest("freezes and thaws", () => {
        expect(found("pause")).toBe("0 FROZEN");
        expect(found("paused")).toBe("paused");
        expect(found("resume")).toBe("0 THAWED");
      });

      inGuest("leaves neither cgroups nor a unit behind", () => {
        expect(found("delete")).toBe("0");
        expect(found("left")).toBe("0 0");
        expect(found("foreground")).toMatch(own ? /^7$/ : /^7/);
        expect(found("foreground-left")).toBe("0 0");
      });
    },
  );
}
