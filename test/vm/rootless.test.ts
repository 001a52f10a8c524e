import { expect } from "vitest";
import { runc } from "../conformance/runtimes.ts";
import { describeInVm } from "./describe-in-vm.ts";
import { withOwn } from "./findings.ts";

const runtimes = withOwn([runc]);

describeInVm(
  "the systemd driver without root",
  { script: "rootless.sh", runtimes, systemd: true },
  ({ name, found, inGuest }) => {
    const manager = "/user.slice/user-1000.slice/user@1000.service";
    inGuest("makes the scope at the user's systemd, from a login session beside it", () => {
      expect(found("session")).toMatch(/^\/user\.slice\/user-1000\.slice\/session-.*\.scope$/);
      // Debian's runc warns of a device that the guest lacks.
      expect(found("run")).toMatch(name === "ocirun" ? /^0$/ : /^0/);
      expect(found("cgroup")).toBe(`${manager}/user.slice/ocikit-${name}.scope`);
      expect(found("Slice")).toBe("user.slice");
    });

    inGuest("sets the limits, and tells them to systemd", () => {
      expect(found("memory.max")).toBe("67108864");
      expect(found("cpu.max")).toBe("50000 100000");
      expect(found("pids.max")).toBe("55");
      expect(found("MemoryMax")).toBe("67108864");
      expect(found("TasksMax")).toBe("55");
    });

    inGuest("shows a process of exec the container's cgroup", () => {
      expect(found("exec")).toMatch(/^67108864 /);
      // Debian's runc leaves it in the cgroup that it was called from.
      if (name === "ocirun") expect(found("exec")).toBe("67108864 0::/");
    });

    inGuest("hands the container its controllers, to make cgroups of its own with", () => {
      expect(found("controllers")).toBe("cpu memory pids");
      expect(found("makes-own")).toBe("33554432");
      expect(found("exec-after")).toBe("inside");
    });

    inGuest("changes limits of a running container", () => {
      expect(found("update")).toBe("0");
      expect(found("updated-memory.max")).toBe("50331648");
      expect(found("updated-pids.max")).toBe("44");
      expect(found("updated-cpu.max")).toBe("25000 100000");
      expect(found("updated-TasksMax")).toBe("44");
      expect(found("stats")).toBe("44");
    });

    inGuest("freezes and thaws", () => {
      expect(found("pause")).toMatch(/^0/);
      expect(found("frozen")).toBe("1");
      expect(found("thawed")).toBe("0");
    });

    inGuest("leaves neither cgroup nor unit behind", () => {
      expect(found("delete")).toBe("0");
      expect(found("left")).toBe("0");
      expect(found("foreground")).toMatch(/^7/);
      expect(found("foreground-left")).toBe("0");
    });

    inGuest("leaves the session of its caller where it was", () => {
      expect(found("session-after")).toBe(found("session"));
    });

    inGuest("finds the user's bus by either variable, and says what it tried", () => {
      expect(found("runtime-directory")).toMatch(/^7/);
      expect(found("no-bus")).toMatch(/^1 /);
      expect(found("wrong-bus")).toMatch(/^1 .*\/nowhere\/bus/);
      if (name !== "ocirun") return;
      expect(found("no-bus")).toMatch(
        /cannot reach systemd over D-Bus: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set/,
      );
    });

    inGuest("does all of it for podman", () => {
      expect(found("podman-run")).toMatch(/^0/);
      expect(found("podman-cgroup")).toMatch(
        /^\S+user@1000\.service\/user\.slice\/libpod-\w+\.scope/,
      );
      expect(found("podman-memory")).toBe("67108864");
      expect(found("podman-exec")).toBe("0::/");
      expect(found("podman-update")).toMatch(/^0/);
      expect(found("podman-updated")).toBe("50331648");
      expect(found("podman-pause")).toBe("0 1");
      expect(found("podman-unpause")).toMatch(/^0/);
      expect(found("podman-stop")).toMatch(/^0/);
      expect(found("podman-rm")).toMatch(/^0/);
      expect(found("podman-left")).toBe("");
    });
  },
);
