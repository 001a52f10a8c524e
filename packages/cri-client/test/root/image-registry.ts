// A registry with one image, for runtimes to pull from: they take plain HTTP from 127.0.0.1.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** Serves the image of an OCI layout under any repository name, for the one tag. */
export async function serveImage(
  layout: string,
  tag: string,
): Promise<{ host: string } & AsyncDisposable> {
  const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as {
    manifests: { digest: string; mediaType: string }[];
  };
  const [manifest] = index.manifests;
  if (manifest === undefined) throw new Error("the layout has no manifest");
  const server = createServer((request, response) => {
    void (async () => {
      const [, kind, name = ""] =
        /^\/v2\/.+\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? "") ?? [];
      const digest = kind === "manifests" && name === tag ? manifest.digest : name;
      const known = kind !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest);
      const bytes = known
        ? await readFile(join(layout, "blobs", digest.replace(":", "/"))).catch(() => undefined)
        : undefined;
      if (bytes === undefined) {
        response.writeHead(request.url === "/v2/" ? 200 : 404).end();
        return;
      }
      response.writeHead(200, {
        "content-length": bytes.length,
        "content-type":
          digest === manifest.digest ? manifest.mediaType : "application/octet-stream",
        "docker-content-digest": digest,
      });
      response.end(request.method === "HEAD" ? undefined : bytes);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // as: it listens on host and port
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
