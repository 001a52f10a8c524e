import type { MessageRule, MessageRuleDocs } from "./message-rule.ts";
import { rule } from "./message-rule.ts";
import { cri, kernel, kubernetes } from "./sources.ts";

/** Mounts, devices and paths in containers. */
export const mountRules: readonly MessageRule[] = [
  rule({
    on: "Mount",
    id: "mount/path",
    severity: "error",
    spec: cri,
    check({ containerPath = "", hostPath = "", image }, report) {
      if (!containerPath.startsWith("/")) {
        report(
          containerPath === "" ? "" : "/containerPath",
          `"containerPath" must be absolute, not ${JSON.stringify(containerPath)}`,
        );
      } else if (containerPath === "/") {
        report("/containerPath", "a mount on / would hide the container's own files");
      }
      if (image === undefined && !hostPath.startsWith("/")) {
        report(
          hostPath === "" ? "" : "/hostPath",
          `"hostPath" must be absolute, not ${JSON.stringify(hostPath)}`,
        );
      }
    },
  }),
  rule({
    on: "Mount",
    id: "mount/image",
    severity: "error",
    spec: kubernetes("concepts/storage/volumes"),
    check({ image, hostPath, readonly, imageSubPath }, report) {
      if (image === undefined) {
        if (imageSubPath) report("/imageSubPath", '"imageSubPath" goes with "image"');
        return;
      }
      if (hostPath) report("/hostPath", 'a mount is of an image or of "hostPath", not of both');
      if (!readonly) report("/image", 'an image is mounted read-only; state "readonly"');
      if (imageSubPath?.startsWith("/") || imageSubPath?.split("/").includes("..")) {
        report("/imageSubPath", `${JSON.stringify(imageSubPath)} leads out of the image`);
      }
    },
  }),
  rule({
    on: "Mount",
    id: "mount/recursive-read-only",
    severity: "error",
    spec: cri,
    check({ recursiveReadOnly, readonly, propagation = "PROPAGATION_PRIVATE" }, report) {
      if (!recursiveReadOnly) return;
      if (!readonly) report("/recursiveReadOnly", '"recursiveReadOnly" needs "readonly"');
      if (propagation !== "PROPAGATION_PRIVATE") {
        report(
          "/propagation",
          `"recursiveReadOnly" needs PROPAGATION_PRIVATE, not ${propagation}: what comes from the host later could be written`,
        );
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "mount/bidirectional",
    severity: "error",
    spec: kubernetes("concepts/storage/volumes"),
    check({ mounts = [], linux }, report) {
      if (linux?.securityContext?.privileged) return;
      for (const [i, { propagation }] of mounts.entries()) {
        if (propagation === "PROPAGATION_BIDIRECTIONAL") {
          report(
            ["mounts", i, "propagation"],
            "only a privileged container may give its mounts to the host",
          );
        }
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "mount/twice",
    severity: "error",
    spec: cri,
    check({ mounts = [] }, report) {
      const seen = new Map<string, number>();
      for (const [i, { containerPath = "" }] of mounts.entries()) {
        const path = containerPath.replace(/(?<=.)\/+$/, "");
        const first = seen.get(path);
        if (first === undefined) seen.set(path, i);
        else
          report(
            ["mounts", i, "containerPath"],
            `${path} is mounted by mounts[${first}] already, and would be hidden`,
          );
      }
    },
  }),
  rule({
    on: "Mount",
    id: "mount/mappings",
    severity: "error",
    spec: kernel("filesystems/idmappings"),
    check({ uidMappings = [], gidMappings = [] }, report) {
      if (uidMappings.length > 0 !== gidMappings.length > 0) {
        report(
          uidMappings.length > 0 ? "/uidMappings" : "/gidMappings",
          "owners are mapped for users and groups together",
        );
      }
      for (const [name, runs] of [
        ["uidMappings", uidMappings],
        ["gidMappings", gidMappings],
      ] as const) {
        for (const [i, { length = 0 }] of runs.entries()) {
          if (length < 1) report([name, i], "a run holds at least one id");
        }
      }
    },
  }),
  rule({
    on: "Device",
    id: "device/path",
    severity: "error",
    spec: cri,
    check({ containerPath = "", hostPath = "" }, report) {
      for (const [name, path] of [
        ["containerPath", containerPath],
        ["hostPath", hostPath],
      ] as const) {
        if (!path.startsWith("/")) {
          report(
            path === "" ? "" : `/${name}`,
            `"${name}" must be absolute, not ${JSON.stringify(path)}`,
          );
        }
      }
    },
  }),
  rule({
    on: "Device",
    id: "device/permissions",
    severity: "error",
    spec: kernel("admin-guide/cgroup-v1/devices"),
    check({ permissions = "" }, report) {
      if (!/^[rwm]{1,3}$/.test(permissions) || new Set(permissions).size !== permissions.length) {
        report(
          permissions === "" ? "" : "/permissions",
          `"permissions" are letters of r, w and m, each once, not ${JSON.stringify(permissions)}`,
        );
      }
    },
  }),
  rule({
    on: "CDIDevice",
    id: "device/cdi-name",
    severity: "error",
    spec: "https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md",
    check({ name = "" }, report) {
      if (!/^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*=[\w][\w.:-]*$/.test(name)) {
        report(
          name === "" ? "" : "/name",
          `a device is named vendor/class=device, not ${JSON.stringify(name)}`,
        );
      }
    },
  }),
];

const mount = (more: object): { patch: object } => ({ patch: { mounts: [more] } });
const device = (more: object): { patch: object } => ({ patch: { devices: [more] } });

export const mountDocs: MessageRuleDocs = {
  "mount/path": {
    root: "ContainerConfig",
    title: "mounts have absolute paths",
    explanation:
      "A path that is not absolute has no meaning for a runtime; it is refused, or mounted somewhere else.",
    examples: {
      bad: mount({ containerPath: "data", hostPath: "/srv/data" }),
      good: mount({ containerPath: "/data", hostPath: "/srv/data" }),
    },
  },
  "mount/image": {
    root: "ContainerConfig",
    title: "an image volume is read-only and has no host path",
    explanation: "Its files are those of the image, shared with every container that mounts it.",
    examples: {
      bad: mount({ containerPath: "/model", image: { image: "example.com/model:1" } }),
      good: mount({
        containerPath: "/model",
        readonly: true,
        image: { image: "example.com/model:1" },
        imageSubPath: "v1",
      }),
    },
  },
  "mount/recursive-read-only": {
    root: "ContainerConfig",
    title: "recursively read-only means private and read-only",
    explanation:
      "A mount that comes from the host later would be writable; so runtimes refuse the combination.",
    examples: {
      bad: mount({
        containerPath: "/data",
        hostPath: "/srv",
        readonly: true,
        recursiveReadOnly: true,
        propagation: "PROPAGATION_HOST_TO_CONTAINER",
      }),
      good: mount({
        containerPath: "/data",
        hostPath: "/srv",
        readonly: true,
        recursiveReadOnly: true,
      }),
    },
  },
  "mount/bidirectional": {
    root: "ContainerConfig",
    title: "mounts go to the host from privileged containers only",
    explanation: "With PROPAGATION_BIDIRECTIONAL a container changes what the whole machine sees.",
    examples: {
      bad: mount({
        containerPath: "/data",
        hostPath: "/srv",
        propagation: "PROPAGATION_BIDIRECTIONAL",
      }),
      good: mount({
        containerPath: "/data",
        hostPath: "/srv",
        propagation: "PROPAGATION_HOST_TO_CONTAINER",
      }),
    },
  },
  "mount/twice": {
    root: "ContainerConfig",
    title: "a path is mounted once",
    explanation: "Of two mounts on one path only the last is seen.",
    examples: {
      bad: {
        patch: {
          mounts: [
            { containerPath: "/data", hostPath: "/a" },
            { containerPath: "/data/", hostPath: "/b" },
          ],
        },
      },
      good: {
        patch: {
          mounts: [
            { containerPath: "/data", hostPath: "/a" },
            { containerPath: "/data/b", hostPath: "/b" },
          ],
        },
      },
    },
  },
  "mount/mappings": {
    root: "ContainerConfig",
    title: "owners are mapped in full",
    explanation: "The kernel makes an idmapped mount of both kinds of ids; one alone is refused.",
    examples: {
      bad: mount({
        containerPath: "/data",
        hostPath: "/srv",
        uidMappings: [{ hostId: 65536, length: 65536 }],
      }),
      good: mount({
        containerPath: "/data",
        hostPath: "/srv",
        uidMappings: [{ hostId: 65536, length: 65536 }],
        gidMappings: [{ hostId: 65536, length: 65536 }],
      }),
    },
  },
  "device/path": {
    root: "ContainerConfig",
    title: "devices have absolute paths",
    explanation: "Both are paths of device nodes: one on the node, one in the container.",
    examples: {
      bad: device({ containerPath: "fuse", hostPath: "/dev/fuse", permissions: "rw" }),
      good: device({ containerPath: "/dev/fuse", hostPath: "/dev/fuse", permissions: "rw" }),
    },
  },
  "device/permissions": {
    root: "ContainerConfig",
    title: "permissions are r, w and m",
    explanation:
      "Reading, writing, and making the device node; nothing at all would be a device that can't be used.",
    examples: {
      bad: device({ containerPath: "/dev/fuse", hostPath: "/dev/fuse", permissions: "rwx" }),
      good: device({ containerPath: "/dev/fuse", hostPath: "/dev/fuse", permissions: "rwm" }),
    },
  },
  "device/cdi-name": {
    root: "ContainerConfig",
    title: "CDI devices have full names",
    explanation: "A name without vendor and class is found in no description.",
    examples: {
      bad: { patch: { CDIDevices: [{ name: "gpu0" }] } },
      good: { patch: { CDIDevices: [{ name: "vendor.example/gpu=gpu0" }] } },
    },
  },
};
