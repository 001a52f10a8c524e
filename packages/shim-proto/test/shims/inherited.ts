// Serves the listening socket that it inherited as descriptor 3.
import { serve } from "../../src/ttrpc/serve.ts";
import { StreamService } from "../stream-service.ts";

await serve({ fd: 3 }, (router) =>
  router.service(StreamService, { echo: ({ data }) => ({ data }) }),
);
console.log("ready");
