// node server.ts SOCKET: answers what it is asked until its input ends.
import { serve } from "@ocikit/shim-proto";
import { EchoService } from "./echo-service.ts";

const [socket = ""] = process.argv.slice(2);
const server = await serve(socket, (router) =>
  router.service(EchoService, {
    async echo({ data }) {
      return { data };
    },
  }),
);
console.log("ready");
for await (const _ of process.stdin);
await server.close({ signal: AbortSignal.abort() });
