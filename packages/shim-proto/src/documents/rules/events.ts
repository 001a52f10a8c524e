import { type EventTopic, eventTopics, eventTypeOf } from "../../event.ts";
import { messageOfUrl } from "../table.ts";
import { faultOfIdentifier } from "./identity.ts";
import { type Form, type MessageRule, member, sources, text } from "./message-rule.ts";

const envelope = "containerd.types.Envelope";
const topics: ReadonlySet<string> = new Set(eventTopics);
const types: ReadonlyMap<string, string> = new Map(
  eventTopics.map((topic) => [eventTypeOf(topic), topic]),
);
const start: Form = { "@type": "containerd.events.TaskStart", containerId: "web", pid: 7 };
const good: Form = {
  timestamp: "2026-11-20T12:00:00Z",
  namespace: "k8s.io",
  topic: "/tasks/start",
  event: start,
};

/** Events on their way. */
export const eventRules: readonly MessageRule[] = [
  {
    id: "event/topic",
    severity: "error",
    spec: sources.events,
    on: [envelope],
    check(message, report) {
      const topic = text(message, "topic");
      const event = member(message, "event");
      const type = messageOfUrl(text(event ?? {}, "@type"));
      if (topic === "") report("", '"topic" is missing');
      else if (!/^(\/[a-z0-9-]+)+$/.test(topic))
        report("/topic", `${JSON.stringify(topic)} is no topic: words behind slashes`);
      else if (topics.has(topic) && type !== "" && types.get(type) !== topic) {
        report(
          "/event/@type",
          `${type} does not come under ${topic}; ${eventTypeOf(topic as EventTopic)} does`,
        );
      } else if (!topics.has(topic) && types.has(type)) {
        report("/topic", `${type} comes under ${types.get(type)}, not under ${topic}`);
      }
    },
    doc: {
      title: "topic and type",
      explanation:
        "Subscribers choose events by topic and read them by type, so each topic of the protocol has one type and each type one topic.",
      good,
      bad: { ...good, topic: "/tasks/exit" },
    },
  },
  {
    id: "event/envelope",
    severity: "error",
    spec: sources.events,
    on: [envelope],
    check(message, report) {
      for (const name of ["timestamp", "namespace", "event"] as const) {
        if (message[name] === undefined || message[name] === null || message[name] === "") {
          report("", `"${name}" is missing: containerd does not take the event`);
        }
      }
      const namespace = text(message, "namespace");
      const fault = namespace === "" ? undefined : faultOfIdentifier(namespace);
      if (fault) report("/namespace", `${JSON.stringify(namespace)} ${fault}`);
    },
    doc: {
      title: "what an envelope holds",
      explanation: "containerd refuses an event without a time, a namespace or a payload.",
      good,
      bad: { ...good, namespace: "" },
    },
  },
  {
    id: "event/type-url",
    severity: "warning",
    spec: sources.events,
    on: [envelope],
    check(message, report) {
      const typeUrl = text(member(message, "event") ?? {}, "@type");
      if (typeUrl.includes("/") && types.has(messageOfUrl(typeUrl))) {
        report("/event/@type", `containerd writes the name alone: ${messageOfUrl(typeUrl)}`);
      }
    },
    doc: {
      title: "form of a type URL",
      explanation:
        "containerd and its subscribers know types by their bare names; a prefix is understood by some and not by others.",
      good,
      bad: {
        ...good,
        event: { ...start, "@type": "type.googleapis.com/containerd.events.TaskStart" },
      },
    },
  },
  {
    id: "event/container",
    severity: "error",
    spec: sources.events,
    on: [envelope],
    check(message, report) {
      const event = member(message, "event");
      const type = messageOfUrl(text(event ?? {}, "@type"));
      if (
        event === undefined ||
        !type.startsWith("containerd.events.Task") ||
        typeof event.value === "string"
      )
        return;
      if (text(event, "containerId") === "" && text(event, "container_id") === "") {
        report("/event", '"containerId" is missing: nobody knows whose event it is');
      }
    },
    doc: {
      title: "whose event it is",
      explanation: "Every event of a task names its container.",
      good,
      bad: { ...good, event: { "@type": "containerd.events.TaskStart", pid: 7 } },
    },
  },
];
