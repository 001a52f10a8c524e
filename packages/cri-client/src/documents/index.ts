import type { MessageSchema } from "@ocikit/diagnostics/proto";
import { ContainerConfig as ContainerConfigCodec } from "../gen/runtime/v1/container.ts";
import { PodSandboxConfig as PodSandboxConfigCodec } from "../gen/runtime/v1/sandbox_config.ts";
import { documentsOf } from "./message-documents.ts";
import type { Target } from "./target.ts";

/** The config of a pod, as files for `cri runp` and `crictl runp` hold it. */
export type PodSandboxConfig = PodSandboxConfigCodec;

/** Checks and reads the config of a pod. */
export const PodSandboxConfig: MessageSchema<PodSandboxConfig, Target> =
  documentsOf(PodSandboxConfigCodec);

/** The config of a container, as files for `cri create` and `crictl create` hold it. */
export type ContainerConfig = ContainerConfigCodec;

/** Checks and reads the config of a container. */
export const ContainerConfig: MessageSchema<ContainerConfig, Target> =
  documentsOf(ContainerConfigCodec);

export {
  type Issue,
  issueText,
  type Result,
  ValidationError,
} from "@ocikit/diagnostics";
export { type CheckRequestsOptions, checkRequests } from "./check-requests.ts";
export { documentsOf } from "./message-documents.ts";
export { messageRuleDocs } from "./rules/docs.ts";
export type { MessageRuleDoc, MessageRuleDocs } from "./rules/message-rule.ts";
export type { Target } from "./target.ts";
