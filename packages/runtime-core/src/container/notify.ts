import type { Config } from "@ocikit/oci-spec";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { Host } from "../host/host.ts";
import { slots } from "../plan/slots.ts";
import { ownPid } from "./own-pid.ts";
import type { StateFile } from "./state-file.ts";
import { containerDirectory, fifoPath, type Store } from "./store.ts";

// The program tells readiness on a socket of its own (sd_notify(3)), which is bound into the container; a
// supervisor believes only processes it knows, so we are the ones who tell it.

/** Where the container has the directory with the socket, as runc has it. */
const inside = "/run/notify";
const socketName = "notify.sock";

/** Who supervises us and wants to know when the container is ready. */
async function supervisor({ env, files }: Host): Promise<string | undefined> {
  const socket = env.NOTIFY_SOCKET;
  if (!socket) return undefined;
  // One that is gone keeps nothing from starting, as little as it does with sd_notify(3) itself.
  const isThere = socket.startsWith("@") || (await files.status(socket)) !== undefined;
  return isThere ? socket : undefined;
}

/** The directory that the socket of a container lies in, when somebody wants to know. */
export async function notifyDirectory(store: Store, id: string): Promise<string | undefined> {
  return (await supervisor(store.host)) && `${containerDirectory(store, id)}/notify`;
}

/** The config of a container that is to tell when it is ready. */
export function withNotify(config: Config, directory: string): Config {
  const { process, mounts = [] } = config;
  if (process === undefined) return config;
  return {
    ...config,
    process: {
      ...process,
      env: [...(process.env ?? []), `NOTIFY_SOCKET=${inside}/${socketName}`],
    },
    mounts: [
      ...mounts,
      {
        destination: inside,
        source: directory,
        options: ["bind", "nosuid", "noexec", "nodev", "ro"],
      },
    ],
  };
}

/**
 * The steps around the start of a container that is to tell when it is ready; none when nobody wants to know.
 *
 * @param waits whether the container waits at its fifo: then these start it, and end once it is ready
 */
export async function planNotify(
  store: Store,
  state: StateFile,
  waits: boolean,
): Promise<readonly LaunchStep[]> {
  const { host } = store;
  const { id, init_process_pid: pid, init_process_start: startTime } = state;
  const socket = await supervisor(host);
  const directory = await notifyDirectory(store, id);
  if (socket === undefined || directory === undefined) return [];
  // Created without a supervisor, it has no socket.
  if ((await host.files.status(directory)) === undefined) return [];
  const common = { phase: "host", from: "" } as const;
  const slot = slots.agent;
  const bind = { ...common, op: "bindNotify", directory, name: socketName, slot } as const;
  const tell = {
    ...common,
    op: "forwardReady",
    slot,
    supervisor: socket,
    pid,
    startTime,
    sender: await ownPid(host),
  } as const;
  if (!waits) return [bind, tell];
  return [
    bind,
    { ...common, op: "openContainer", fifo: fifoPath(store, id) },
    // From then on the container's process is the one to watch, since we end.
    { ...tell, main: true },
  ];
}
