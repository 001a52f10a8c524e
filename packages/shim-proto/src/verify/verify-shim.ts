import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type AnyMessage, RpcError } from "@ocikit/rpc";
import { type ShimDialect, shimDialects } from "../engine/bootstrap.ts";
import { queryShim, type Shim, type ShimOptions, startShim } from "../engine/shim.ts";
import { findShimBinary } from "../engine/shim-binary.ts";
import { makeFifoStdio } from "../engine/stdio.ts";
import { decodeEvent, eventTypeOf } from "../event.ts";
import type { Envelope } from "../gen/types/event.ts";
import { Status } from "../gen/types/task/task.ts";
import { packPayload } from "../payload.ts";
import { EventsService, TaskService, TaskServiceV2 } from "../services.ts";
import { fromTimestamp } from "../timestamp.ts";
import { serve } from "../ttrpc/serve.ts";
import { borrowBundle, makeBundle } from "./bundle.ts";
import { connectAgain, isAlive } from "./raw-call.ts";
import { type VerifyRule, verifyRules } from "./rules.ts";

export interface VerifyOptions {
  /** Dialects the shim must take; unless given, those it takes are tried, and one must do. */
  readonly dialects?: readonly ShimDialect[] | undefined;
  /** A bundle whose process runs until it is killed; one with a static shell is made unless given. */
  readonly bundle?: string | undefined;
  readonly options?: AnyMessage | undefined;
  /** More environment for the shim's program. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds a call may take. Default 10 s. */
  readonly timeoutMs?: number | undefined;
  /** Hears of each finding as it is made. */
  readonly onFinding?: ((finding: VerifyFinding) => void) | undefined;
}

/** What became of one demand in one dialect. */
export interface VerifyFinding {
  readonly rule: VerifyRule;
  readonly dialect: ShimDialect | undefined;
  readonly outcome: "kept" | "broken" | "skipped";
  readonly title: string;
  /** Where the protocol says it. */
  readonly clause: string;
  /** What was seen instead, or why it was not looked at. */
  readonly detail?: string;
}

const shellProcess = (line: string): AnyMessage =>
  packPayload("types.containerd.io/opencontainers/runtime-spec/1/Process", {
    user: { uid: 0, gid: 0 },
    args: ["sh", "-c", line],
    env: ["PATH=/bin:/usr/bin"],
    cwd: "/",
  });

/** A demand that was not met. */
class Deviation extends Error {}

function demand(met: boolean, seen: string): void {
  if (!met) throw new Deviation(seen);
}

/**
 * Drives a shim through the whole protocol in each dialect, and says what it kept and what it broke. Needs what the shim
 * needs (root, for most); cleans up behind it, also behind one that does not.
 */
export async function verifyShim(
  runtime: string,
  options: VerifyOptions = {},
): Promise<readonly VerifyFinding[]> {
  const program = await findShimBinary(runtime);
  const verification = new Verification(program, options);
  await verification.info();
  for (const dialect of options.dialects ?? shimDialects) await verification.inDialect(dialect);
  verification.conclude();
  return verification.findings;
}

class Verification {
  readonly findings: VerifyFinding[] = [];
  readonly #program: string;
  readonly #options: VerifyOptions;
  readonly #timeoutMs: number;
  #dialect: ShimDialect | undefined;
  #taken = 0;

  constructor(program: string, options: VerifyOptions) {
    this.#program = program;
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
  }

  async info(): Promise<void> {
    try {
      const { name } = await queryShim(this.#program, { options: this.#options.options });
      if (name === "") this.#add("info", "broken", "its name is empty");
      else this.#add("info", "kept");
    } catch (error) {
      // Shims of the time before containerd 2.0 do not know the flag, and need not.
      this.#add("info", "skipped", `the program does not answer: ${describe(error)}`);
    }
  }

  async inDialect(dialect: ShimDialect): Promise<void> {
    this.#dialect = dialect;
    // Short: a socket's path has room for 107 bytes.
    const folder = await mkdtemp(join(tmpdir(), "shv-"));
    const events: Envelope[] = [];
    const sink = await serve(join(folder, "events"), (router) =>
      router.service(EventsService, {
        forward({ envelope }) {
          if (envelope !== undefined) events.push(envelope);
          return {};
        },
      }),
    );
    try {
      const shim = await this.#start(folder, "a");
      if (shim === undefined) return;
      this.#taken++;
      await this.#life(shim, folder, events);
      await this.#crash(folder);
    } finally {
      await sink.close({ signal: AbortSignal.abort() });
      await rm(folder, { recursive: true, force: true });
      this.#dialect = undefined;
    }
  }

  conclude(): void {
    if (this.#taken === 0 && this.#options.dialects === undefined) {
      this.#add("start", "broken", "the program starts in no dialect");
    }
  }

  /** Makes a bundle and starts the shim for it; undefined when it does not take the dialect. */
  async #start(
    folder: string,
    name: string,
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<Shim | undefined> {
    const id = `${basename(folder)}-${name}`;
    const bundle = join(folder, id);
    const { bundle: given } = this.#options;
    if (given === undefined) await makeBundle(bundle, annotations);
    else await borrowBundle(given, bundle, annotations);
    try {
      const shim = await startShim(this.#startOptions(folder, id, bundle));
      if (name === "a") this.#judgeStart(shim);
      return shim;
    } catch (error) {
      if (this.#options.dialects !== undefined || name !== "a") {
        this.#add("start", "broken", describe(error));
      } else
        this.#add("start", "skipped", `the shim does not take the dialect: ${describe(error)}`);
      return undefined;
    }
  }

  #startOptions(folder: string, id: string, bundle: string): ShimOptions {
    const { options, env } = this.#options;
    return {
      id,
      namespace: "shimctl",
      bundle,
      runtime: this.#program,
      grpcAddress: join(folder, "engine"),
      ttrpcAddress: join(folder, "events"),
      dialect: this.#dialect ?? "auto",
      socketDirectory: join(folder, "s"),
      ...(options === undefined ? {} : { options }),
      ...(env === undefined ? {} : { env }),
    };
  }

  #judgeStart({ startOutput }: Shim): void {
    this.#add("start", "kept");
    const { stderr = "", outputHeld = false } = startOutput ?? {};
    if (stderr === "") this.#add("start-output", "kept");
    else this.#add("start-output", "broken", `stderr has ${JSON.stringify(stderr)}`);
    if (outputHeld)
      this.#add("start-detach", "broken", "the output was still open after the program had ended");
    else this.#add("start-detach", "kept");
  }

  async #life(shim: Shim, folder: string, events: readonly Envelope[]): Promise<void> {
    const { task, id, bundle, bootstrap } = shim;
    const limit = { timeoutMs: this.#timeoutMs };
    const code = (call: PromiseLike<unknown>): Promise<string> => codeOf(call);
    await using io = await makeFifoStdio(folder);
    try {
      await this.#check("socket", async () => {
        const { mode } = await stat(bootstrap.address.replace("unix://", ""));
        demand((mode & 0o077) === 0, `its mode is ${(mode & 0o777).toString(8)}`);
      });
      await this.#check("unknown", async () => {
        const { state } = TaskService.methods;
        const methods = { state: { ...state, name: "NoSuchMethod" } };
        const service = shim.bootstrap.version === 2 ? TaskServiceV2 : TaskService;
        const method = await code(shim.connection.client({ ...service, methods }).state({}, limit));
        demand(method === "UNIMPLEMENTED", `an unknown method answers ${method}`);
        const other = { ...TaskService, fullName: "no.such.Service" };
        const answer = await code(shim.connection.client(other).state({}, limit));
        demand(answer === "UNIMPLEMENTED", `an unknown service answers ${answer}`);
      });
      await this.#check("absent", async () => {
        const answer = await code(task.state({ id }, limit));
        demand(answer === "NOT_FOUND", `State answers ${answer}`);
      });

      const { options } = this.#options;
      const request = { id, bundle, ...io.fields, ...(options === undefined ? {} : { options }) };
      const made = await this.#check("create", async () => {
        await task.create(request, { timeoutMs: 3 * this.#timeoutMs });
        const { status } = await task.state({ id }, limit);
        demand(status === Status.CREATED, `its status is ${nameOfStatus(status)}`);
      });
      if (!made) return;
      await this.#check("version", async () => {
        const service = bootstrap.version === 2 ? TaskServiceV2 : TaskService;
        const answer = await code(shim.connection.client(service).connect({ id }, limit));
        demand(answer === "OK", `version ${bootstrap.version} answers ${answer}`);
      });
      await this.#check("create-twice", async () => {
        demand((await code(task.create(request, limit))) !== "OK", "a second Create succeeds");
      });

      let waited = false;
      const exit = task.wait({ id }).then((answer) => {
        waited = true;
        return answer;
      });
      exit.catch(() => {});
      let pid = 0;
      const runs = await this.#check("start-task", async () => {
        pid = (await task.start({ id }, limit)).pid;
        demand(pid > 0, `the process id is ${pid}`);
      });
      if (!runs) return;
      io.opened();
      let output = "";
      const ended = (async () => {
        for await (const chunk of io.stdout) output += chunk.toString();
      })();
      await this.#running(shim, pid);
      await this.#exec(shim);
      await this.#pause(shim);
      await this.#check("delete-running", async () => {
        demand((await code(task.delete({ id }, limit))) !== "OK", "Delete of it succeeds");
      });
      // The process may have run for a moment only; it is to have its say before it is killed.
      const until = Date.now() + this.#timeoutMs;
      while (output === "" && this.#options.bundle === undefined && Date.now() < until)
        await sleep(10);
      await this.#check("wait", () => demand(!waited, "Wait answered while the process ran"));
      await this.#end(shim, pid, exit);
      await this.#check("stdout", async () => {
        await Promise.race([ended, sleep(this.#timeoutMs, undefined, { ref: false })]);
        demand(io.stdout.readableEnded, "it does not end");
        demand(
          this.#options.bundle !== undefined || output === "ready\n",
          `it is ${JSON.stringify(output)}`,
        );
      });
      await this.#events(id, events);
      await this.#oversized(shim);
    } finally {
      await this.#shutdown(shim);
    }
  }

  async #running({ task, id, bundle }: Shim, pid: number): Promise<void> {
    const limit = { timeoutMs: this.#timeoutMs };
    await this.#check("state", async () => {
      const state = await task.state({ id }, limit);
      demand(state.id === id, `its id is ${state.id}`);
      demand(state.bundle === bundle, `its bundle is ${state.bundle}`);
      demand(state.pid === pid, `its pid is ${state.pid}, Start said ${pid}`);
      demand(state.status === Status.RUNNING, `its status is ${nameOfStatus(state.status)}`);
    });
    await this.#check("start-twice", async () => {
      demand((await codeOf(task.start({ id }, limit))) !== "OK", "a second Start succeeds");
    });
    await this.#check("connect", async () => {
      const { shimPid, taskPid } = await task.connect({ id }, limit);
      demand(shimPid > 0, `the shim's process id is ${shimPid}`);
      demand(taskPid === pid, `the task's process id is ${taskPid}, Start said ${pid}`);
    });
    await this.#check("pids", async () => {
      const { processes } = await task.pids({ id }, limit);
      demand(
        processes.some((process) => process.pid === pid),
        `${pid} is not among them`,
      );
    });
  }

  async #exec({ task, id }: Shim): Promise<void> {
    const limit = { timeoutMs: this.#timeoutMs };
    const exec = { id, execId: "e1" };
    await this.#check("exec", async () => {
      await task.exec({ ...exec, spec: shellProcess("exit 7") }, limit);
      await this.#check("exec-twice", async () => {
        const again = await codeOf(task.exec({ ...exec, spec: shellProcess("") }, limit));
        demand(again === "ALREADY_EXISTS", `a second Exec answers ${again}`);
      });
      await task.start(exec, limit);
      const { exitStatus } = await task.wait(exec, limit);
      demand(exitStatus === 7, `Wait says ${exitStatus} of a process that exits with 7`);
      const deleted = await task.delete(exec, limit);
      demand(deleted.exitStatus === 7, `Delete says ${deleted.exitStatus}, Wait said 7`);
      const after = await codeOf(task.state(exec, limit));
      demand(after === "NOT_FOUND", `State after Delete answers ${after}`);
    });
    await this.#check("exec-absent", async () => {
      const answer = await codeOf(task.kill({ id, execId: "none", signal: 15 }, limit));
      demand(answer === "NOT_FOUND", `Kill answers ${answer}`);
    });
  }

  async #pause({ task, id }: Shim): Promise<void> {
    const limit = { timeoutMs: this.#timeoutMs };
    const answer = await codeOf(task.pause({ id }, limit));
    if (answer !== "OK") {
      this.#add("pause", "skipped", `Pause answers ${answer}`);
      return;
    }
    await this.#check("pause", async () => {
      const paused = (await task.state({ id }, limit)).status;
      await task.resume({ id }, limit);
      const resumed = (await task.state({ id }, limit)).status;
      demand(paused === Status.PAUSED, `the status is ${nameOfStatus(paused)}`);
      demand(resumed === Status.RUNNING, `the status after Resume is ${nameOfStatus(resumed)}`);
    });
  }

  async #end(
    { task, id }: Shim,
    pid: number,
    exit: Promise<{ exitStatus: number; exitedAt: Parameters<typeof fromTimestamp>[0] }>,
  ): Promise<void> {
    const limit = { timeoutMs: this.#timeoutMs };
    await this.#check("exit", async () => {
      await task.kill({ id, signal: 9, all: true }, limit);
      const late = sleep(this.#timeoutMs, undefined, { ref: false }).then(() => undefined);
      const ended = await Promise.race([exit, late]);
      if (ended === undefined) throw new Deviation("Wait does not answer");
      demand(ended.exitStatus === 137, `it is ${ended.exitStatus} after signal 9`);
      demand(fromTimestamp(ended.exitedAt) !== undefined, "the time of its end is missing");
    });
    await this.#check("kill-ended", async () => {
      const answer = await codeOf(task.kill({ id, signal: 9 }, limit));
      demand(answer === "NOT_FOUND", `Kill answers ${answer}`);
    });
    await this.#check("delete", async () => {
      const deleted = await task.delete({ id }, limit);
      demand(deleted.pid === pid, `its pid is ${deleted.pid}, it was ${pid}`);
      demand(deleted.exitStatus === 137, `its exit status is ${deleted.exitStatus}, it was 137`);
      const after = await codeOf(task.state({ id }, limit));
      demand(after === "NOT_FOUND", `State after Delete answers ${after}`);
    });
  }

  async #events(id: string, all: readonly Envelope[]): Promise<void> {
    const own = (): string[] =>
      all.flatMap((envelope) => {
        const found = decodeEvent(envelope.event);
        const event = found?.event;
        if (found === undefined || event === undefined || !("containerId" in event)) return [];
        if (event.containerId !== id) return [];
        const exec =
          "execId" in event ? event.execId : "id" in event && event.id !== id ? event.id : "";
        return [exec === "" ? found.topic : `${found.topic} ${exec}`];
      });
    const wanted = [
      "/tasks/create",
      "/tasks/start",
      "/tasks/exec-added e1",
      "/tasks/exec-started e1",
      "/tasks/exit e1",
      "/tasks/exit",
      "/tasks/delete",
    ];
    const until = Date.now() + 3000;
    while (wanted.some((topic) => !own().includes(topic)) && Date.now() < until) await sleep(20);
    await this.#check("events", () => {
      const missing = wanted.filter((topic) => !own().includes(topic));
      demand(missing.length === 0, `missing: ${missing.join(", ")}`);
    });
    await this.#check("events-order", () => {
      const seen = own().filter((topic) => wanted.includes(topic));
      const sorted = wanted.filter((topic) => seen.includes(topic));
      demand(seen.join() === sorted.join(), `they came as ${seen.join(", ")}`);
    });
    await this.#check("events-form", () => {
      for (const { topic, namespace, event, timestamp } of all) {
        const found = decodeEvent(event);
        if (found === undefined)
          throw new Deviation(`${topic} carries ${event?.typeUrl ?? "nothing"}`);
        demand(found.topic === topic, `${event?.typeUrl} comes under ${topic}`);
        demand(event?.typeUrl === eventTypeOf(found.topic), `the type URL is ${event?.typeUrl}`);
        demand(namespace === "shimctl", `${topic} is of namespace ${JSON.stringify(namespace)}`);
        demand(fromTimestamp(timestamp) !== undefined, `${topic} has no time`);
      }
    });
  }

  /** Last of all, since a shim may close the connection on it. */
  async #oversized(shim: Shim): Promise<void> {
    await this.#check("oversized", async () => {
      const limit = { timeoutMs: this.#timeoutMs };
      const again = await connectAgain(shim);
      try {
        const answer = await again.oversized(limit.timeoutMs);
        const refused = answer === "RESOURCE_EXHAUSTED" || answer === "UNAVAILABLE";
        demand(refused, `it answers ${answer}`);
        const after = await codeOf(shim.task.connect({ id: shim.id }, limit));
        demand(
          after !== "UNAVAILABLE" && after !== "DEADLINE_EXCEEDED",
          `afterwards the shim answers ${after}`,
        );
      } finally {
        again.close();
      }
    });
  }

  async #shutdown(shim: Shim): Promise<void> {
    const { task, id, bootstrap } = shim;
    const limit = { timeoutMs: this.#timeoutMs };
    await codeOf(task.kill({ id, signal: 9, all: true }, limit));
    await codeOf(task.delete({ id }, limit));
    const { shimPid } = await task.connect({ id }, limit).catch(() => ({ shimPid: 0 }));
    await this.#check("shutdown", async () => {
      await codeOf(task.shutdown({ id, now: true }, limit));
      const closed = await Promise.race([
        shim.whenClosed.then(() => true),
        sleep(this.#timeoutMs, undefined, { ref: false }).then(() => false),
      ]);
      if (!closed && shimPid > 0) process.kill(shimPid, "SIGKILL");
      demand(closed, "the connection stays open");
      const socket = bootstrap.address.replace("unix://", "");
      const until = Date.now() + 2000;
      while ((await exists(socket)) && Date.now() < until) await sleep(20);
      const left = await exists(socket);
      if (left) await rm(socket, { force: true });
      demand(!left, `${socket} is still there`);
    });
    shim.close();
  }

  /** A shim that is killed, and a second container of its group. */
  async #crash(folder: string): Promise<void> {
    const first = await this.#start(folder, "b");
    if (first === undefined) return;
    const limit = { timeoutMs: this.#timeoutMs };
    const { task, id, bundle } = first;
    const { options } = this.#options;
    const request = { id, bundle, ...(options === undefined ? {} : { options }) };
    try {
      await task.create(request, { timeoutMs: 3 * this.#timeoutMs });
      const { pid } = await task.start({ id }, limit);
      const { shimPid } = await task.connect({ id }, limit);
      await this.#check("group", async () => {
        const member = await this.#start(folder, "c", { "io.kubernetes.cri.sandbox-id": id });
        if (member === undefined) throw new Deviation("a second start of the group fails");
        const { address } = member.bootstrap;
        const same = address === first.bootstrap.address;
        if (!same) await codeOf(member.task.shutdown({ id: member.id, now: true }, limit));
        member.close();
        demand(same, `the second one is at ${address}`);
      });
      await this.#check("cleanup", async () => {
        process.kill(shimPid, "SIGKILL");
        await first.whenClosed;
        const deleted = await first.delete(limit);
        demand(deleted.exitStatus > 0, `its exit status is ${deleted.exitStatus}`);
        const until = Date.now() + 3000;
        while ((await isAlive(pid)) && Date.now() < until) await sleep(20);
        const left = await isAlive(pid);
        if (left) process.kill(pid, "SIGKILL");
        demand(!left, `process ${pid} still runs`);
      });
    } catch (error) {
      this.#add("cleanup", "broken", describe(error));
      await codeOf(task.shutdown({ id, now: true }, limit));
    } finally {
      first.close();
      await rm(first.bootstrap.address.replace("unix://", ""), { force: true });
    }
  }

  async #check(rule: VerifyRule, look: () => Promise<void> | void): Promise<boolean> {
    try {
      await look();
      this.#add(rule, "kept");
      return true;
    } catch (error) {
      this.#add(rule, "broken", describe(error));
      return false;
    }
  }

  #add(rule: VerifyRule, outcome: VerifyFinding["outcome"], detail?: string): void {
    const [title, clause] = verifyRules[rule];
    const finding = {
      rule,
      dialect: this.#dialect,
      outcome,
      title,
      clause,
      ...(detail === undefined ? {} : { detail }),
    };
    this.findings.push(finding);
    this.#options.onFinding?.(finding);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function codeOf(call: PromiseLike<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    return error instanceof RpcError ? error.code : "UNKNOWN";
  }
}

function nameOfStatus(status: Status): string {
  return Object.entries(Status).find(([, value]) => value === status)?.[0] ?? String(status);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
