import { ImageFsInfoResponse } from "../gen/runtime/v1/image.ts";
import {
  ListMetricDescriptorsResponse,
  ListPodSandboxMetricsResponse,
} from "../gen/runtime/v1/metrics.ts";
import { RuntimeConfigResponse, StatusResponse } from "../gen/runtime/v1/runtime.ts";
import { formatTimestamp } from "../logs/timestamp.ts";
import { watchEvents } from "../watch-events.ts";
import { type Declare, outputFlag } from "./declare.ts";
import { messageJson, outputFormat, parseInfo, printData } from "./output.ts";
import type { Session } from "./session.ts";
import { size } from "./words.ts";

interface AboutOptions {
  readonly output?: string;
  readonly quiet?: boolean;
}

export function declareAbout(declare: Declare): void {
  declare("events", "follow what happens", eventsCommand)
    .alias("event")
    .option(outputFlag, "table, json or yaml");
  declare("info", "show whether the runtime is ready, and what it can do", infoCommand)
    .option("-q, --quiet", "without what only the runtime understands")
    .option(outputFlag, "json, yaml or table");
  declare("version", "show the runtime's version", versionCommand);
  declare("imagefsinfo", "show what images take on disk", imageFsInfoCommand).option(
    outputFlag,
    "json, yaml or table",
  );
  declare("runtime-config", "show the runtime's settings", runtimeConfigCommand).option(
    outputFlag,
    "json or yaml",
  );
  declare("metricsp", "show the metrics of pods", (session, options: AboutOptions) =>
    metricsCommand(session, "metrics", options),
  ).option(outputFlag, "json or yaml");
  declare("metricdescs", "show what metrics are called", (session, options: AboutOptions) =>
    metricsCommand(session, "descriptors", options),
  ).option(outputFlag, "json or yaml");
}

/** `cri version`. */
async function versionCommand({ io, cri, quick }: Session): Promise<void> {
  const { version, runtimeName, runtimeVersion, runtimeApiVersion } = await cri.runtime.version(
    { version: "v1" },
    quick,
  );
  io.stdout.write(
    `Version:  ${version}\nRuntimeName:  ${runtimeName}\nRuntimeVersion:  ${runtimeVersion}\nRuntimeApiVersion:  ${runtimeApiVersion}\n`,
  );
}

/** `cri info`: whether the runtime is ready, and what it can do. */
async function infoCommand({ io, cri, quick }: Session, options: AboutOptions): Promise<void> {
  const format = outputFormat(options.output, "json");
  const answer = await cri.runtime.status({ verbose: options.quiet !== true }, quick);
  if (format === "table") {
    for (const { type, status, reason, message } of answer.status?.conditions ?? []) {
      io.stdout.write(`${type}: ${status ? "yes" : `no (${reason}: ${message})`}\n`);
    }
    return;
  }
  const { info, ...rest } = messageJson(StatusResponse, answer);
  printData(io, format, { ...rest, ...parseInfo(info as Record<string, string>) }); // as: CRI's own map
}

/** `cri imagefsinfo`. */
async function imageFsInfoCommand(
  { io, cri, quick }: Session,
  options: AboutOptions,
): Promise<void> {
  const format = outputFormat(options.output, "json");
  const answer = await cri.image.imageFsInfo({}, quick);
  if (format !== "table") {
    printData(io, format, messageJson(ImageFsInfoResponse, answer));
    return;
  }
  const show = (kind: string, filesystems: typeof answer.imageFilesystems): void => {
    for (const { fsId, usedBytes, inodesUsed } of filesystems) {
      io.stdout.write(
        `${kind}: ${fsId?.mountpoint}: ${size(usedBytes?.value ?? 0n)}, ${inodesUsed?.value ?? 0n} inodes\n`,
      );
    }
  };
  show("images", answer.imageFilesystems);
  show("containers", answer.containerFilesystems);
}

/** `cri runtime-config`. */
async function runtimeConfigCommand(
  { io, cri, quick }: Session,
  options: AboutOptions,
): Promise<void> {
  const answer = await cri.runtime.runtimeConfig({}, quick);
  const format = outputFormat(options.output, "json");
  printData(io, format === "yaml" ? "yaml" : "json", messageJson(RuntimeConfigResponse, answer));
}

/** `cri metricsp`: the metrics of pods; `cri metricdescs`: what they are called. */
async function metricsCommand(
  { io, cri, quick }: Session,
  what: "metrics" | "descriptors",
  options: AboutOptions,
): Promise<void> {
  const format = outputFormat(options.output, "json") === "yaml" ? "yaml" : "json";
  const data =
    what === "metrics"
      ? messageJson(
          ListPodSandboxMetricsResponse,
          await cri.runtime.listPodSandboxMetrics({}, quick),
        )
      : messageJson(
          ListMetricDescriptorsResponse,
          await cri.runtime.listMetricDescriptors({}, quick),
        );
  printData(io, format, data);
}

/** `cri events`: a line each, until it is interrupted. */
async function eventsCommand({ io, cri, signal }: Session, options: AboutOptions): Promise<void> {
  const format = outputFormat(options.output, "table");
  for await (const { type, kind, id, podSandboxId, timeNs } of watchEvents(cri, { signal })) {
    const time = formatTimestamp(timeNs);
    if (format === "table")
      io.stdout.write(`${time} ${kind} ${type} ${id} (pod ${podSandboxId})\n`);
    else if (format === "json")
      io.stdout.write(`${JSON.stringify({ time, kind, type, id, podSandboxId })}\n`);
    else {
      io.stdout.write("---\n");
      printData(io, "yaml", { time, kind, type, id, podSandboxId });
    }
  }
  signal.throwIfAborted();
}
