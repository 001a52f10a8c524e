import type { ContainerConfig } from "../../document.ts";
import type { Compression } from "../../media-type.ts";
import { type Context, type Option, text, texts, UsageError } from "./command.ts";

/** Options that say what an image is to run. */
export const CONFIG_OPTIONS: Readonly<Record<string, Option>> = {
  cmd: { type: "string", multiple: true, placeholder: "WORD", help: "the command, one word each" },
  entrypoint: {
    type: "string",
    multiple: true,
    placeholder: "WORD",
    help: "the entrypoint, one word each",
  },
  env: {
    type: "string",
    short: "e",
    multiple: true,
    placeholder: "NAME=VALUE",
    help: "set a variable",
  },
  label: {
    type: "string",
    short: "l",
    multiple: true,
    placeholder: "NAME=VALUE",
    help: "set a label",
  },
  user: { type: "string", short: "u", placeholder: "USER", help: "the user" },
  workdir: { type: "string", short: "w", placeholder: "PATH", help: "the working directory" },
  port: {
    type: "string",
    multiple: true,
    placeholder: "PORT/PROTOCOL",
    help: "a port it listens on",
  },
  volume: {
    type: "string",
    multiple: true,
    placeholder: "PATH",
    help: "a directory whose data are not the image's",
  },
  "stop-signal": { type: "string", placeholder: "SIGNAL", help: "the signal that asks it to stop" },
};

export const LAYER_OPTIONS: Readonly<Record<string, Option>> = {
  compression: { type: "string", placeholder: "KIND", help: "gzip (the default), zstd or none" },
  level: { type: "string", placeholder: "NUMBER", help: "level of the compression" },
};

/** A config changed by the options that were given. */
export function changedConfig(before: ContainerConfig, context: Context): ContainerConfig {
  const list = (name: string): readonly string[] | undefined => {
    const values = texts(context, name);
    return values.length > 0 ? values : undefined;
  };
  const [user, workdir, stopSignal] = [
    text(context, "user"),
    text(context, "workdir"),
    text(context, "stop-signal"),
  ];
  const [cmd, entrypoint, ports, volumes, labels, env] = [
    list("cmd"),
    list("entrypoint"),
    list("port"),
    list("volume"),
    list("label"),
    list("env"),
  ];
  const keys = (names: readonly string[]): Record<string, Record<string, never>> =>
    Object.fromEntries(names.map((name) => [name, {}]));
  return {
    ...before,
    ...(user === undefined ? {} : { User: user }),
    ...(workdir === undefined ? {} : { WorkingDir: workdir }),
    ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
    ...(cmd === undefined ? {} : { Cmd: cmd }),
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
    ...(ports === undefined ? {} : { ExposedPorts: { ...before.ExposedPorts, ...keys(ports) } }),
    ...(volumes === undefined ? {} : { Volumes: { ...before.Volumes, ...keys(volumes) } }),
    ...(labels === undefined ? {} : { Labels: { ...before.Labels, ...pairs(labels) } }),
    ...(env === undefined ? {} : { Env: mergedEnv(before.Env ?? [], env) }),
  };
}

export function layerOptions(context: Context): { compression?: Compression; level?: number } {
  const compression = text(context, "compression");
  if (
    compression !== undefined &&
    compression !== "gzip" &&
    compression !== "zstd" &&
    compression !== "none"
  ) {
    throw new UsageError(`--compression ${compression}: not gzip, zstd or none`);
  }
  const level = text(context, "level");
  return {
    ...(compression === undefined ? {} : { compression }),
    ...(level === undefined ? {} : { level: Number(level) }),
  };
}

/** What SOURCE_DATE_EPOCH says, in seconds; images repeat with it, and have the time of now without. */
export function sourceDateEpoch(): number | undefined {
  const value = process.env.SOURCE_DATE_EPOCH;
  if (value === undefined || value === "") return undefined;
  if (!/^\d+$/.test(value))
    throw new UsageError(`SOURCE_DATE_EPOCH is ${JSON.stringify(value)}, not seconds since 1970`);
  return Number(value);
}

export function createdDate(): Date {
  const epoch = sourceDateEpoch();
  return epoch === undefined ? new Date() : new Date(epoch * 1000);
}

export function pairs(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf("=");
      if (equals < 1) throw new UsageError(`${JSON.stringify(entry)} is not NAME=VALUE`);
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

function mergedEnv(before: readonly string[], added: readonly string[]): string[] {
  const byName = new Map(before.map((entry) => [entry.split("=", 1)[0], entry]));
  for (const [name, value] of Object.entries(pairs(added))) byName.set(name, `${name}=${value}`);
  return [...byName.values()];
}
