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

interface InspectOptions {
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
async function inspectContainers(
  session: Session,
  named: readonly string[],
  options: InspectOptions & SelectContainersOptions,
): Promise<void> {
  const { cri, quick } = session;
  const ids =
    named.length > 0 ? named : (await selectContainers(session, options)).map(({ id }) => id);
  await inspect(session, ids, options, {
    ask: (containerId, verbose) => cri.runtime.containerStatus({ containerId, verbose }, quick),
    missing: (id) => `the runtime gave no status of container ${id}`,
    essentials: (status: ContainerStatus) => [
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
    ],
    json: (status) =>
      withTimes(messageJson(ContainerStatus, status), ["createdAt", "startedAt", "finishedAt"]),
  });
}

/** `cri inspectp ID...`; without ids those that `cri pods` would show. */
async function inspectPods(
  session: Session,
  named: readonly string[],
  options: InspectOptions & SelectPodsOptions,
): Promise<void> {
  const { cri, quick } = session;
  const ids = named.length > 0 ? named : (await selectPods(session, options)).map(({ id }) => id);
  await inspect(session, ids, options, {
    ask: (podSandboxId, verbose) => cri.runtime.podSandboxStatus({ podSandboxId, verbose }, quick),
    missing: (id) => `the runtime gave no status of pod ${id}`,
    essentials: (status: PodSandboxStatus) => [
      ["ID", status.id],
      ["Name", status.metadata?.name ?? ""],
      ["Namespace", status.metadata?.namespace ?? ""],
      ["UID", status.metadata?.uid ?? ""],
      ["Attempt", String(status.metadata?.attempt ?? 0)],
      ["State", showPodState(status.state)],
      ["Created", formatTimestamp(status.createdAt)],
      ["IP", addressesOf(status).join(", ")],
      ["Runtime", status.runtimeHandler || "(default)"],
    ],
    json: (status) => withTimes(messageJson(PodSandboxStatus, status), ["createdAt"]),
  });
}

function addressesOf({ network }: PodSandboxStatus): string[] {
  const { ip = "", additionalIps = [] } = network ?? {};
  return [ip, ...additionalIps.map((one) => one.ip)].filter((one) => one !== "");
}

/** `cri inspecti IMAGE...`; without names those that `cri images` would show. */
async function inspectImages(
  session: Session,
  named: readonly string[],
  options: InspectOptions & { readonly filter?: readonly string[] },
): Promise<void> {
  const { cri, quick } = session;
  const references =
    named.length > 0
      ? named
      : (await selectImages(session, undefined, options.filter)).map(({ id }) => id);
  await inspect(session, references, options, {
    async ask(reference, verbose) {
      const request = { image: { image: reference }, verbose };
      const { image: status, info } = await cri.image.imageStatus(request, quick);
      return { status, info };
    },
    missing: (reference) => `no image ${JSON.stringify(reference)}`,
    essentials: (image: Image) => [
      ["ID", image.id],
      ["Tags", image.repoTags.join(", ")],
      ["Digests", image.repoDigests.join(", ")],
      ["Size", size(image.size)],
      ["User", image.uid === undefined ? image.username : String(image.uid.value)],
      ["Pinned", String(image.pinned)],
    ],
    json: (image) => messageJson(Image, image),
  });
}

/** How one kind of thing is inspected. */
interface Kind<Status> {
  ask(
    name: string,
    verbose: boolean,
  ): Promise<{ status: Status | undefined; info: Readonly<Record<string, string>> }>;
  missing(name: string): string;
  /** What people want to know; what is empty is left out. */
  essentials(status: Status): readonly (readonly [string, string])[];
  json(status: Status): Record<string, unknown>;
}

/** Prints one thing by itself, several as a list. */
async function inspect<Status>(
  { io }: Session,
  names: readonly string[],
  options: InspectOptions,
  kind: Kind<Status>,
): Promise<void> {
  const format = outputFormat(options.output, "json");
  const verbose = options.quiet !== true;
  const all: { readonly status: Status; readonly info: Readonly<Record<string, string>> }[] = [];
  for (const name of names) {
    const { status, info } = await kind.ask(name, verbose);
    if (status === undefined) throw new CliError(kind.missing(name));
    all.push({ status, info });
  }
  if (format === "table") {
    const blocks = all.map(({ status }) =>
      kind
        .essentials(status)
        .filter(([, value]) => value !== "")
        .map(([name, value]) => `${name}: ${value}\n`)
        .join(""),
    );
    io.stdout.write(blocks.join("\n"));
    return;
  }
  const shown = all.map(({ status, info }) => ({
    status: kind.json(status),
    ...(verbose && { info: parseInfo(info) }),
  }));
  printData(io, format, shown.length === 1 ? shown[0] : shown);
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
