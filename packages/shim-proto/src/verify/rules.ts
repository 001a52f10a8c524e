/** The name of a demand. */
export type VerifyRule =
  | "info"
  | "start"
  | "start-output"
  | "start-detach"
  | "socket"
  | "version"
  | "unknown"
  | "oversized"
  | "absent"
  | "create"
  | "create-twice"
  | "start-task"
  | "start-twice"
  | "state"
  | "connect"
  | "pids"
  | "stdout"
  | "exec"
  | "exec-twice"
  | "exec-absent"
  | "pause"
  | "delete-running"
  | "wait"
  | "exit"
  | "kill-ended"
  | "delete"
  | "events"
  | "events-order"
  | "events-form"
  | "shutdown"
  | "group"
  | "cleanup";

/** What the protocol demands of a shim, and where it says so. */
export const verifyRules: Readonly<Record<VerifyRule, readonly [title: string, clause: string]>> = {
  info: ["-info prints a RuntimeInfo and ends with 0", "containerd runtime v2: introspection"],
  start: ["start answers with an address and ends with 0", "containerd runtime v2: start"],
  "start-output": [
    "start writes nothing but its answer: engines read stdout and stderr as one",
    "containerd runtime v2: start",
  ],
  "start-detach": [
    "what start leaves behind holds neither stdout nor stderr open: engines read to their end",
    "containerd runtime v2: start",
  ],
  socket: ["the socket is its owner's alone", "containerd runtime v2: socket"],
  version: [
    "the task service of the version that was answered is there",
    "containerd runtime v2: shim version",
  ],
  unknown: [
    "a method or service that is not there answers UNIMPLEMENTED",
    "ttrpc: unknown service or method",
  ],
  oversized: [
    "a message over 4 MiB is refused, and the shim lives on",
    "ttrpc: the maximum data length is 4 MiB",
  ],
  absent: ["a container that is not there is NOT_FOUND", "task API: State"],
  create: ["Create makes a container that waits for Start", "task API: Create"],
  "create-twice": ["a container that is there is not made again", "task API: Create"],
  "start-task": ["Start runs the process, and says its id", "task API: Start"],
  "start-twice": ["a process is started once", "task API: Start"],
  state: ["State says id, bundle, pid and status as they are", "task API: State"],
  connect: ["Connect says the ids of shim and task", "task API: Connect"],
  pids: ["Pids lists the init process", "task API: Pids"],
  stdout: ["output goes where Create said, and ends with the process", "task API: stdio"],
  exec: ["an exec is added, started, waited for and deleted by its id", "task API: Exec"],
  "exec-twice": ["an exec id that is in use is ALREADY_EXISTS", "task API: Exec"],
  "exec-absent": ["an exec that is not there is NOT_FOUND", "task API: Kill"],
  pause: ["Pause freezes a container and Resume lets it go on", "task API: Pause"],
  "delete-running": ["a process that runs is not deleted", "task API: Delete"],
  wait: ["Wait answers when the process has ended, and not before", "task API: Wait"],
  exit: [
    "a process that was killed by signal N has exit status 128 + N, and a time",
    "task API: Wait",
  ],
  "kill-ended": ["a signal to a process that has ended is NOT_FOUND", "task API: Kill"],
  delete: ["Delete says how the process ended, as Wait did, and forgets it", "task API: Delete"],
  events: ["every step of a task's life is published", "containerd runtime v2: events"],
  "events-order": [
    "create, start, exit and delete come in this order, and an init's exit after its execs'",
    "containerd runtime v2: events",
  ],
  "events-form": [
    "an event has its namespace, the topic of its type, and the bare name of its type",
    "containerd runtime v2: events",
  ],
  shutdown: ["Shutdown ends the shim, and its socket goes", "task API: Shutdown"],
  group: ["containers of a group share the shim", "containerd runtime v2: grouping"],
  cleanup: [
    "delete cleans up after a shim that was killed: its processes are gone, its answer is a DeleteResponse",
    "containerd runtime v2: delete",
  ],
};
