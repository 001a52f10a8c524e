import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { isForAll, isFullAccess, readDeviceRules } from "../device-rules.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#allowed-device-list");
const rules = "/linux/resources/devices";

/**
 * Which devices may be used.
 *
 * Decisions:
 * - Access: the text makes it optional and does not say what its absence means; runc refuses an empty one,
 *   and crun cannot do without. An error.
 * - A rule without type: for all devices, says the text. runc, crun, and cgroup v1 then pass over numbers
 *   and access too, so that who means one device allows all: a warning.
 */
export const cgroupDeviceRules: readonly ConfigRule[] = onLinux([
  {
    id: "cg/devices-access",
    severity: "error",
    spec,
    check({ linux }, report) {
      eachElement(linux?.resources?.devices, rules, ({ access }, pointer) => {
        if (!access) report(pointer, '"access" is missing: it has letters of "rwm"');
        else if (/[^rwm]/.test(access)) {
          report(
            `${pointer}/access`,
            `must have letters of "rwm" alone, not ${JSON.stringify(access)}`,
          );
        }
      });
    },
  },
  {
    id: "cg/devices-type",
    severity: "error",
    spec,
    check({ linux }, report) {
      eachElement(linux?.resources?.devices, rules, (rule, pointer) => {
        const { type, major = -1, minor = -1 } = rule;
        if (!isForAll(rule)) {
          if (type === "c" || type === "b") return;
          report(`${pointer}/type`, `must be "a", "c" or "b", not ${JSON.stringify(type)}`);
        } else if (major >= 0 || minor >= 0 || !isFullAccess(rule)) {
          report(
            pointer,
            'is for all devices and all access; for less, it needs a type, "c" or "b"',
            {
              severity: "warning",
            },
          );
        }
      });
    },
  },
  {
    id: "cg/devices-order",
    severity: "warning",
    spec,
    check({ linux }, report) {
      const { undone, holes, missed } = readDeviceRules(linux?.resources?.devices ?? []);
      for (const { rule, by } of undone) {
        report(`${rules}/${rule}`, `has no effect: rule ${by} comes later and says the opposite`);
      }
      for (const { rule, in: wider } of holes) {
        report(
          `${rules}/${rule}`,
          `is an exception from rule ${wider}; cgroup v1 cannot make it, and runc refuses`,
        );
      }
      for (const { rule, kept } of missed) {
        report(
          `${rules}/${rule}`,
          `leaves rule ${kept} as it is on cgroup v1 and with runc: that is for fewer devices`,
        );
      }
    },
  },
]);

const denyAll = { allow: false, access: "rwm" };
const fuse = { allow: true, type: "c", major: 10, minor: 229, access: "rw" };

export const cgroupDeviceDocs: RuleDocs = {
  "cg/devices-access": {
    title: "device rules say which access",
    explanation:
      "A rule is for reading (r), writing (w) or mknod (m), or several of them. runc refuses a rule " +
      "without access, and the kernel other letters.",
    examples: {
      bad: {
        patch: {
          linux: { resources: { devices: [denyAll, { allow: true, type: "c", access: "rx" }] } },
        },
      },
      good: { patch: { linux: { resources: { devices: [denyAll, fuse] } } } },
    },
  },
  "cg/devices-type": {
    title: "device rules have a known type",
    explanation:
      "A rule is for character devices (c), block devices (b), or all (a), which is also what a rule " +
      "without type is for. Then it covers every device with every access, whatever numbers and letters " +
      "stand in it: an allow rule that forgets its type opens all devices of the host. That is a warning.",
    examples: {
      bad: {
        patch: {
          linux: { resources: { devices: [denyAll, { allow: true, type: "char", access: "rw" }] } },
        },
      },
      good: { patch: { linux: { resources: { devices: [denyAll, fuse] } } } },
    },
  },
  "cg/devices-order": {
    title: "device rules are in an order that works",
    explanation:
      "Rules apply one after the other, and the last that fits decides. So the rule that forbids all " +
      "comes first, and then those that allow. And from a rule with a wildcard a later one can make no " +
      "exception under cgroup v1, so runc refuses that everywhere; nor does one with a wildcard take back " +
      "what an earlier one said of some of its devices. Write out what is allowed instead.",
    examples: {
      bad: { patch: { linux: { resources: { devices: [fuse, denyAll] } } } },
      good: { patch: { linux: { resources: { devices: [denyAll, fuse] } } } },
    },
  },
};
