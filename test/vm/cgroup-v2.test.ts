import { expect } from "vitest";
import { crun, runc } from "../conformance/runtimes.ts";
import { describeInVm } from "./describe-in-vm.ts";
import { withOwn } from "./findings.ts";

const runtimes = withOwn([runc, crun]);

for (const driver of ["cgroupfs", "systemd"] as const) {
  describeInVm(
    `cgroup v2 with the ${driver} driver`,
    {
      script: "cgroup-v2.sh",
      runtimes,
      variables: { DRIVER: driver },
      systemd: driver === "systemd",
    },
    ({ name, found, inGuest }) => {
      inGuest("makes the container in the cgroup that config.json names", () => {
        expect(found("create")).toBe("0");
        const scope = `/ocikit.slice/ocikit-${name}.scope`;
        // crun puts a container and its limits one deeper than the scope that systemd made.
        const under = driver === "systemd" ? [scope, `${scope}/container`] : [`/ocikit/${name}`];
        expect(under).toContain(found("cgroup"));
      });

      inGuest("sets the limits of config.json in the units of cgroup v2", () => {
        expect(found("memory.max")).toBe("67108864");
        expect(found("memory.low")).toBe("33554432");
        expect(found("cpu.max")).toBe("50000 100000");
        // 512 of v1's 2 to 262144, in v2's 1 to 10000: on the line that Debian's runc and crun have, or on the curve
        // that makes v1's usual 1024 v2's usual 100.
        expect(found("cpu.weight")).toBe(name === "ocirun" ? "59" : "20");
        expect(found("cpuset.cpus")).toBe("0");
        expect(found("pids.max")).toBe("55");
      });

      inGuest("sets what stands under unified as it stands there", () => {
        // The kernel rounds down to pages.
        expect(found("memory.high")).toBe("59998208");
      });

      if (driver === "systemd" && name !== "crun") {
        inGuest("tells systemd the limits, so that it does not put its own in their place", () => {
          expect(found("MemoryMax")).toBe("67108864");
          expect(found("TasksMax")).toBe("55");
          expect(found("CPUQuotaPerSecUSec")).toBe("500ms");
          expect(found("Slice")).toBe("ocikit.slice");
        });
      }

      inGuest("shows the container its own cgroup as the root", () => {
        expect(found("start")).toBe("0");
        expect(found("inside")).toBe("67108864");
      });

      inGuest("lets it open the devices that it may, with a filter of eBPF", () => {
        expect(found("device-allowed")).toBe("opened");
        expect(found("device-denied")).toContain("Operation not permitted");
      });

      inGuest("changes limits of a running container", () => {
        expect(found("update")).toBe("0");
        expect(found("updated-memory.max")).toBe("50331648");
        expect(found("updated-pids.max")).toBe("44");
        expect(found("updated-cpu.max")).toBe("25000 100000");
      });

      inGuest("freezes and thaws all of the container", () => {
        expect(found("pause")).toBe("0");
        expect(found("frozen")).toBe("1");
        expect(found("paused")).toBe("paused");
        expect(found("thawed")).toBe("0");
      });

      inGuest("leaves no cgroup behind", () => {
        expect(found("delete")).toBe("0");
        expect(found("left")).toBe("");
      });
    },
  );
}
