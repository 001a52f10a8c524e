import type { MessageRule, MessageRuleDocs } from "./message-rule.ts";
import { rule } from "./message-rule.ts";
import { cri, kubernetes } from "./sources.ts";

/** Longest host name that Linux keeps. */
const maxHostName = 64;

/** Who pods and containers are. */
export const identityRules: readonly MessageRule[] = [
  rule({
    on: "PodSandboxConfig",
    id: "pod/metadata",
    severity: "error",
    spec: cri,
    check({ metadata }, report) {
      if (metadata === undefined)
        report("", '"metadata" is missing: it is what makes a pod unique');
    },
  }),
  rule({
    on: "PodSandboxMetadata",
    id: "pod/identity",
    severity: "error",
    spec: cri,
    check(metadata, report) {
      for (const name of ["name", "uid", "namespace"] as const) {
        if (metadata[name]) continue;
        report(
          metadata[name] === undefined ? "" : `/${name}`,
          `"${name}" must be stated: the kubelet and runtimes tell pods apart by it`,
        );
      }
    },
  }),
  rule({
    on: "PodSandboxMetadata",
    id: "pod/name-underscore",
    severity: "warning",
    spec: cri,
    check(metadata, report) {
      for (const name of ["name", "uid", "namespace"] as const) {
        if (metadata[name]?.includes("_")) {
          report(
            `/${name}`,
            `${JSON.stringify(metadata[name])} has a "_", which runtimes put between the parts of a pod's name`,
          );
        }
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "container/metadata",
    severity: "error",
    spec: cri,
    check({ metadata }, report) {
      if (metadata === undefined) {
        report("", '"metadata" is missing: it is what makes a container unique in its pod');
      } else if (!metadata.name) {
        report(
          "/metadata",
          '"name" must be stated: it is what makes a container unique in its pod',
        );
      }
    },
  }),
  rule({
    on: "ContainerConfig",
    id: "container/image",
    severity: "error",
    spec: cri,
    check({ image }, report) {
      if (!image?.image) report(image === undefined ? "" : "/image", '"image" must name an image');
    },
  }),
  rule({
    on: "PodSandboxConfig",
    id: "pod/hostname",
    severity: "warning",
    spec: kubernetes("concepts/overview/working-with-objects/names"),
    check({ hostname }, report) {
      if (!hostname) return;
      const label = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
      if (hostname.length > maxHostName) {
        report(
          "/hostname",
          `a host name has at most ${maxHostName} characters, this one ${hostname.length}`,
          { severity: "error" },
        );
      } else if (!hostname.split(".").every((part) => label.test(part) && part.length <= 63)) {
        report(
          "/hostname",
          `${JSON.stringify(hostname)} is no host name: letters, digits and dashes, in lower case`,
        );
      }
    },
  }),
  rule({
    on: "PodSandboxConfig",
    id: "pod/host-network-hostname",
    severity: "warning",
    spec: cri,
    check({ hostname, linux }, report) {
      if (hostname && linux?.securityContext?.namespaceOptions?.network === "NODE") {
        report(
          "/hostname",
          "a pod in the host's network has the host's name; this one is not used",
        );
      }
    },
  }),
];

export const identityDocs: MessageRuleDocs = {
  "pod/metadata": {
    root: "PodSandboxConfig",
    title: "a pod has metadata",
    explanation:
      "Runtimes reserve a name made of it before they do anything else, and refuse a pod without.",
    examples: { bad: { patch: { metadata: null } }, good: { patch: {} } },
  },
  "pod/identity": {
    root: "PodSandboxConfig",
    title: "a pod has a name, a uid and a namespace",
    explanation:
      "The kubelet throws away the status of a pod where one of the three is empty, so such a pod runs and cannot be seen.",
    examples: { bad: { patch: { metadata: { uid: "" } } }, good: { patch: {} } },
  },
  "pod/name-underscore": {
    root: "PodSandboxConfig",
    title: "names of pods have no underscore",
    explanation:
      "Runtimes write name, namespace, uid and attempt behind one another with underscores; with one inside, two pods can get the same name, and none can be read back.",
    examples: {
      bad: { patch: { metadata: { name: "my_pod" } } },
      good: { patch: { metadata: { name: "my-pod" } } },
    },
  },
  "container/metadata": {
    root: "ContainerConfig",
    title: "a container has a name",
    explanation:
      "Runtimes reserve it before they do anything else, and refuse a container without.",
    examples: { bad: { patch: { metadata: { name: null } } }, good: { patch: {} } },
  },
  "container/image": {
    root: "ContainerConfig",
    title: "a container has an image",
    explanation: "It must be on the node already: creating a container pulls nothing.",
    examples: { bad: { patch: { image: { image: "" } } }, good: { patch: {} } },
  },
  "pod/hostname": {
    root: "PodSandboxConfig",
    title: "the host name is one",
    explanation:
      "The kernel takes 64 characters; resolvers and certificates take letters, digits and dashes.",
    examples: { bad: { patch: { hostname: "my_host" } }, good: { patch: { hostname: "my-host" } } },
  },
  "pod/host-network-hostname": {
    root: "PodSandboxConfig",
    title: "the host's network brings the host's name",
    explanation:
      "With the network of the host the pod shares its UTS namespace as well, so the name given is never set. Leave it empty.",
    examples: {
      bad: {
        patch: {
          hostname: "web",
          linux: { securityContext: { namespaceOptions: { network: "NODE" } } },
        },
      },
      good: { patch: { hostname: "web" } },
    },
  },
};
