import { ContainerStatus } from "../gen/runtime/v1/container.ts";
import { Image } from "../gen/runtime/v1/image.ts";
import { PodSandboxStatus } from "../gen/runtime/v1/sandbox.ts";
import { formatTimestamp } from "../logs/timestamp.ts";
import { CliError } from "./cli-error.ts";
import { messageJson, outputFormat, parseInfo, printData } from "./output.ts";
import type { Session } from "./session.ts";
import { showContainerState, showPodState } from "./states.ts";
import { size } from "./words.ts";

export interface InspectOptions {
  readonly output?: string;
  readonly quiet?: boolean;
}

/** `cri inspect ID...`. */
export async function inspectContainers(
  { io, cri, quick }: Session,
  ids: readonly string[],
  options: InspectOptions,
): Promise<void> {
  const verbose = options.quiet !== true;
  const answers = [];
  for (const containerId of ids) {
    const { status, info } = await cri.runtime.containerStatus({ containerId, verbose }, quick);
    if (status === undefined)
      throw new CliError(`the runtime gave no status of container ${containerId}`);
    answers.push({ status, info });
  }
  if (outputFormat(options.output, "json") === "table") {
    for (const { status } of answers) {
      printPairs(io, [
        ["ID", status.id],
        ["Name", status.metadata?.name ?? ""],
        ["Attempt", String(status.metadata?.attempt ?? 0)],
        ["State", showContainerState(status.state)],
        ["Image", status.image?.image ?? ""],
        ["Created", formatTimestamp(status.createdAt)],
        ["Started", showTime(status.startedAt)],
        ["Finished", showTime(status.finishedAt)],
        ["Exit code", String(status.exitCode)],
        ["Reason", status.reason],
        ["Log", status.logPath],
      ]);
    }
    return;
  }
  printAll(
    io,
    options,
    answers.map(({ status, info }) => ({
      status: withTimes(messageJson(ContainerStatus, status), [
        "createdAt",
        "startedAt",
        "finishedAt",
      ]),
      ...(verbose && { info: parseInfo(info) }),
    })),
  );
}

/** `cri inspectp ID...`. */
export async function inspectPods(
  { io, cri, quick }: Session,
  ids: readonly string[],
  options: InspectOptions,
): Promise<void> {
  const verbose = options.quiet !== true;
  const answers = [];
  for (const podSandboxId of ids) {
    const { status, info } = await cri.runtime.podSandboxStatus({ podSandboxId, verbose }, quick);
    if (status === undefined)
      throw new CliError(`the runtime gave no status of pod ${podSandboxId}`);
    answers.push({ status, info });
  }
  if (outputFormat(options.output, "json") === "table") {
    for (const { status } of answers) {
      printPairs(io, [
        ["ID", status.id],
        ["Name", status.metadata?.name ?? ""],
        ["Namespace", status.metadata?.namespace ?? ""],
        ["UID", status.metadata?.uid ?? ""],
        ["Attempt", String(status.metadata?.attempt ?? 0)],
        ["State", showPodState(status.state)],
        ["Created", formatTimestamp(status.createdAt)],
        [
          "IP",
          [status.network?.ip, ...(status.network?.additionalIps ?? []).map(({ ip }) => ip)]
            .filter(Boolean)
            .join(", "),
        ],
        ["Runtime", status.runtimeHandler || "(default)"],
      ]);
    }
    return;
  }
  printAll(
    io,
    options,
    answers.map(({ status, info }) => ({
      status: withTimes(messageJson(PodSandboxStatus, status), ["createdAt"]),
      ...(verbose && { info: parseInfo(info) }),
    })),
  );
}

/** `cri inspecti IMAGE...`. */
export async function inspectImages(
  { io, cri, quick }: Session,
  references: readonly string[],
  options: InspectOptions,
): Promise<void> {
  const verbose = options.quiet !== true;
  const answers = [];
  for (const reference of references) {
    const { image, info } = await cri.image.imageStatus(
      { image: { image: reference }, verbose },
      quick,
    );
    if (image === undefined) throw new CliError(`no image ${JSON.stringify(reference)}`);
    answers.push({ image, info });
  }
  if (outputFormat(options.output, "json") === "table") {
    for (const { image } of answers) {
      printPairs(io, [
        ["ID", image.id],
        ["Tags", image.repoTags.join(", ")],
        ["Digests", image.repoDigests.join(", ")],
        ["Size", size(image.size)],
        ["User", image.uid === undefined ? image.username : String(image.uid.value)],
        ["Pinned", String(image.pinned)],
      ]);
    }
    return;
  }
  printAll(
    io,
    options,
    answers.map(({ image, info }) => ({
      status: messageJson(Image, image),
      ...(verbose && { info: parseInfo(info) }),
    })),
  );
}

/** One thing by itself, several as a list. */
function printAll(io: Session["io"], options: InspectOptions, all: readonly object[]): void {
  const format = outputFormat(options.output, "json");
  printData(io, format === "yaml" ? "yaml" : "json", all.length === 1 ? all[0] : all);
}

function printPairs(io: Session["io"], pairs: readonly (readonly [string, string])[]): void {
  for (const [name, value] of pairs) if (value !== "") io.stdout.write(`${name}: ${value}\n`);
}

/** Nanoseconds as moments that people can read; what has not happened stays empty. */
function withTimes(
  status: Record<string, unknown>,
  names: readonly string[],
): Record<string, unknown> {
  const times = names.map((name) => [name, showTime(BigInt(String(status[name] ?? 0)))]);
  return { ...status, ...Object.fromEntries(times) };
}

function showTime(timeNs: bigint): string {
  return timeNs === 0n ? "" : formatTimestamp(timeNs);
}
