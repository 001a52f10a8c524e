import {
  type CheckOnHostOptions,
  checkOnHost,
  type Result,
  type Schema,
  type TextDocument,
} from "@ocikit/diagnostics";
import type { Config } from "../config.ts";
import type { Host } from "../host.ts";
import { configHostRules } from "../host-rules/index.ts";
import type { Target } from "../target.ts";
import { thisMachine } from "./machine.ts";

/** Checks a config and whether its bundle and a machine have what it names. */
export async function checkOnMachine<T extends Target>(
  schema: Schema<Config, T>,
  document: TextDocument,
  host: Host,
  options: CheckOnHostOptions<T>,
): Promise<Result<Config>> {
  return await checkOnHost(schema, configHostRules, { document }, host, options);
}

/** This machine, for the bundle of a config that may be wrong. */
export function machineFor(document: TextDocument, bundle: string): Host {
  return thisMachine(bundle, rootPath(document.value));
}

function rootPath(config: unknown): string | undefined {
  const root = memberOf(config, "root");
  const path = memberOf(root, "path");
  return typeof path === "string" && !path.includes("\0") ? path : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
