import type { Issue } from "@ocikit/diagnostics";
import type { ContainerdEvent } from "../event.ts";
import { sources } from "./rules/message-rule.ts";

// What must have been said of a process before, and what may not have been said yet.
interface ProcessHistory {
  created: boolean;
  started: boolean;
  exited: boolean;
}

interface ContainerHistory extends ProcessHistory {
  deleted: boolean;
  readonly execs: Map<string, ProcessHistory>;
}

/**
 * Looks at the events of tasks in the order they came: of each process create comes before start, start before exit, exit
 * before delete, each once; and the exit of an init after those of its execs. Issues point at the event: `/3` is the fourth.
 */
export function checkEventOrder(events: Iterable<ContainerdEvent>): readonly Issue[] {
  const containers = new Map<string, ContainerHistory>();
  const issues: Issue[] = [];
  let index = -1;
  for (const { topic, event } of events) {
    index++;
    if (!topic.startsWith("/tasks/") || !("containerId" in event)) continue;
    const { containerId } = event;
    const container = containers.get(containerId) ?? newContainer();
    containers.set(containerId, container);
    for (const message of judge(topic, event, containerId, container)) {
      issues.push({
        rule: "event/order",
        severity: "error",
        pointer: `/${index}`,
        message: `${topic} of ${containerId}: ${message}`,
        spec: sources.events,
      });
    }
  }
  return issues;
}

function newContainer(): ContainerHistory {
  return { created: false, started: false, exited: false, deleted: false, execs: new Map() };
}

function judge(
  topic: ContainerdEvent["topic"],
  event: object,
  containerId: string,
  container: ContainerHistory,
): string[] {
  const named = "execId" in event ? event.execId : "id" in event ? event.id : "";
  const execId = named === containerId || typeof named !== "string" ? "" : named;
  switch (topic) {
    case "/tasks/create":
      return mark(container, "created", [], "is made");
    case "/tasks/start":
      return mark(container, "started", ["created"], "starts");
    case "/tasks/exec-added": {
      const exec = { created: false, started: false, exited: false };
      const found = container.execs.get(execId);
      container.execs.set(execId, exec);
      const faults =
        found !== undefined && !found.exited ? [`exec ${execId} is there already`] : [];
      return [...faults, ...mark(exec, "created", [], "is added")];
    }
    case "/tasks/exec-started":
      return markExec(container, execId, "started", ["created"], "starts");
    case "/tasks/exit": {
      if (execId !== "") return markExec(container, execId, "exited", ["started"], "ends");
      const left = [...container.execs].filter(([, exec]) => exec.started && !exec.exited);
      const faults = left.map(([id]) => `exec ${id} has not ended yet`);
      return [...faults, ...mark(container, "exited", ["started"], "ends")];
    }
    case "/tasks/delete": {
      if (execId !== "") return [];
      const faults = container.deleted ? ["it is deleted already"] : [];
      if (container.started && !container.exited) faults.push("it has not ended yet");
      if (!container.created) faults.push("it was not created");
      container.deleted = true;
      return faults;
    }
    default:
      return container.created ? [] : ["it was not created"];
  }
}

function markExec(
  container: ContainerHistory,
  execId: string,
  step: keyof ProcessHistory,
  before: readonly (keyof ProcessHistory)[],
  what: string,
): string[] {
  const exec = container.execs.get(execId);
  if (exec === undefined) return [`exec ${execId} was not added`];
  return mark(exec, step, before, `exec ${execId} ${what}`);
}

function mark(
  history: ProcessHistory,
  step: keyof ProcessHistory,
  before: readonly (keyof ProcessHistory)[],
  what: string,
): string[] {
  const faults = history[step] ? [`it ${what} a second time`] : [];
  for (const earlier of before)
    if (!history[earlier]) faults.push(`it ${what} before it is ${earlier}`);
  history[step] = true;
  return faults;
}
