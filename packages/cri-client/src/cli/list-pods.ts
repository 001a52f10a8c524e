import { ListPodSandboxResponse, type PodSandbox } from "../gen/runtime/v1/sandbox.ts";
import { eachPod } from "../lists.ts";
import { newest, parseLabels, parsePattern } from "./filters.ts";
import { messageJson, outputFormat, printData } from "./output.ts";
import type { Session } from "./session.ts";
import { parsePodState, showPodState } from "./states.ts";
import { table } from "./table.ts";
import { age, shortId } from "./words.ts";

export interface ListPodsOptions {
  readonly id?: string;
  readonly state?: string;
  readonly label?: readonly string[];
  readonly name?: string;
  readonly namespace?: string;
  readonly latest?: boolean;
  readonly last?: string;
  readonly quiet?: boolean;
  readonly trunc?: boolean;
  readonly output?: string;
}

/** `cri pods`. */
export async function listPods(session: Session, options: ListPodsOptions): Promise<void> {
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
  options: ListPodsOptions,
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
