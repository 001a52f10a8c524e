import { createPrivateKey, createSign, randomUUID, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import net from "node:net";
import { join } from "node:path";
import { run, serve } from "./peers.ts";

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:port` of the registry itself. */
  readonly host: string;
  /** Certificate of the authority that vouches for it, in PEM. */
  readonly ca: string;
  readonly caPath: string;
  readonly user: { readonly username: string; readonly password: string };
  /** Grants the token server gave: scopes as they were asked for. */
  readonly granted: string[];
}

/** Debian's docker-registry on loopback, by TLS, with a token server of our own. */
export async function startRegistry(base: string): Promise<TestRegistry> {
  mkdirSync(base, { recursive: true });
  const at = (name: string): string => join(base, name);
  makeCertificates(base);
  const granted: string[] = [];
  const user = { username: "tester", password: "s3cret:with colon" };
  const tokens = await startTokenServer(base, user, granted);
  const port = await freePort();
  writeFileSync(
    at("config.yml"),
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: at("storage") }, delete: { enabled: true } },
      http: {
        addr: `127.0.0.1:${port}`,
        relativeurls: true,
        tls: { certificate: at("server.pem"), key: at("server.key") },
      },
      auth: {
        token: {
          realm: `https://127.0.0.1:${tokens.port}/token`,
          service: "test",
          issuer: "test",
          rootcertbundle: at("server.pem"),
        },
      },
    }),
  );
  const server = await serve("docker-registry", ["serve", at("config.yml")], () => reachable(port));
  return {
    host: `127.0.0.1:${port}`,
    ca: readFileSync(at("ca.pem"), "utf8"),
    caPath: at("ca.pem"),
    user,
    granted,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await tokens.close();
    },
  };
}

function makeCertificates(base: string): void {
  const script = `
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout server.key -out server.csr
    printf 'subjectAltName=IP:127.0.0.1\\nbasicConstraints=CA:TRUE\\n' > ext
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out server.pem`;
  run("sh", ["-ec", `cd ${base}; ( ${script} ) 2>/dev/null`]);
}

/** What docker's token specification asks of a token server: basic credentials in, a signed token out. */
async function startTokenServer(
  base: string,
  user: { readonly username: string; readonly password: string },
  granted: string[],
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const key = readFileSync(join(base, "server.key"));
  const cert = readFileSync(join(base, "server.pem"));
  const expected = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString("base64")}`;
  const server = https.createServer({ key, cert }, (request, response) => {
    if (request.headers.authorization !== expected) {
      response.writeHead(401).end("{}");
      return;
    }
    const scopes = new URL(request.url ?? "", "https://x").searchParams.getAll("scope");
    granted.push(...scopes);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ token: signToken(key, cert, user.username, scopes), expires_in: 300 }),
    );
  });
  const port = await listen(server);
  return {
    port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function signToken(key: Buffer, cert: Buffer, subject: string, scopes: readonly string[]): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [type = "", name = "", actions = ""] = scope.split(":");
    return { type, name, actions: actions.split(",") };
  });
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = encode({
    typ: "JWT",
    alg: "RS256",
    x5c: [new X509Certificate(cert).raw.toString("base64")],
  });
  const claims = encode({
    iss: "test",
    sub: subject,
    aud: "test",
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access,
  });
  const signature = createSign("RSA-SHA256")
    .update(`${head}.${claims}`)
    .sign(createPrivateKey(key), "base64url");
  return `${head}.${claims}.${signature}`;
}

/** A way to the registry that breaks: connections are cut after as many bytes as `nextCut` says. */
export async function startCutter(
  host: string,
  nextCut: () => number | undefined,
): Promise<{ readonly host: string; readonly cuts: () => number; close(): Promise<void> }> {
  const [address = "", port = ""] = host.split(":");
  const open = new Set<net.Socket>();
  let cuts = 0;
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), address);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      socket.on("error", () => undefined);
    }
    let left = nextCut();
    const pass = (from: net.Socket, to: net.Socket): void => {
      from.on("data", (chunk) => {
        if (left !== undefined) {
          left -= chunk.length;
          if (left <= 0) {
            left = undefined;
            cuts++;
            client.resetAndDestroy();
            // What the registry has of a broken request it gets to the last byte before the cut.
            upstream.destroy();
            return;
          }
        }
        if (!to.write(chunk)) {
          from.pause();
          to.once("drain", () => from.resume());
        }
      });
      from.on("end", () => to.end());
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  const own = await listen(server);
  return {
    host: `127.0.0.1:${own}`,
    cuts: () => cuts,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: net.Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as net.AddressInfo).port));
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
