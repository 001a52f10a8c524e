import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ImageError } from "../error.ts";
import { authFiles, dockerConfig, eraseCredential, storeCredential } from "./docker-config.ts";

let base: string;
let path: string;
const before = process.env.PATH;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "ocikit-auth-"));
  path = join(base, "config.json");
});
afterEach(() => {
  process.env.PATH = before;
  rmSync(base, { recursive: true });
});

const write = (config: unknown): void => writeFileSync(path, JSON.stringify(config));
const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString("base64") });

/** A credential helper of the test's own. */
function helper(name: string, script: string): void {
  mkdirSync(join(base, "bin"), { recursive: true });
  writeFileSync(join(base, "bin", `docker-credential-${name}`), `#!/bin/sh\n${script}`);
  chmodSync(join(base, "bin", `docker-credential-${name}`), 0o755);
  process.env.PATH = `${join(base, "bin")}:${before}`;
}

describe("credentials", () => {
  test("are found by host, and their password may hold colons", async () => {
    write({ auths: { "registry.example:5000": auth("me:a:b"), "other.example": auth("you:c") } });
    expect(await dockerConfig(path)("registry.example:5000", "a/b")).toEqual({
      username: "me",
      password: "a:b",
    });
    expect(await dockerConfig(path)("registry.example", "a/b")).toBeUndefined();
  });

  test("of Docker Hub stand under an address of the past", async () => {
    write({ auths: { "https://index.docker.io/v1/": auth("me:pw") } });
    expect(await dockerConfig(path)("docker.io", "library/alpine")).toEqual({
      username: "me",
      password: "pw",
    });
  });

  test("of part of a registry go before those of all of it, as podman has them", async () => {
    write({
      auths: {
        "registry.example": auth("all:1"),
        "registry.example/team": auth("team:2"),
        "registry.example/team/app": auth("app:3"),
      },
    });
    const name = async (repository: string): Promise<unknown> =>
      await dockerConfig(path)("registry.example", repository);
    expect(await name("team/app")).toMatchObject({ username: "app" });
    expect(await name("team/other")).toMatchObject({ username: "team" });
    expect(await name("else")).toMatchObject({ username: "all" });
  });

  test("may be an identity token or one for the registry itself", async () => {
    write({ auths: { a: { ...auth("x:"), identitytoken: "id" }, b: { registrytoken: "token" } } });
    expect(await dockerConfig(path)("a", "r")).toEqual({ identityToken: "id" });
    expect(await dockerConfig(path)("b", "r")).toEqual({ token: "token" });
  });

  test("come from a helper, which is told the host on its standard input", async () => {
    helper(
      "test",
      `test "$1" = get || exit 1; read host; printf '{"Username":"me","Secret":"%s"}' "$host"`,
    );
    write({ credHelpers: { "registry.example": "test" } });
    expect(await dockerConfig(path)("registry.example", "r")).toEqual({
      username: "me",
      password: "registry.example",
    });
  });

  test("come from the store of all hosts, which may know nothing or an identity token", async () => {
    helper(
      "store",
      `read host; case $host in known) echo '{"Username":"<token>","Secret":"id"}';; *) echo credentials not found in native keychain; exit 1;; esac`,
    );
    write({ credsStore: "store" });
    expect(await dockerConfig(path)("known", "r")).toEqual({ identityToken: "id" });
    expect(await dockerConfig(path)("unknown", "r")).toBeUndefined();
  });

  test("are not had from a helper that fails, is not there, or is no name", async () => {
    helper("broken", "exit 3");
    for (const [name, why] of [
      ["broken", "exit status 3"],
      ["absent-here", "ENOENT"],
      ["../../bin/sh", "not the name of one"],
    ]) {
      write({ credHelpers: { h: name } });
      await expect(dockerConfig(path)("h", "r")).rejects.toThrow(why);
    }
  });

  test("that cannot be read are an error, a file that is not there is none", async () => {
    expect(await dockerConfig(path)("h", "r")).toBeUndefined();
    writeFileSync(path, "{");
    await expect(dockerConfig(path)("h", "r")).rejects.toBeInstanceOf(ImageError);
  });

  test("are looked for where podman and docker look", () => {
    expect(authFiles({ REGISTRY_AUTH_FILE: "/x" })).toEqual(["/x"]);
    expect(
      authFiles({ XDG_RUNTIME_DIR: "/run/1", XDG_CONFIG_HOME: "/c", DOCKER_CONFIG: "/d" }),
    ).toEqual(["/run/1/containers/auth.json", "/c/containers/auth.json", "/d/config.json"]);
  });
});

describe("a login", () => {
  test("is kept in a file only its owner reads, beside what stands there, until the logout", async () => {
    write({ auths: { old: auth("a:b") }, other: 1 });
    await storeCredential("registry.example", { username: "me", password: "pw" }, path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await dockerConfig(path)("registry.example", "r")).toEqual({
      username: "me",
      password: "pw",
    });
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
      other: 1,
      auths: { old: auth("a:b") },
    });
    expect(await eraseCredential("registry.example", path)).toBe(true);
    expect(await eraseCredential("registry.example", path)).toBe(false);
    expect(await dockerConfig(path)("registry.example", "r")).toBeUndefined();
  });

  test("is given to a helper where there is one", async () => {
    helper("keep", `cat > ${base}/kept`);
    write({ credsStore: "keep" });
    await storeCredential("registry.example", { username: "me", password: "pw" }, path);
    expect(JSON.parse(readFileSync(join(base, "kept"), "utf8"))).toEqual({
      ServerURL: "registry.example",
      Username: "me",
      Secret: "pw",
    });
    expect(readFileSync(path, "utf8")).not.toContain("auths");
  });
});
