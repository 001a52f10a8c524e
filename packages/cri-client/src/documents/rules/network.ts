import type { MessageRule, MessageRuleDocs } from "./message-rule.ts";
import { rule } from "./message-rule.ts";
import { cri, manual } from "./sources.ts";

/** What the resolver of glibc takes note of. */
const maxNameServers = 3;

/** Ports and names. */
export const networkRules: readonly MessageRule[] = [
  rule({
    on: "PortMapping",
    id: "port/range",
    severity: "error",
    spec: cri,
    check({ containerPort = 0, hostPort = 0 }, report) {
      if (containerPort < 1 || containerPort > 65_535) {
        report("/containerPort", `a port is 1 to 65535, not ${containerPort}`);
      }
      if (hostPort < 0 || hostPort > 65_535) {
        report("/hostPort", `a port is 1 to 65535, or 0 for no mapping, not ${hostPort}`);
      }
    },
  }),
  rule({
    on: "PortMapping",
    id: "port/host-ip",
    severity: "error",
    spec: cri,
    check({ hostIp }, report) {
      if (hostIp && !isAddress(hostIp)) {
        report("/hostIp", `${JSON.stringify(hostIp)} is no IP address`);
      }
    },
  }),
  rule({
    on: "PodSandboxConfig",
    id: "port/twice",
    severity: "error",
    spec: cri,
    check({ portMappings = [] }, report) {
      const seen = new Map<string, number>();
      for (const [i, { hostPort = 0, hostIp = "", protocol = "TCP" }] of portMappings.entries()) {
        if (hostPort === 0) continue;
        const key = `${protocol} ${hostIp} ${hostPort}`;
        const first = seen.get(key);
        if (first === undefined) seen.set(key, i);
        else
          report(
            ["portMappings", i, "hostPort"],
            `port ${hostPort} of the host is mapped by portMappings[${first}] already`,
          );
      }
    },
  }),
  rule({
    on: "PodSandboxConfig",
    id: "port/host-network",
    severity: "warning",
    spec: cri,
    check({ portMappings = [], linux }, report) {
      const host = linux?.securityContext?.namespaceOptions?.network === "NODE";
      const mapped = portMappings.findIndex(({ hostPort = 0 }) => hostPort !== 0);
      if (host && mapped !== -1) {
        report(
          ["portMappings", mapped],
          "a pod in the host's network has its ports there already; nothing is mapped",
        );
      }
    },
  }),
  rule({
    on: "DNSConfig",
    id: "dns/server",
    severity: "error",
    spec: manual("resolv.conf(5)"),
    check({ servers = [] }, report) {
      for (const [i, server] of servers.entries()) {
        if (!isAddress(server.replace(/%.*$/, ""))) {
          report(
            ["servers", i],
            `${JSON.stringify(server)} is no IP address; resolvers pass over it`,
          );
        }
      }
    },
  }),
  rule({
    on: "DNSConfig",
    id: "dns/limits",
    severity: "warning",
    spec: manual("resolv.conf(5)"),
    check({ servers = [], searches = [] }, report) {
      if (servers.length > maxNameServers) {
        report(
          ["servers", maxNameServers],
          `resolvers ask ${maxNameServers} servers and pass over the others`,
        );
      }
      const length = searches.join(" ").length;
      if (searches.length > 32 || length > 2048) {
        report("/searches", "resolvers take 32 domains of together 2048 characters");
      }
    },
  }),
];

/** Whether a text is an IPv4 or IPv6 address, as a URL parser sees it. */
function isAddress(text: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text))
    return text.split(".").every((part) => Number(part) <= 255);
  return text.includes(":") && !/[^0-9a-fA-F:.]/.test(text) && URL.canParse(`http://[${text}]`);
}

export const networkDocs: MessageRuleDocs = {
  "port/range": {
    root: "PodSandboxConfig",
    title: "ports are 1 to 65535",
    explanation:
      "Zero on the host's side says that nothing is mapped; in the pod there is no port 0.",
    examples: {
      bad: { patch: { portMappings: [{ containerPort: 70000 }] } },
      good: { patch: { portMappings: [{ containerPort: 8080, hostPort: 80 }] } },
    },
  },
  "port/host-ip": {
    root: "PodSandboxConfig",
    title: "a host address is an IP address",
    explanation:
      "The port mapping is handed to a network plugin, which takes addresses and no names.",
    examples: {
      bad: { patch: { portMappings: [{ containerPort: 80, hostPort: 80, hostIp: "localhost" }] } },
      good: { patch: { portMappings: [{ containerPort: 80, hostPort: 80, hostIp: "127.0.0.1" }] } },
    },
  },
  "port/twice": {
    root: "PodSandboxConfig",
    title: "a port of the host is mapped once",
    explanation:
      "Of two mappings of one port, protocol and address only one can work, and which is chance.",
    examples: {
      bad: {
        patch: {
          portMappings: [
            { containerPort: 80, hostPort: 8080 },
            { containerPort: 81, hostPort: 8080 },
          ],
        },
      },
      good: {
        patch: {
          portMappings: [
            { containerPort: 80, hostPort: 8080 },
            { containerPort: 80, hostPort: 8080, protocol: "UDP" },
          ],
        },
      },
    },
  },
  "port/host-network": {
    root: "PodSandboxConfig",
    title: "ports are not mapped in the host's network",
    explanation:
      "Port mappings are made by the pod's network plugin, which does not run for a pod in the host's network.",
    examples: {
      bad: {
        patch: {
          portMappings: [{ containerPort: 80, hostPort: 8080 }],
          linux: { securityContext: { namespaceOptions: { network: "NODE" } } },
        },
      },
      good: { patch: { portMappings: [{ containerPort: 80, hostPort: 8080 }] } },
    },
  },
  "dns/server": {
    root: "PodSandboxConfig",
    title: "name servers are IP addresses",
    explanation: "They are written to the pod's resolv.conf as they are.",
    examples: {
      bad: { patch: { dnsConfig: { servers: ["dns.example.com"] } } },
      good: { patch: { dnsConfig: { servers: ["10.0.0.10", "fd00::10"] } } },
    },
  },
  "dns/limits": {
    root: "PodSandboxConfig",
    title: "resolvers read so much and no more",
    explanation:
      "glibc reads three servers; musl and glibc cut search lists. What is beyond has no effect, in some images only.",
    examples: {
      bad: { patch: { dnsConfig: { servers: ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"] } } },
      good: { patch: { dnsConfig: { servers: ["10.0.0.1", "10.0.0.2", "10.0.0.3"] } } },
    },
  },
};
