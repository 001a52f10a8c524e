import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { ImageError } from "../error.ts";
import { parseJson } from "../read-document.ts";
import type { Credential, Credentials } from "../registry/auth.ts";
import { codeOf } from "./beneath.ts";

/** Docker Hub goes by this address in credential files, for reasons of the past. */
const HUB_KEY = "https://index.docker.io/v1/";

/** Helpers are programs called docker-credential-NAME; a name with a slash would be any program. */
const HELPER_NAME = /^[A-Za-z0-9_.-]+$/;
const HELPER_TIMEOUT_MS = 30_000;
const MAX_HELPER_BYTES = 1024 * 1024;

interface AuthEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

interface AuthFile {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/**
 * Credentials as docker and podman keep them: `path`, or else the files they look at themselves, in
 * podman's order and then docker's, with credential helpers and stores. Each lookup reads anew, so
 * that a login elsewhere counts at once.
 */
export function dockerConfig(path?: string): Credentials {
  const paths = path === undefined ? authFiles() : [path];
  return async (host, repository) => {
    for (const file of paths) {
      const config = await readAuthFile(file);
      const found = config && (await lookUp(config, host, repository));
      if (found) return found;
    }
    return undefined;
  };
}

/** Where credentials may be, first one first. */
export function authFiles(env: NodeJS.ProcessEnv = process.env): string[] {
  if (env.REGISTRY_AUTH_FILE) return [env.REGISTRY_AUTH_FILE];
  const configHome = env.XDG_CONFIG_HOME || join(homedir(), ".config");
  return [
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, "containers", "auth.json")] : []),
    join(configHome, "containers", "auth.json"),
    dockerConfigPath(env),
  ];
}

export function dockerConfigPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.DOCKER_CONFIG || join(homedir(), ".docker"), "config.json");
}

async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
  const value = parseJson(bytes, path);
  if (typeof value !== "object" || value === null)
    throw new ImageError("DOCUMENT_INVALID", `read ${path}: not a JSON object`);
  return value;
}

async function lookUp(
  config: AuthFile,
  host: string,
  repository: string,
): Promise<Credential | undefined> {
  const hub = host === "docker.io";
  const keys = hub ? [HUB_KEY, "docker.io", "index.docker.io"] : [host];
  for (const key of keys) {
    const helper = config.credHelpers?.[key];
    if (helper !== undefined) return askHelper(helper, key);
  }
  // podman keeps credentials for parts of a registry: the longest name that fits counts.
  const auths = config.auths ?? {};
  const names = [...namespaces(hub ? "docker.io" : host, repository), ...keys];
  const byName = new Map(Object.entries(auths).map(([key, entry]) => [hostOf(key), entry]));
  for (const name of names) {
    const entry = auths[name] ?? byName.get(hostOf(name));
    const found = entry && readEntry(entry, name);
    if (found) return found;
  }
  if (config.credsStore === undefined) return undefined;
  for (const key of keys) {
    const found = await askHelper(config.credsStore, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `host/a/b`, `host/a`: longest first. */
function namespaces(host: string, repository: string): string[] {
  const parts = repository.split("/");
  return parts.map((_, i) => [host, ...parts.slice(0, parts.length - i)].join("/"));
}

/** Old files have whole addresses as keys. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
}

function readEntry(entry: AuthEntry, key: string): Credential | undefined {
  if (entry.registrytoken) return { token: entry.registrytoken };
  if (entry.identitytoken) return { identityToken: entry.identitytoken };
  if (entry.auth) {
    const text = Buffer.from(entry.auth, "base64").toString();
    const colon = text.indexOf(":");
    if (colon === -1)
      throw new ImageError(
        "DOCUMENT_INVALID",
        `read credentials for ${key}: not user:password in base64`,
      );
    // docker pads passwords with zero bytes in some versions.
    return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
  }
  return entry.username ? { username: entry.username, password: entry.password ?? "" } : undefined;
}

async function askHelper(name: string, key: string): Promise<Credential | undefined> {
  const answer = await runHelper(name, "get", key);
  if (answer === undefined) return undefined;
  const { Username, Secret } = (parseJson(
    Buffer.from(answer),
    `answer of docker-credential-${name}`,
  ) ?? {}) as Record<string, unknown>;
  if (typeof Username !== "string" || typeof Secret !== "string" || Secret === "") return undefined;
  return Username === "<token>"
    ? { identityToken: Secret }
    : { username: Username, password: Secret };
}

/** What a credential helper answers, or undefined where it knows nothing. */
async function runHelper(
  name: string,
  verb: "get" | "store" | "erase",
  input: string,
): Promise<string | undefined> {
  if (!HELPER_NAME.test(name))
    throw new ImageError(
      "DOCUMENT_INVALID",
      `run credential helper ${JSON.stringify(name)}: not the name of one`,
    );
  const program = `docker-credential-${name}`;
  const child = spawn(program, [verb], {
    stdio: ["pipe", "pipe", "ignore"],
    timeout: HELPER_TIMEOUT_MS,
  });
  const parts: Buffer[] = [];
  let size = 0;
  child.stdout.on("data", (part: Buffer) => {
    size += part.length;
    if (size > MAX_HELPER_BYTES) child.kill();
    else parts.push(part);
  });
  // A helper that ends without reading closes the pipe; its exit status says what there is to say.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (cause) =>
      reject(
        new ImageError("CONFIG_INVALID", `run ${program}: ${codeOf(cause) ?? cause.message}`, {
          cause,
        }),
      ),
    );
    child.on("close", resolve);
  });
  const text = Buffer.concat(parts).toString();
  if (status === 0) return text;
  // The one failure the protocol names; it is no failure to a lookup.
  if (/credentials not found/i.test(text)) return undefined;
  throw new ImageError("CONFIG_INVALID", `run ${program} ${verb}: exit status ${status}`);
}

/** Keeps credentials for a host where docker keeps them: in its helper or store, else in the file. */
export async function storeCredential(
  host: string,
  credential: { readonly username: string; readonly password: string },
  path: string = dockerConfigPath(),
): Promise<void> {
  const key = host === "docker.io" ? HUB_KEY : host;
  const config = (await readAuthFile(path)) ?? {};
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  if (helper !== undefined) {
    const input = JSON.stringify({
      ServerURL: key,
      Username: credential.username,
      Secret: credential.password,
    });
    await runHelper(helper, "store", input);
    return;
  }
  const auth = Buffer.from(`${credential.username}:${credential.password}`).toString("base64");
  await writeAuthFile(path, { ...config, auths: { ...config.auths, [key]: { auth } } });
}

/** Forgets a host's credentials; whether there were any. */
export async function eraseCredential(
  host: string,
  path: string = dockerConfigPath(),
): Promise<boolean> {
  const key = host === "docker.io" ? HUB_KEY : host;
  const config = (await readAuthFile(path)) ?? {};
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  if (helper !== undefined) {
    const known = (await runHelper(helper, "get", key)) !== undefined;
    if (known) await runHelper(helper, "erase", key);
    return known;
  }
  if (config.auths?.[key] === undefined) return false;
  const { [key]: _, ...auths } = config.auths;
  await writeAuthFile(path, { ...config, auths });
  return true;
}

async function writeAuthFile(path: string, config: AuthFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(aside, `${JSON.stringify(config, undefined, "\t")}\n`, {
    mode: 0o600,
    flag: "wx",
  });
  await chmod(aside, 0o600);
  await rename(aside, path);
}
