import {
  eachElement,
  eachMember,
  joinPointer,
  type Pointer,
  type Report,
  type Rule,
  type RuleDoc,
  toPointer,
} from "@ocikit/diagnostics";
import { fieldsOf, type MessageField } from "@ocikit/diagnostics/proto";
import { messageTable } from "../../generated/message-table.ts";
import type * as Forms from "../../generated/message-types.ts";
import type { Target } from "../target.ts";

/** The messages that rules are about, in their canonical JSON form. */
export interface MessageForms {
  readonly AttachRequest: Forms.AttachRequest;
  readonly CDIDevice: Forms.CDIDevice;
  readonly Capability: Forms.Capability;
  readonly CheckpointContainerRequest: Forms.CheckpointContainerRequest;
  readonly ContainerConfig: Forms.ContainerConfig;
  readonly ContainerMetadata: Forms.ContainerMetadata;
  readonly CreateContainerRequest: Forms.CreateContainerRequest;
  readonly DNSConfig: Forms.DNSConfig;
  readonly Device: Forms.Device;
  readonly ExecRequest: Forms.ExecRequest;
  readonly ExecSyncRequest: Forms.ExecSyncRequest;
  readonly HugepageLimit: Forms.HugepageLimit;
  readonly LinuxContainerResources: Forms.LinuxContainerResources;
  readonly LinuxContainerSecurityContext: Forms.LinuxContainerSecurityContext;
  readonly LinuxPodSandboxConfig: Forms.LinuxPodSandboxConfig;
  readonly LinuxSandboxSecurityContext: Forms.LinuxSandboxSecurityContext;
  readonly Mount: Forms.Mount;
  readonly NamespaceOption: Forms.NamespaceOption;
  readonly PodSandboxConfig: Forms.PodSandboxConfig;
  readonly PodSandboxMetadata: Forms.PodSandboxMetadata;
  readonly PortForwardRequest: Forms.PortForwardRequest;
  readonly PortMapping: Forms.PortMapping;
  readonly PullImageRequest: Forms.PullImageRequest;
  readonly RunPodSandboxRequest: Forms.RunPodSandboxRequest;
  readonly StopContainerRequest: Forms.StopContainerRequest;
  readonly UserNamespace: Forms.UserNamespace;
  readonly WindowsContainerResources: Forms.WindowsContainerResources;
}

export type MessageName = keyof MessageForms;

/** A demand on every message of one kind, wherever it stands in a document. */
export interface MessageRule<On extends MessageName = MessageName> {
  readonly on: On;
  readonly id: string;
  readonly severity: "error" | "warning" | "info";
  readonly spec: string;
  /** Pointers are into the message. */
  check(message: MessageForms[On], report: Report, target: Target): void;
}

/** States a rule; what it is given follows from what it is about. */
export function rule<On extends MessageName>(definition: MessageRule<On>): MessageRule {
  // Called only with messages of the kind it names.
  return definition as unknown as MessageRule;
}

/** Docs of a rule, whose examples are merge patches to the base document of a message. */
export interface MessageRuleDoc extends RuleDoc {
  /** The message whose base document the examples are patches to. */
  readonly root: string;
}

export type MessageRuleDocs = Readonly<Record<string, MessageRuleDoc>>;

/** The rules that have something to say about documents of a message: those about it, and about what can be in it. */
export function rulesFor(root: string, rules: readonly MessageRule[]): Rule<never, Target>[] {
  return rules.flatMap((one) => {
    const paths = pathsTo(root, one.on);
    if (paths.length === 0) return [];
    const { id, severity, spec } = one;
    const check = (value: object, report: Report, target: Target): void => {
      for (const path of paths) {
        visit(value, path, "", (message, pointer) => {
          const at = (inside: Pointer): string => `${pointer}${toPointer(inside)}`;
          // The path leads to messages of this kind only.
          one.check(
            message as never,
            (inside, text, details) => report(at(inside), text, moved(details, at)),
            target,
          );
        });
      }
    };
    return [{ id, severity, spec, check }];
  });
}

type Details = Parameters<Report>[2];

/** A fix speaks of the message too. */
function moved(details: Details, at: (pointer: string) => string): Details {
  if (details?.fix === undefined) return details;
  const patch = details.fix.patch.map((operation) =>
    operation.op === "move"
      ? { ...operation, from: at(operation.from), path: at(operation.path) }
      : { ...operation, path: at(operation.path) },
  );
  return { ...details, fix: { ...details.fix, patch } };
}

/** Every way from a message down to messages of another kind. No message of CRI holds one of its own kind. */
function pathsTo(root: string, wanted: string): readonly (readonly MessageField[])[] {
  if (root === wanted) return [[]];
  return fieldsOf(messageTable, root)
    .all.filter(({ kind }) => kind === "message")
    .flatMap((field) => pathsTo(field.type, wanted).map((rest) => [field, ...rest]));
}

function visit(
  value: unknown,
  [field, ...rest]: readonly MessageField[],
  pointer: string,
  found: (message: object, pointer: string) => void,
): void {
  if (typeof value !== "object" || value === null) return;
  if (field === undefined) {
    found(value, pointer);
    return;
  }
  const at = joinPointer(pointer, field.jsonName);
  switch (field.label) {
    case "one":
      // In a list of one, so that an unreadable member ends only this way down.
      eachElement([value], "", (parent) => {
        visit(Reflect.get(parent, field.jsonName), rest, at, found);
      });
      break;
    case "repeated":
      eachElement([value], "", (parent) => {
        eachElement(Reflect.get(parent, field.jsonName), at, (one, to) =>
          visit(one, rest, to, found),
        );
      });
      break;
    case "map":
      eachElement([value], "", (parent) => {
        eachMember(Reflect.get(parent, field.jsonName), at, (one, _, to) =>
          visit(one, rest, to, found),
        );
      });
      break;
  }
}
