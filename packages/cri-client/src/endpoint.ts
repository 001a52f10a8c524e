import { connect, type Socket } from "node:net";

/** Where a runtime listens. */
export type Endpoint =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "pipe"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** The places a runtime's socket usually stands, in the order crictl looks at them. */
export const defaultEndpoints: readonly string[] = [
  "unix:///run/containerd/containerd.sock",
  "unix:///run/crio/crio.sock",
  "unix:///var/run/cri-dockerd.sock",
];

/**
 * Reads an endpoint: `unix:///run/x.sock`, a bare absolute path, `tcp://127.0.0.1:1234` or `npipe:////./pipe/x`. Throws a
 * TypeError for anything else.
 */
export function parseEndpoint(text: string): Endpoint {
  if (text.startsWith("/")) return { kind: "unix", path: text };
  const [, scheme, rest = ""] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
  switch (scheme) {
    case "unix": {
      // Two slashes and no third would make the first folder a host.
      const [, path] = /^(?:\/\/)?(\/(?!\/).+)$/.exec(rest) ?? [];
      if (path !== undefined) return { kind: "unix", path };
      break;
    }
    case "npipe": {
      const path = rest.replace(/^\/\//, "").replaceAll("/", "\\");
      if (path.startsWith("\\\\")) return { kind: "pipe", path };
      break;
    }
    case "tcp": {
      const [, host, port] = /^\/\/(\[[^\]]+\]|[^:/]+):(\d{1,5})\/?$/.exec(rest) ?? [];
      const number = Number(port);
      if (host !== undefined && number <= 65_535) {
        return { kind: "tcp", host: host.replace(/^\[|\]$/g, ""), port: number };
      }
      break;
    }
  }
  throw new TypeError(
    `endpoint ${JSON.stringify(text)}: neither unix:///path, /path, tcp://host:port nor npipe:////./pipe/name`,
  );
}

/** An endpoint as it is written. */
export function formatEndpoint(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case "unix":
      return `unix://${endpoint.path}`;
    case "pipe":
      return `npipe://${endpoint.path.replaceAll("\\", "/")}`;
    case "tcp": {
      const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
      return `tcp://${host}:${endpoint.port}`;
    }
  }
}

/** Opens a socket to an endpoint. */
export function dial(endpoint: Endpoint): Socket {
  return endpoint.kind === "tcp"
    ? connect({ host: endpoint.host, port: endpoint.port, noDelay: true })
    : connect({ path: endpoint.path });
}
