import { expect } from "vitest";
import { runc } from "../conformance/runtimes.ts";
import { describeInVm } from "./describe-in-vm.ts";
import { withOwn } from "./findings.ts";

const runtimes = withOwn([runc]);

describeInVm(
  "the systemd driver",
  { script: "systemd.sh", runtimes, systemd: true },
  ({ name, found, inGuest }) => {
    inGuest("leaves no unit behind when a container has run in the foreground", () => {
      expect(found("foreground")).toBe("7");
      expect(found("foreground-left")).toBe("0");
    });

    inGuest("leaves no unit behind when a container can't be made", () => {
      expect(found("failing")).toBe("1");
      expect(found("failing-left")).toBe("0");
    });

    inGuest("makes the scope in its slice, a step down with each dash", () => {
      // Debian's runc warns of a device that the guest lacks.
      expect(found("detached")).toMatch(name === "ocirun" ? /^0$/ : /^0/);
      expect(found("slice")).toBe(`/a.slice/a-b.slice/unit-${name}.scope`);
    });

    inGuest("sets properties that annotations ask for, in seconds too", () => {
      expect(found("timeout")).toBe("5s");
      expect(found("runtime-max")).toBe("1min 40s");
    });

    inGuest("keeps the devices of a container when systemd looks its units over", () => {
      // It also has systemd think that the unit's file was changed.
      if (name === "ocirun") expect(found("reload-needed")).toBe("no");
      expect(found("null-after-reload")).toBe("written");
    });

    inGuest("deletes a paused container at once", () => {
      expect(found("delete-paused")).toBe("0");
      expect(found("delete-paused-left")).toBe("0");
    });

    inGuest("deletes a container whose unit has failed, and the unit", () => {
      expect(found("outlived")).toBe("failed");
      expect(found("outlived-status")).toBe("stopped");
      expect(found("delete-failed")).toBe("0");
      // Debian's runc is older than the mending of this.
      if (name === "ocirun") expect(found("delete-failed-left")).toBe("0");
    });

    if (name === "ocirun") {
      inGuest("lets no annotation run a program (CVE-2024-3154)", () => {
        expect(found("forbidden")).toMatch(
          /^1 .*config\.json:\d+:\d+: .*ExecStopPost may not be set by an annotation/,
        );
      });

      inGuest("says where it looked for systemd when there is none to talk to", () => {
        expect(found("no-bus")).toMatch(/^1 .*cannot reach systemd over D-Bus/);
      });
    }
  },
);
