// Stands in front of a runtime and shows what it is asked, by the kubelet for example.
// node examples/cri-proxy.ts unix:///run/containerd/containerd.sock unix:///run/cri-proxy.sock
import { connect, serve } from "@ocikit/cri-client";

const [runtime, endpoint = "unix:///run/cri-proxy.sock"] = process.argv.slice(2);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

const cri = await connect(runtime, {
  interceptors: [
    (next) => ({
      async unary(method, request, options) {
        const begin = performance.now();
        try {
          return await next.unary(method, request, options);
        } finally {
          console.log(`${method.name} ${(performance.now() - begin).toFixed(1)} ms`);
        }
      },
      stream(method, requests, options) {
        console.log(method.name);
        return next.stream(method, requests, options);
      },
    }),
  ],
});
// A client's methods are handlers as they stand: deadline, cancellation and metadata go on with each call.
const server = await serve({ runtime: cri.runtime, image: cri.image }, endpoint, {
  signal: stop.signal,
});
console.log(`listening on ${server.endpoint}`);
stop.signal.addEventListener("abort", () => void cri[Symbol.asyncDispose]());
