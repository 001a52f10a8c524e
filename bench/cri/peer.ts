// The CRI server and client whose figures are held against Go's in main.go; same commands, same answers.
import { readFileSync } from "node:fs";
import { connect, serve } from "@ocikit/cri-client";
import { ListContainersResponse } from "@ocikit/cri-client/messages";

const [mode, socket, ...rest] = process.argv.slice(2);
const endpoint = `unix://${socket}`;
if (mode === "serve") {
  const [file = ""] = rest;
  const list = ListContainersResponse.decode(readFileSync(file));
  const runtimeName = "bench";
  const server = await serve(
    {
      runtime: {
        version: () => ({
          version: "0.1.0",
          runtimeName,
          runtimeVersion: "1",
          runtimeApiVersion: "v1",
        }),
        listContainers: () => list,
      },
    },
    endpoint,
  );
  process.once("SIGTERM", () => void server.close());
  console.log("ready");
} else {
  const [what, inFlight, milliseconds] = rest;
  await using cri = await connect(endpoint);
  const { runtime } = cri;
  const one = (): Promise<unknown> =>
    what === "list" ? runtime.listContainers({}) : runtime.version({ version: "v1" });
  const run = async (forMs: number): Promise<string> => {
    const begin = performance.now();
    const cpu = process.cpuUsage();
    let done = 0;
    const caller = async (): Promise<void> => {
      while (performance.now() - begin < forMs) {
        await one();
        done++;
      }
    };
    await Promise.all(Array.from({ length: Number(inFlight) }, caller));
    const perSecond = (done / (performance.now() - begin)) * 1000;
    const { user, system } = process.cpuUsage(cpu);
    return `${perSecond.toFixed(1)} ${((user + system) / done).toFixed(1)}`;
  };
  // The first half is for the compilers.
  await run(Number(milliseconds) / 2);
  console.log(await run(Number(milliseconds)));
}
