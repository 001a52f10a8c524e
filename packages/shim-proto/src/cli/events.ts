import { messageToJson } from "../documents/table.ts";
import { EventsService } from "../services.ts";
import { type Server, serve } from "../ttrpc/serve.ts";

/** Takes events where shims send them, and prints one JSON object a line. The caller closes the server. */
export async function runEvents(
  socket: string,
  topic: string,
  print: (line: string) => void,
): Promise<Server> {
  return await serve(socket, (router) =>
    router.service(EventsService, {
      forward({ envelope }) {
        if (envelope?.topic.startsWith(topic)) {
          print(JSON.stringify(messageToJson("containerd.types.Envelope", envelope)));
        }
        return {};
      },
    }),
  );
}
