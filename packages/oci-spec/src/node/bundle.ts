import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  applySettings,
  type CheckTextOptions,
  type Issue,
  parseJson,
  type Result,
  type TextDocument,
} from "@ocikit/diagnostics";
import { readBounded, systemErrorText } from "@ocikit/diagnostics/node";
import { Config } from "../config.ts";
import type { FileTree, Host } from "../host.ts";
import { filenameIssue } from "../host-rules/document.ts";
import { PortableConfig } from "../portability/portable-config.ts";
import type { PortabilityTarget } from "../portability/target.ts";
import { BundleError } from "./bundle-error.ts";
import { checkOnMachine, machineFor } from "./check-on-machine.ts";
import { machineTarget } from "./machine-target.ts";

const configName = "config.json";
const defaultMaxBytes = 64 * 1024 * 1024;

/** How a bundle is opened. */
export interface OpenBundleOptions {
  /** Most bytes of its config.json; default 64 MiB. */
  readonly maxBytes?: number;
}

/** How a bundle is checked. */
export interface CheckBundleOptions extends CheckTextOptions<PortabilityTarget> {
  /**
   * The machine the container is for, default this one; its kernel and cgroups are then assumed, unless
   * `target` says otherwise. False for none: then only the config is looked at.
   */
  readonly host?: Host | false | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A directory with a config.json and usually a root filesystem. */
export interface Bundle {
  /** As it was named. */
  readonly path: string;
  /** Path of its config.json: what issues call their source. */
  readonly source: string;
  /** The text of the config, and what it stands for. */
  readonly document: TextDocument;
  /** The config, or what is wrong with it whatever the machine. */
  readonly config: Result<Config>;
  /** Files of the root filesystem: no look leads out of it. Undefined where there is none. */
  readonly rootfs: FileTree | undefined;
  /** Checks the config and the machine together; ends early with the reason of an aborted signal. */
  check(options?: CheckBundleOptions): AsyncGenerator<Issue, void, undefined>;
}

/**
 * Reads a bundle's config.json, however wrong it may be. Fails with {@link BundleError}
 * `BUNDLE_UNREADABLE` when there is none that can be read.
 */
export async function openBundle(path: string, options: OpenBundleOptions = {}): Promise<Bundle> {
  const source = join(path, configName);
  try {
    const bytes = await readBounded(source, options.maxBytes ?? defaultMaxBytes);
    return new OpenedBundle(path, source, parseJson(bytes, { source }));
  } catch (error) {
    throw new BundleError(`open the bundle ${path}: ${configName}: ${systemErrorText(error)}`, {
      cause: error,
    });
  }
}

/**
 * Checks a bundle: its config, root filesystem, programs and their interpreters, hooks, mount sources,
 * devices, and whether this machine has what it needs. A bundle without a config.json is an issue too;
 * fails with {@link BundleError} `BUNDLE_UNREADABLE` when it cannot be read.
 *
 * @example
 * for await (const issue of checkBundle("bundle")) console.error(issueText(issue));
 */
export async function* checkBundle(
  path: string,
  options: CheckBundleOptions = {},
): AsyncGenerator<Issue, void, undefined> {
  options.signal?.throwIfAborted();
  let names: readonly string[];
  try {
    names = await readdir(path);
  } catch (error) {
    throw new BundleError(`open the bundle ${path}: ${systemErrorText(error)}`, { cause: error });
  }
  if (names.includes(configName)) {
    const { maxBytes } = options;
    const bundle = await openBundle(path, maxBytes === undefined ? {} : { maxBytes });
    yield* bundle.check(options);
    return;
  }
  const other = names.find((name) => name.toLowerCase() === configName);
  const source = join(path, other ?? configName);
  yield* applySettings([filenameIssue(source)], options.settings ?? {});
}

class OpenedBundle implements Bundle {
  readonly path: string;
  readonly source: string;
  readonly document: TextDocument;
  #config: Result<Config> | undefined;

  constructor(path: string, source: string, document: TextDocument) {
    this.path = path;
    this.source = source;
    this.document = document;
  }

  get config(): Result<Config> {
    this.#config ??= Config.checkDocument(this.document, { source: this.source });
    return this.#config;
  }

  get rootfs(): FileTree | undefined {
    return machineFor(this.document, this.path).rootfs;
  }

  async *check(options: CheckBundleOptions = {}): AsyncGenerator<Issue, void, undefined> {
    const { host, signal, ...rest } = options;
    signal?.throwIfAborted();
    const own = host === undefined ? machineTarget() : {};
    const checked = { source: this.source, ...rest, target: { ...own, ...options.target } };
    const result =
      host === false
        ? PortableConfig.checkDocument(this.document, checked)
        : await checkOnMachine(
            PortableConfig,
            this.document,
            host ?? machineFor(this.document, this.path),
            {
              ...checked,
              ...(signal && { signal }),
            },
          );
    yield* result.ok ? result.warnings : result.issues;
  }
}

export type { Absence, FileFacts, FileTree, FileType, Host, LookOptions } from "../host.ts";
export type { PortabilityTarget } from "../portability/target.ts";
export { BundleError } from "./bundle-error.ts";
export { thisMachine } from "./machine.ts";
export { machineTarget } from "./machine-target.ts";
