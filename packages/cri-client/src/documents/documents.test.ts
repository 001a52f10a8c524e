import { join } from "node:path";
import { type Issue, type Result, stringifyJson } from "@ocikit/diagnostics";
import { toJson } from "@ocikit/diagnostics/proto";
import { parseYaml } from "@ocikit/diagnostics/yaml";
import { codecsIn, describeShared, parseProtos, readSharedJson, repository } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { messageTable } from "../generated/message-table.ts";
import * as messages from "../generated/messages.ts";
import { ContainerConfig, documentsOf, PodSandboxConfig } from "./index.ts";

function issuesOf(result: Result<unknown>): readonly Issue[] {
  return result.ok ? result.warnings : result.issues;
}

/** Issues as a person reads them. */
function shown(result: Result<unknown>): string[] {
  return issuesOf(result).map(
    ({ position, pointer, rule, message }) =>
      `${position?.line}:${position?.column} ${pointer} ${rule}: ${message}`,
  );
}

describe("a config", () => {
  test("is the message, ready to be sent, in either spelling and in YAML", () => {
    const expected = messages.PodSandboxConfig.fromPartial({
      metadata: { name: "web", namespace: "default", uid: "4d7c", attempt: 1 },
      logDirectory: "/var/log/pods",
      portMappings: [{ containerPort: 80, hostPort: 8080, protocol: messages.Protocol.UDP }],
      labels: { app_name: "web" },
      linux: {
        securityContext: {
          namespaceOptions: { network: messages.NamespaceMode.NODE },
          runAsUser: { value: 9007199254740993n },
        },
      },
    });
    const json = `{
      "metadata": { "name": "web", "namespace": "default", "uid": "4d7c", "attempt": 1 },
      "logDirectory": "/var/log/pods",
      "portMappings": [{ "containerPort": 80, "hostPort": 8080, "protocol": "UDP" }],
      "labels": { "app_name": "web" },
      "linux": { "securityContext": {
        "namespaceOptions": { "network": "NODE" },
        "runAsUser": { "value": "9007199254740993" }
      } }
    }`;
    const yaml = `
metadata: { name: web, namespace: default, uid: 4d7c, attempt: 1 }
hostname: null
log_directory: /var/log/pods
port_mappings:
  - container_port: 80
    host_port: "8080"
    protocol: 1
labels: { app_name: web }
linux:
  security_context:
    namespace_options: { network: 2 }
    run_as_user: { value: 9007199254740993 }
`;
    const options = { rules: false };
    const fromJson = PodSandboxConfig.checkText(json, options);
    expect(fromJson.ok && fromJson.value).toEqual(expected);
    const fromYaml = PodSandboxConfig.checkDocument(parseYaml(yaml), options);
    expect(fromYaml.ok && fromYaml.value).toEqual(expected);
    const again = PodSandboxConfig.parse(PodSandboxConfig.stringify(expected), options);
    expect(again).toEqual(expected);
  });

  test("with faults is told them all, each at its place, in its own spelling", () => {
    const yaml = `metadata:
  name: my_pod
  uid: ""
log_directry: /var/log
port_mappings:
  - container_port: 70000
    protocol: SCPT
linux:
  security_context:
    namespace_options: { network: 1, usernsOptions: { mode: POD } }
    run_as_group: { value: 5 }
`;
    expect(shown(PodSandboxConfig.checkDocument(parseYaml(yaml)))).toMatchInlineSnapshot(`
      [
        "1:1 /metadata pod/identity: "namespace" must be stated: the kubelet and runtimes tell pods apart by it",
        "2:9 /metadata/name pod/name-underscore: "my_pod" has a "_", which runtimes put between the parts of a pod's name",
        "3:8 /metadata/uid pod/identity: "uid" must be stated: the kubelet and runtimes tell pods apart by it",
        "4:1 /log_directry doc/unknown-key: the specification has no "log_directry" here; did you mean "log_directory"?",
        "6:21 /port_mappings/0/container_port port/range: a port is 1 to 65535, not 70000",
        "7:15 /port_mappings/0/protocol doc/enum: must be "TCP", "UDP" or "SCTP", not "SCPT"; did you mean "SCTP"?",
        "10:35 /linux/security_context/namespace_options/network namespace/mode: "network" is POD or NODE, not CONTAINER",
        "10:38 /linux/security_context/namespace_options/usernsOptions userns/mapping: "uids" has one run of ids, not 0: runtimes take exactly one",
        "10:38 /linux/security_context/namespace_options/usernsOptions userns/mapping: "gids" has one run of ids, not 0: runtimes take exactly one",
        "11:5 /linux/security_context/run_as_group user/sandbox-group-alone: "run_as_group" needs "run_as_user": a group alone is refused",
      ]
    `);
  });

  test("has the values of environment variables as text, as crictl's files do", () => {
    const yaml = "envs: [{ key: PATH, value: '/usr/bin:/bin' }, { key: WORD, value: grün }]";
    const { envs } = ContainerConfig.parse(
      JSON.stringify({
        metadata: { name: "main" },
        image: { image: "example.com/web:1" },
        ...(parseYaml(yaml).value as object),
      }),
    );
    expect(envs.map(({ value }) => Buffer.from(value).toString())).toEqual([
      "/usr/bin:/bin",
      "grün",
    ]);
    const message = messages.ContainerConfig.fromPartial({ envs });
    expect(toJson(messageTable, "ContainerConfig", message)).toEqual({
      envs: [
        { key: "PATH", value: "/usr/bin:/bin" },
        { key: "WORD", value: "grün" },
      ],
    });
  });

  test("in JSON names speaks of JSON names", () => {
    const json = `{
  "metadata": { "name": "main" },
  "image": { "image": "example.com/web:1" },
  "logpath": "a",
  "logPath": "../b",
  "linux": { "securityContext": { "runAsGroup": { "value": 1 } } },
  "envs": [{ "key": "A", "value": "any text, not base64" }]
}`;
    expect(shown(ContainerConfig.checkText(json))).toMatchInlineSnapshot(`
      [
        "4:3 /logpath doc/key-case: "logpath" is written "logPath"; readers in Go take either, others ignore this one",
        "6:35 /linux/securityContext/runAsGroup user/group-alone: "runAsGroup" needs "runAsUser": a group alone is refused",
      ]
    `);
  });

  test("that states a field under both its names is told so", () => {
    const text = '{ "log_path": "a", "logPath": "b" }';
    const twice = issuesOf(ContainerConfig.checkText(text)).filter(
      ({ rule }) => rule === "doc/duplicate-key",
    );
    expect(twice).toMatchObject([{ pointer: "/logPath", position: { line: 1, column: 20 } }]);
    expect(shown(ContainerConfig.check(JSON.parse(text)))[0]).toMatch(/two names of one field/);
  });

  test("is fixed in its own spelling", () => {
    const yaml = 'metadata: { name: main }\nimage: { image: "a/b:1" }\nLog_path: x\n';
    const [issue] = issuesOf(ContainerConfig.checkDocument(parseYaml(yaml)));
    expect(issue).toMatchObject({ rule: "doc/unknown-key", pointer: "/Log_path" });
    const cased = '{ "metadata": { "name": "c" }, "image": { "image": "a/b:1" }, "logPATH": "x" }';
    const [found] = issuesOf(ContainerConfig.checkText(cased));
    expect(found?.fix?.patch).toEqual([{ op: "move", from: "/logPATH", path: "/logPath" }]);
    expect(found?.fix?.edits).toHaveLength(1);
  });

  test("of the wrong type in a place leaves the rest to be checked", () => {
    const text = `{ "metadata": 5, "workingDir": "srv", "mounts": [7, { "containerPath": "x" }] }`;
    const rules = issuesOf(ContainerConfig.checkText(text)).map(
      ({ rule, pointer }) => `${rule} ${pointer}`,
    );
    expect(rules).toEqual(
      expect.arrayContaining([
        "doc/type /metadata",
        "doc/type /mounts/0",
        "process/working-dir /workingDir",
        "mount/path /mounts/1/containerPath",
      ]),
    );
    expect(rules.filter((rule) => rule.startsWith("container/metadata"))).toEqual([]);
  });

  test("a message that was made is checked by the same rules", () => {
    const config = messages.ContainerConfig.fromPartial({ workingDir: "srv" });
    expect(
      issuesOf(ContainerConfig.checkMessage(config))
        .map(({ rule }) => rule)
        .sort(),
    ).toEqual(["container/image", "container/metadata", "process/working-dir"]);
  });

  test("works as a standard schema", async () => {
    const result = await ContainerConfig["~standard"].validate({ metadata: { name: "x" } });
    expect(result).toMatchObject({ issues: [{ message: expect.stringContaining("image") }] });
  });
});

test("there are documents of every message", () => {
  for (const name of Object.keys(messageTable.messages)) {
    const schema = documentsOf(
      Reflect.get(messages, name) ?? Reflect.get(messages, name.replace(".", "_")),
    );
    expect(schema.checkText("{}").ok || schema.rules.length > 0).toBe(true);
  }
});

describeShared("every recorded message", () => {
  interface Vector {
    readonly message: string;
    readonly variant: string;
    readonly base64: string;
  }
  const root = parseProtos(join(repository, "packages/cri-client/proto"));
  const codec = codecsIn(messages);
  const { vectors } = readSharedJson<{ vectors: Vector[] }>("vectors/proto/runtime.v1.json");

  test.for(
    vectors.map((vector, i) => [`${vector.message} ${vector.variant} #${i}`, vector] as const),
  )(
    "%s has the JSON form that a second implementation gives it, and comes back from it",
    ([, { message, base64 }]) => {
      const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
      const own = codec(message);
      if (own === undefined) throw new Error(`no codec for ${message}`);
      const decoded = own.decode(bytes) as object;
      const name = messageTable.types[message] ?? "";
      const json = toJson(messageTable, name, decoded, { protoNames: true });
      const oracle = root.lookupType(message);
      const other = oracle.toObject(oracle.decode(bytes), {
        longs: String,
        enums: String,
        bytes: String,
      });
      expect(json).toEqual(withoutEmpty(withText(message, other)));
      const schema = documentsOf(own as never) as ReturnType<typeof documentsOf<object>>;
      for (const options of [
        {},
        { protoNames: true },
        { wideIntegers: true },
        { defaults: true },
      ]) {
        const text = stringifyJson(toJson(messageTable, name, decoded, options));
        const back = schema.checkText(text, { rules: false });
        const value = withUtf8(decoded);
        expect({ ok: back.ok, value: back.ok && back.value }).toEqual({ ok: true, value });
      }
    },
  );

  /** The other implementation has base64 where environment variables have text. */
  function withText(message: string, value: unknown): unknown {
    const text = JSON.stringify(value, (_key, member: unknown) =>
      isVariable(member) && typeof member.value === "string"
        ? { ...member, value: new TextDecoder().decode(Buffer.from(member.value, "base64")) }
        : member,
    );
    return /KeyValue|Container/.test(message) ? JSON.parse(text) : value;
  }

  /** What is no UTF-8 in an environment variable does not come back. */
  function withUtf8(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withUtf8);
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    const members = Object.entries(value).map(([key, member]) =>
      isVariable(value) && member instanceof Uint8Array
        ? [key, new TextEncoder().encode(new TextDecoder().decode(member))]
        : [key, withUtf8(member)],
    );
    return Object.fromEntries(members);
  }

  function isVariable(member: unknown): member is { key: string; value: unknown } {
    if (typeof member !== "object" || member === null) return false;
    return Object.keys(member).sort().join() === "key,value";
  }

  /** The other implementation keeps parts that say nothing. */
  function withoutEmpty(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withoutEmpty);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => !isEmpty(member))
        .map(([key, member]) => [key, withoutEmpty(member)]),
    );
  }

  function isEmpty(member: unknown): boolean {
    return (
      member === "" ||
      member === 0 ||
      member === "0" ||
      member === false ||
      (Array.isArray(member) && member.length === 0)
    );
  }
});
