import { parseAddress } from "../../ttrpc/address.ts";
import { faultOfIdentifier } from "./identity.ts";
import { type Form, type MessageRule, sources, text } from "./message-rule.ts";

const result = "containerd.runtime.bootstrap.v1.BootstrapResult";
const good: Form = { version: 3, address: "unix:///run/containerd/s/1", protocol: "ttrpc" };

/** What is said on start. */
export const bootstrapRules: readonly MessageRule[] = [
  {
    id: "bootstrap/version",
    severity: "error",
    spec: sources.bootstrap,
    on: [result],
    check(message, report) {
      const version = Number(message.version ?? 0);
      if (version !== 2 && version !== 3) {
        report(
          message.version === undefined ? "" : "/version",
          `version ${version} is none: 2 and 3 are`,
        );
      }
    },
    doc: {
      title: "version of the task service",
      explanation:
        "Engines speak versions 2 and 3 of the task service; a shim that says another is refused.",
      good,
      bad: { ...good, version: 4 },
    },
  },
  {
    id: "bootstrap/protocol",
    severity: "error",
    spec: sources.bootstrap,
    on: [result],
    check(message, report) {
      const protocol = text(message, "protocol");
      if (protocol !== "ttrpc" && protocol !== "grpc") {
        report(
          protocol === "" ? "" : "/protocol",
          `"protocol" is ${JSON.stringify(protocol)}: ttrpc and grpc are spoken`,
        );
      }
    },
    doc: {
      title: "protocol",
      explanation: "A shim is spoken to in ttrpc or gRPC, and has to say which.",
      good,
      bad: { ...good, protocol: "" },
    },
  },
  {
    id: "bootstrap/address",
    severity: "error",
    spec: sources.bootstrap,
    on: [result],
    check(message, report) {
      const address = text(message, "address");
      try {
        if (!address.includes("://"))
          throw new TypeError(`address ${JSON.stringify(address)}: it names no scheme`);
        parseAddress(address);
      } catch (error) {
        report(
          address === "" ? "" : "/address",
          error instanceof Error ? error.message : String(error),
        );
      }
    },
    doc: {
      title: "address of a shim",
      explanation:
        "unix:// and a path of at most 107 bytes, vsock://CID:PORT, or hvsock://PATH:PORT.",
      good,
      bad: { ...good, address: "tcp://127.0.0.1:1" },
    },
  },
  {
    id: "bootstrap/instance",
    severity: "error",
    spec: sources.bootstrap,
    on: ["containerd.runtime.bootstrap.v1.BootstrapParams"],
    check(message, report) {
      for (const name of ["instanceId", "namespace"] as const) {
        const id = text(message, name);
        const fault = id === "" ? "is missing" : faultOfIdentifier(id);
        if (fault) report(id === "" ? "" : `/${name}`, `"${name}" ${fault}`);
      }
    },
    doc: {
      title: "who is started",
      explanation: "Id and namespace say what the shim is for, and must be those of the flags.",
      good: { instanceId: "web", namespace: "default" },
      bad: { instanceId: "web" },
    },
  },
];
