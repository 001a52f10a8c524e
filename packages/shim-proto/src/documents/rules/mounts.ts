import type { Report } from "@ocikit/diagnostics";
import { type Form, type MessageRule, ofTask, sources, text } from "./message-rule.ts";

const on = [...ofTask("CreateTaskRequest"), "containerd.runtime.sandbox.v1.CreateSandboxRequest"];
const container: Form = { id: "web", bundle: "/run/web" };
// File systems that have no source.
const sourceless = new Set([
  "tmpfs",
  "proc",
  "sysfs",
  "devpts",
  "mqueue",
  "cgroup",
  "cgroup2",
  "overlay",
]);

function eachMount(message: Form, look: (mount: Form, at: string) => void): void {
  const { rootfs } = message;
  if (!Array.isArray(rootfs)) return;
  for (const [index, mount] of rootfs.entries()) {
    if (typeof mount === "object" && mount !== null) look(mount as Form, `/rootfs/${index}`);
  }
}

function eachOption(mount: Form, look: (option: string, index: number) => void): void {
  const { options } = mount;
  if (!Array.isArray(options)) return;
  for (const [index, option] of options.entries())
    if (typeof option === "string") look(option, index);
}

function mountRule(
  id: string,
  severity: MessageRule["severity"],
  look: (mount: Form, at: string, report: Report) => void,
  doc: {
    readonly title: string;
    readonly explanation: string;
    readonly good: Form;
    readonly bad: Form;
  },
): MessageRule {
  return {
    id,
    severity,
    spec: sources.runtime,
    on,
    check: (message, report) => eachMount(message, (mount, at) => look(mount, at, report)),
    doc: {
      ...doc,
      good: { ...container, rootfs: [doc.good] },
      bad: { ...container, rootfs: [doc.bad] },
    },
  };
}

/** Mounts a root file system is made of. */
export const mountRules: readonly MessageRule[] = [
  mountRule(
    "mount/type",
    "error",
    (mount, at, report) => {
      if (text(mount, "type") === "")
        report(at, '"type" is missing: mount(2) needs it, "bind" too');
    },
    {
      title: "type of a mount",
      explanation: "A mount names its file system, or bind for a folder that is there already.",
      good: { type: "bind", source: "/layers/1", options: ["rbind", "ro"] },
      bad: { source: "/layers/1" },
    },
  ),
  mountRule(
    "mount/source",
    "error",
    (mount, at, report) => {
      const type = text(mount, "type");
      if (
        type !== "" &&
        text(mount, "source") === "" &&
        !sourceless.has(type.split("/").at(-1) ?? "")
      ) {
        report(at, `"source" is missing: a mount of ${type} has one`);
      }
    },
    {
      title: "source of a mount",
      explanation:
        "What is mounted is a folder, a device or an image, except for file systems that live in the kernel alone.",
      good: { type: "ext4", source: "/dev/vdb" },
      bad: { type: "ext4" },
    },
  ),
  mountRule(
    "mount/target",
    "error",
    (mount, at, report) => {
      const target = text(mount, "target");
      if (target.split("/").includes("..")) {
        report(`${at}/target`, `${JSON.stringify(target)} leads out of the root file system`);
      }
    },
    {
      title: "target of a mount",
      explanation:
        "A target is a path below the root file system that is being made; one that leads out of it would mount over the host.",
      good: { type: "bind", source: "/a", target: "/data" },
      bad: { type: "bind", source: "/a", target: "/../etc" },
    },
  ),
  mountRule(
    "mount/option",
    "error",
    (mount, at, report) => {
      eachOption(mount, (option, index) => {
        // Commas separate options only where there is one text for all; values of overlay may hold them, escaped.
        const joined = /^[a-z]+(,[a-z]+)+$/.test(option);
        if (option === "" || joined) {
          report(
            `${at}/options/${index}`,
            option === ""
              ? "an option has a name"
              : `${JSON.stringify(option)}: each option stands for itself`,
          );
        }
      });
    },
    {
      title: "options of a mount",
      explanation:
        "Options are a list, one an entry; a text with commas is taken for one option, which no file system knows.",
      good: { type: "bind", source: "/a", options: ["rbind", "ro"] },
      bad: { type: "bind", source: "/a", options: ["rbind,ro"] },
    },
  ),
  mountRule(
    "mount/overlay",
    "error",
    (mount, at, report) => {
      if (text(mount, "type") !== "overlay") return;
      const names = new Set<string>();
      eachOption(mount, (option) => names.add(option.split("=")[0] ?? ""));
      if (!names.has("lowerdir")) report(`${at}`, 'an overlay has a "lowerdir" among its options');
      if (names.has("upperdir") !== names.has("workdir")) {
        report(at, '"upperdir" and "workdir" of an overlay come together, or not at all');
      }
    },
    {
      title: "folders of an overlay",
      explanation:
        "An overlay is made of lower folders, and of an upper one with its work folder when it can be written.",
      good: { type: "overlay", options: ["lowerdir=/l2:/l1", "upperdir=/u", "workdir=/w"] },
      bad: { type: "overlay", options: ["lowerdir=/l", "upperdir=/u"] },
    },
  ),
];
