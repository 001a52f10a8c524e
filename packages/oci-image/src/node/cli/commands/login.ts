import { readFileSync } from "node:fs";
import { parseReference } from "../../../reference.ts";
import { nodeHttp } from "../../../registry/http.node.ts";
import { Registry } from "../../../registry/registry.ts";
import { eraseCredential, storeCredential } from "../../docker-config.ts";
import { argument, type Command, flag, text, UsageError } from "../command.ts";
import { REGISTRY_OPTIONS } from "../location.ts";

const MAX_PASSWORD_BYTES = 64 * 1024;

export const loginCommand: Command = {
  name: "login",
  usage: "HOST",
  summary: "keep credentials for a registry, after it took them",
  options: {
    ...REGISTRY_OPTIONS,
    username: { type: "string", short: "u", placeholder: "NAME", help: "who you are there" },
    "password-stdin": { type: "boolean", help: "read the password from standard input" },
  },
  async run(context) {
    const { signal, output } = context;
    const host = hostOf(argument(context, 0));
    const username = text(context, "username");
    if (username === undefined || !flag(context, "password-stdin")) {
      throw new UsageError(
        "login: give --username NAME and --password-stdin (a password in the arguments would be seen by all)",
      );
    }
    const password = await readPassword();
    const ca = context.options.ca;
    const registry = new Registry(`${host}/login/check`, {
      auth: async () => ({ username, password }),
      plainHttp: flag(context, "plain-http"),
      http: nodeHttp(
        Array.isArray(ca) ? { ca: ca.map((path) => readFileSync(String(path), "utf8")) } : {},
      ),
    });
    await registry.ping({ signal });
    await storeCredential(host, { username, password }, text(context, "authfile"));
    output.line(`logged in to ${host} as ${username}`);
    output.data({ host, username });
    return 0;
  },
};

export const logoutCommand: Command = {
  name: "logout",
  usage: "HOST",
  summary: "forget the credentials for a registry",
  options: { authfile: REGISTRY_OPTIONS.authfile ?? { type: "string", help: "" } },
  async run(context) {
    const host = hostOf(argument(context, 0));
    const known = await eraseCredential(host, text(context, "authfile"));
    context.output.line(known ? `logged out of ${host}` : `not logged in to ${host}`);
    context.output.data({ host, loggedOut: known });
    return 0;
  },
};

/** A host's name is read as the one of any image on it. */
function hostOf(argument: string): string {
  const bare = argument.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  return parseReference(`${bare.includes("/") ? bare : `${bare}/any`}`).registry;
}

async function readPassword(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const part of process.stdin as AsyncIterable<string>) {
    text += part;
    if (text.length > MAX_PASSWORD_BYTES) throw new UsageError("login: the password is too long");
  }
  return text.replace(/\r?\n$/, "");
}
