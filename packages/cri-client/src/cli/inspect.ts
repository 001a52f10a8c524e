import type { Command } from "commander";
import { ContainerStatus } from "../gen/runtime/v1/container.ts";
import { Image } from "../gen/runtime/v1/image.ts";
import { PodSandboxStatus } from "../gen/runtime/v1/sandbox.ts";
import { formatTimestamp } from "../logs/timestamp.ts";
import { CliError } from "./cli-error.ts";
import { type Declare, outputFlag } from "./declare.ts";
import { collect } from "./filters.ts";
import {
  addContainerFlags,
  type SelectContainersOptions,
  selectContainers,
} from "./list-containers.ts";
import { filterHelp, selectImages } from "./list-images.ts";
import { addPodFlags, type SelectPodsOptions, selectPods } from "./list-pods.ts";
import { messageJson, outputFormat, parseInfo, printData } from "./output.ts";
import type { Session } from "./session.ts";
import { showContainerState, showPodState } from "./states.ts";
import { size } from "./words.ts";

export interface InspectOptions {
  readonly output?: string;
  readonly quiet?: boolean;
}

export function declareInspect(declare: Declare): void {
  const flags = (command: Command): Command =>
    command
      .option("-q, --quiet", "without what only the runtime understands")
      .option(outputFlag, "json, yaml or table");
  const all = "show all there is to know of";
  addContainerFlags(
    flags(declare("inspect [ids...]", `${all} containers: these, or as ps`, inspectContainers)),
  );
  addPodFlags(flags(declare("inspectp [ids...]", `${all} pods: these, or as pods`, inspectPods)));
  flags(
    declare("inspecti [images...]", `${all} images: these, or as images`, inspectImages),
  ).option("-f, --filter <condition>", filterHelp, collect);
}

/** `cri inspect ID...`; without ids those that `cri ps` would show. */
export async function inspectContainers(
  session: Session,
  named: readonly string[],
  options: InspectOptions & SelectContainersOptions,
): Promise<void> {
  const { io, cri, quick } = session;
  const ids =
    named.length > 0 ? named : (await selectContainers(session, options)).map(({ id }) => id);
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

/** `cri inspectp ID...`; without ids those that `cri pods` would show. */
export async function inspectPods(
  session: Session,
  named: readonly string[],
  options: InspectOptions & SelectPodsOptions,
): Promise<void> {
  const { io, cri, quick } = session;
  const ids = named.length > 0 ? named : (await selectPods(session, options)).map(({ id }) => id);
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

/** `cri inspecti IMAGE...`; without names those that `cri images` would show. */
export async function inspectImages(
  session: Session,
  named: readonly string[],
  options: InspectOptions & { readonly filter?: readonly string[] },
): Promise<void> {
  const { io, cri, quick } = session;
  const references =
    named.length > 0
      ? named
      : (await selectImages(session, undefined, options.filter)).map(({ id }) => id);
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
