import type { Command } from "commander";
import { ListPodSandboxResponse, type PodSandbox } from "../gen/runtime/v1/sandbox.ts";
import { eachPod } from "../lists.ts";
import { addListFlags, addNewestFlags, type Declare, labelFlag } from "./declare.ts";
import { newest, parseLabels, parsePattern } from "./filters.ts";
import { messageJson, outputFormat, printData } from "./output.ts";
import type { Session } from "./session.ts";
import { parsePodState, showPodState } from "./states.ts";
import { table } from "./table.ts";
import { age, shortId } from "./words.ts";

/** Which pods are meant. */
export interface SelectPodsOptions {
  readonly id?: string;
  readonly state?: string;
  readonly label?: readonly string[];
  readonly name?: string;
  readonly namespace?: string;
  readonly latest?: boolean;
  readonly last?: string;
}

interface ListPodsOptions extends SelectPodsOptions {
  readonly quiet?: boolean;
  readonly trunc?: boolean;
  readonly output?: string;
}

export function declareListPods(declare: Declare): void {
  const command = declare("pods", "list pods", listPods);
  addListFlags(addPodFlags(command).option("--id <id>", "the one of this id"));
}

/** Says which pods are meant. */
export function addPodFlags(command: Command): Command {
  command
    .option("-s, --state <state>", "ready or notready")
    .option(...labelFlag)
    .option("--name <pattern>", "whose name matches")
    .option("--namespace <pattern>", "whose namespace matches");
  return addNewestFlags(command);
}

/** `cri pods`. */
async function listPods(session: Session, options: ListPodsOptions): Promise<void> {
  const { io } = session;
  const format = outputFormat(options.output, "table");
  const found = await selectPods(session, options);
  if (options.quiet === true) {
    for (const { id } of found) io.stdout.write(`${id}\n`);
    return;
  }
  if (format !== "table") {
    printData(io, format, messageJson(ListPodSandboxResponse, { items: found }));
    return;
  }
  const rows = found.map(({ id, createdAt, state, metadata, runtimeHandler }) => [
    shortId(id, options.trunc === false),
    age(createdAt, io.now()),
    showPodState(state),
    metadata?.name ?? "",
    metadata?.namespace ?? "",
    String(metadata?.attempt ?? 0),
    runtimeHandler || "(default)",
  ]);
  io.stdout.write(
    table(["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"], rows),
  );
}

export async function selectPods(
  { cri, quick }: Session,
  options: SelectPodsOptions,
): Promise<PodSandbox[]> {
  const name = parsePattern(options.name);
  const namespace = parsePattern(options.namespace);
  const filter = {
    id: options.id ?? "",
    labelSelector: parseLabels(options.label),
    ...(options.state !== undefined && { state: { state: parsePodState(options.state) } }),
  };
  const pods: PodSandbox[] = [];
  for await (const pod of eachPod(cri, filter, quick)) {
    if (name !== undefined && !name.test(pod.metadata?.name ?? "")) continue;
    if (namespace !== undefined && !namespace.test(pod.metadata?.namespace ?? "")) continue;
    pods.push(pod);
  }
  return newest(pods, options);
}
