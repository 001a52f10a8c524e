import type { Report, RuleDocs } from "@ocikit/diagnostics";
import { byteLength } from "../byte-length.ts";
import { clause, manual } from "../clause.ts";
import { namespaceOf } from "../namespace.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

/** Bytes the kernel has for each name. */
const maxName = 64;

/**
 * The names of the container.
 *
 * Decision: the text demands a UTS namespace for both, which may be one that is joined: pods share it, and
 * engines write the same host name for each of their containers. An empty name is none.
 */
export const utsRules: readonly ConfigRule[] = onLinux([
  {
    id: "uts/hostname",
    severity: "error",
    spec: clause("config.md#hostname"),
    check(config, report) {
      if (!config.hostname || namespaceOf(config, "uts")) return;
      report("/hostname", "without a UTS namespace the name would be set for the whole host");
    },
  },
  {
    id: "uts/hostname-length",
    severity: "error",
    spec: manual("sethostname(2)"),
    check({ hostname = "" }, report) {
      checkLength(hostname, "/hostname", report);
    },
  },
  {
    id: "uts/domainname",
    severity: "error",
    spec: clause("config.md#domainname"),
    check(config, report) {
      const { domainname = "" } = config;
      checkLength(domainname, "/domainname", report);
      if (domainname === "" || namespaceOf(config, "uts")) return;
      report("/domainname", "without a UTS namespace the name would be set for the whole host");
    },
  },
]);

function checkLength(name: string, pointer: string, report: Report): void {
  const length = byteLength(name);
  if (length > maxName) report(pointer, `has ${length} bytes; the kernel takes ${maxName} at most`);
}

const shared = { namespaces: [{ type: "mount" }] };
const own = { namespaces: [{ type: "mount" }, { type: "uts" }] };

export const utsDocs: RuleDocs = {
  "uts/hostname": {
    title: "a host name has its own namespace",
    explanation:
      "Without a UTS namespace the name would be set for the whole host; runtimes refuse. Add the " +
      "namespace, or leave the name out.",
    examples: { bad: { patch: { linux: shared } }, good: { patch: { linux: own } } },
  },
  "uts/hostname-length": {
    title: "a host name has at most 64 bytes",
    explanation:
      "The kernel keeps 64 bytes of it and refuses more with EINVAL. Letters outside ASCII take more " +
      "than one. (DNS allows 253, so it is not the fully qualified name that belongs here.)",
    examples: {
      bad: {
        patch: {
          hostname: "a-very-long-name-of-a-container.in-some-cluster.somewhere.example.com",
        },
      },
      good: { patch: { hostname: "a-very-long-name-of-a-container" } },
    },
  },
  "uts/domainname": {
    title: "a domain name has its own namespace",
    explanation:
      "The name that setdomainname(2) sets, which is NIS's and not DNS's, belongs to the UTS namespace " +
      "too. The kernel keeps 64 bytes of it.",
    examples: {
      bad: { patch: { hostname: null, domainname: "example", linux: shared } },
      good: { patch: { domainname: "example", linux: own } },
    },
  },
};
