import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import type { Config } from "../generated/types.ts";
import { type FileTree, type Host, readText } from "../host.ts";
import { containerFiles } from "./container-files.ts";
import { type Executable, headBytes, machineNames, readExecutable, runs } from "./executable.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";
import { hasCapability, ownIds } from "./self.ts";

const spec: string = clause("config.md#process");
const linux: string = clause("config.md#linux-process");

/** Where the C library looks when there is no PATH. */
const defaultPath = "/bin:/usr/bin";

/** How often a script's interpreter may be a script. */
const maxInterpreters = 5;

/**
 * The program and what the machine lets it have.
 *
 * Decision: a program that is not there now may be by the time the container starts, put there by a hook
 * or a mount. A warning.
 */
export const processHostRules: readonly ConfigHostRule[] = hostRulesOn(
  ["linux"],
  [
    {
      id: "process/exec-exists",
      severity: "warning",
      spec,
      host: true,
      async check(config, report, _, host) {
        const program = await findProgram(config, host);
        if (typeof program === "string") return report("/process/args/0", program);
        if (!program) return;
        for (const { path, by } of program.interpreters) {
          const found = await program.files.look(path);
          if (found === "missing" || (typeof found === "object" && found.type !== "file")) {
            report("/process/args/0", `${by} needs ${path}, which is not there`);
          }
        }
      },
    },
    {
      id: "process/exec-arch",
      severity: "warning",
      spec,
      host: true,
      async check(config, report, _, host) {
        const program = await findProgram(config, host);
        if (typeof program !== "object" || program.kind.kind !== "elf") return;
        const { machine } = program.kind;
        const names = machineNames(machine);
        const [name] = names;
        if (name === undefined || runs(host.machine, machine)) return;
        for (const other of names) {
          const emulator = await readText(host.files, `/proc/sys/fs/binfmt_misc/qemu-${other}`);
          if (emulator?.startsWith("enabled")) return;
        }
        report("/process/args/0", `the program is for ${name}, and the machine is ${host.machine}`);
      },
    },
    {
      id: "process/oom-lower-unpriv",
      severity: "warning",
      spec: manual("proc_pid_oom_score_adj(5)"),
      host: true,
      async check({ process }, report, _, { files }) {
        const wanted = process?.oomScoreAdj;
        const own = Number.parseInt((await readText(files, "/proc/self/oom_score_adj")) ?? "", 10);
        if (wanted === undefined || Number.isNaN(own) || wanted >= own) return;
        if ((await hasCapability(files, "CAP_SYS_RESOURCE")) !== false) return;
        // The kernel compares with the score that somebody privileged set last, which nobody can read: at
        // first 0, which is what root may count on, and for users what systemd gave their session.
        const isRoot = (await ownIds(files))?.uid === 0;
        if (isRoot && wanted >= 0) return;
        report("/process/oomScoreAdj", `below ${own}, which is yours, it needs CAP_SYS_RESOURCE`);
      },
    },
    {
      id: "process/apparmor-exists",
      severity: "warning",
      spec: linux,
      host: true,
      async check({ process }, report, _, { files }) {
        const profile = process?.apparmorProfile;
        // A name with these stacks several profiles, or is one of another namespace.
        if (!profile || profile === "unconfined" || /^[:&]|\/\/&/.test(profile)) return;
        const at = "/process/apparmorProfile";
        const parameter = "/sys/module/apparmor/parameters/enabled";
        const enabled = await readText(files, parameter);
        if (enabled === undefined && (await files.look(parameter)) !== "missing") return;
        if (!enabled?.startsWith("Y")) return report(at, "AppArmor is not enabled here");
        const loaded = await readText(files, "/sys/kernel/security/apparmor/profiles");
        if (loaded === undefined) return;
        const names = loaded.split("\n").map((line) => line.replace(/ \(\w+\)$/, ""));
        if (!names.includes(profile)) report(at, `no profile ${JSON.stringify(profile)} is loaded`);
      },
    },
    {
      id: "process/selinux-enabled",
      severity: "error",
      spec: linux,
      host: true,
      async check({ process }, report, _, { files }) {
        if (!process?.selinuxLabel) return;
        if ((await files.look("/sys/fs/selinux/enforce")) !== "missing") return;
        report("/process/selinuxLabel", "SELinux is not enabled here");
      },
    },
  ],
);

interface Program {
  readonly files: FileTree;
  readonly kind: Executable;
  readonly interpreters: readonly { readonly path: string; readonly by: string }[];
}

/** The program of a process, or why there is none; undefined when that cannot be seen. */
async function findProgram(config: Config, host: Host): Promise<Program | string | undefined> {
  const files = containerFiles(config, host);
  const { process } = config;
  const name = process?.args?.[0];
  if (!files || !process || !name) return undefined;
  let refused: string | undefined;
  for (const path of candidates(name, process.cwd, process.env)) {
    const found = await files.look(path);
    if (found === "denied") return undefined;
    if (found === "missing") continue;
    if (found.type === "file" && (found.mode & 0o111) !== 0) return describe(files, path);
    refused ??= `${path} is ${found.type === "file" ? "not executable" : `no file, but a ${found.type}`}`;
  }
  const place = name.includes("/") ? "root filesystem" : "PATH of the environment";
  return refused ?? `${JSON.stringify(name)} is not in the ${place}`;
}

function candidates(name: string, cwd: string, env: readonly string[] | undefined): string[] {
  if (name.includes("/")) return [name.startsWith("/") ? name : `${cwd}/${name}`];
  let path = defaultPath;
  eachElement(env, "/process/env", (entry) => {
    if (entry.startsWith("PATH=")) path = entry.slice(5);
  });
  return path.split(":").map((directory) => `${directory || cwd}/${name}`);
}

/** What a program is, and what it needs to be started: a script its interpreter, and that one its own. */
async function describe(files: FileTree, path: string): Promise<Program | undefined> {
  const interpreters: { path: string; by: string }[] = [];
  let kind: Executable = { kind: "unknown" };
  let next: string | undefined = path;
  for (let count = 0; next !== undefined && count < maxInterpreters; count++) {
    const head: Uint8Array | string = await files.read(next, headBytes);
    if (typeof head === "string") break;
    kind = readExecutable(head);
    const interpreter: string | undefined = kind.kind === "unknown" ? undefined : kind.interpreter;
    if (interpreter) interpreters.push({ path: interpreter, by: next });
    next = kind.kind === "script" ? interpreter : undefined;
  }
  return { files, kind, interpreters };
}

export const processHostDocs: RuleDocs = {
  "process/exec-exists": {
    title: "the program is in the root filesystem",
    explanation:
      "args[0] is looked for as the runtime will: as a path, or in the PATH of process.env; in the root " +
      "filesystem and in what is bind-mounted into it. It has to be executable, and its interpreter (the " +
      "line #!, or the loader of a dynamic program) has to be there too: without it the kernel says of the " +
      "program itself that it does not exist.",
    examples: {
      bad: { patch: {}, host: { rootfs: { "/etc/hostname": "" } } },
      good: { patch: {}, host: { rootfs: { "/bin/sh": { mode: 0o755 } } } },
    },
  },
  "process/exec-arch": {
    title: "the program is for this machine",
    explanation:
      "A program for another processor cannot be started (exec format error), unless an emulator is " +
      "registered in binfmt_misc. Usually the image is for another platform.",
    examples: {
      bad: {
        patch: {},
        host: {
          machine: "aarch64",
          rootfs: {
            "/bin/sh": {
              mode: 0o755,
              text: "\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            },
          },
        },
      },
      good: {
        patch: {},
        host: {
          machine: "x86_64",
          rootfs: {
            "/bin/sh": {
              mode: 0o755,
              text: "\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            },
          },
        },
      },
    },
  },
  "process/oom-lower-unpriv": {
    title: "the out-of-memory score may be set",
    explanation:
      "Lowering the score below one's own needs CAP_SYS_RESOURCE on the host. Compared is the score of who " +
      "checks, so check as the user who starts the container.",
    examples: {
      bad: {
        patch: { process: { oomScoreAdj: -500 } },
        host: {
          files: {
            "/proc/self/oom_score_adj": "0\n",
            "/proc/self/status": "CapEff:\t0000000000000000\n",
          },
        },
      },
      good: {
        patch: { process: { oomScoreAdj: -500 } },
        host: {
          files: {
            "/proc/self/oom_score_adj": "0\n",
            "/proc/self/status": "CapEff:\t000001ffffffffff\n",
          },
        },
      },
    },
  },
  "process/apparmor-exists": {
    title: "the AppArmor profile is loaded",
    explanation:
      "The profile has to be loaded in the kernel of the host, and the container does not start otherwise. " +
      "It is no file of the container's.",
    examples: {
      bad: {
        patch: { process: { apparmorProfile: "docker-default" } },
        host: { files: { "/sys/module/apparmor/parameters/enabled": "N\n" } },
      },
      good: {
        patch: { process: { apparmorProfile: "docker-default" } },
        host: {
          files: {
            "/sys/module/apparmor/parameters/enabled": "Y\n",
            "/sys/kernel/security/apparmor/profiles": "docker-default (enforce)\n",
          },
        },
      },
    },
  },
  "process/selinux-enabled": {
    title: "SELinux is enabled for a label",
    explanation: "runc refuses a config with selinuxLabel on a machine without SELinux.",
    examples: {
      bad: {
        patch: { process: { selinuxLabel: "system_u:system_r:container_t:s0" } },
        host: {},
      },
      good: {
        patch: { process: { selinuxLabel: "system_u:system_r:container_t:s0" } },
        host: { files: { "/sys/fs/selinux/enforce": "1" } },
      },
    },
  },
};
