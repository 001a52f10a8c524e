import type { Process } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import { type LaunchStep, type ResourceName, symbolTables } from "../generated/plan-ops.ts";
import { planScheduling, planShared, type SharedAttributes } from "./attributes.ts";
import { knownCapabilities } from "./capabilities.ts";
import {
  cleanEnvironment,
  type Environment,
  programCandidates,
  programEnvironment,
} from "./environment.ts";
import { gates } from "./gates.ts";
import {
  type ListenerState,
  planSeccomp,
  type SeccompFilter,
  type SeccompSteps,
} from "./seccomp.ts";
import { slots } from "./slots.ts";

export interface ProcessPlace {
  /** JSON pointer of the process. */
  readonly pointer: string;
  /** Whether supplementary groups may be set. */
  readonly setGroups: boolean;
  /** Whether the launching side sets resource limits, because the process lacks the right to. */
  readonly limitsFromHost: boolean;
  /** What all processes of the container have. */
  readonly shared: SharedAttributes;
  /** Slots that are still needed after start. */
  readonly keepSlots: readonly number[];
  readonly seccomp?: SeccompFilter;
  /** What a listener to the filter is told. */
  readonly state: ListenerState;
}

/** What the process does to itself before it waits for start, and then. */
export interface ProcessSteps {
  readonly host: readonly LaunchStep[];
  readonly container: readonly LaunchStep[];
  readonly environment: Environment;
  /** A filter that is loaded after start. */
  readonly filter: readonly LaunchStep[];
  readonly start: readonly LaunchStep[];
}

const resources = symbolTables.resource?.values ?? {};

/** 2^64-1 and what JSON's doubles make of it: no limit. */
const infinity = 0xffffffffffffffffn;

function limitValue(value: number | bigint): bigint {
  const wide = BigInt(value);
  return wide > infinity || wide < 0n ? infinity : wide;
}

function planLimits(
  process: Process,
  pointer: string,
  phase: "host" | "container",
): readonly LaunchStep[] {
  return (process.rlimits ?? []).map(({ type, soft, hard }, index) => {
    const from = `${pointer}/rlimits/${index}`;
    if (!Object.hasOwn(resources, type)) {
      throw new RuntimeError("INVALID_CONFIG", `unknown resource limit ${type}`, {
        pointer: `${from}/type`,
      });
    }
    const resource = type as ResourceName;
    return { phase, op: "limit", from, resource, soft: limitValue(soft), hard: limitValue(hard) };
  });
}

function limitSteps(
  process: Process,
  { pointer, limitsFromHost }: ProcessPlace,
): Pick<ProcessSteps, "host" | "container"> {
  const plan = (phase: "host" | "container"): readonly LaunchStep[] => [
    ...planLimits(process, pointer, phase),
    ...planScheduling(process, pointer, phase),
  ];
  if (!limitsFromHost) return { host: [], container: plan("container") };
  const limits = plan("host");
  if (limits.length === 0) return { host: [], container: [] };
  return {
    host: [
      { phase: "host", op: "await", from: "", gate: gates.limits },
      ...limits,
      { phase: "host", op: "pass", from: "", gate: gates.limited },
    ],
    container: [
      { phase: "container", op: "pass", from: "", gate: gates.limits },
      { phase: "container", op: "await", from: "", gate: gates.limited },
    ],
  };
}

/** The kernel takes it for "leave as it is", which would be root. */
const noId = 0xffff_ffff;

function refuseNoId(user: NonNullable<Process["user"]>, pointer: string): void {
  const ids: (readonly [string, number | undefined])[] = [
    ["uid", user.uid],
    ["gid", user.gid],
    ...(user.additionalGids ?? []).map((gid, index) => [`additionalGids/${index}`, gid] as const),
  ];
  for (const [name, id] of ids) {
    if (id !== noId) continue;
    throw new RuntimeError("INVALID_CONFIG", `${noId} is no id of a user or group`, {
      pointer: `${pointer}/user/${name}`,
    });
  }
}

function planUser(process: Process, place: ProcessPlace): readonly LaunchStep[] {
  const user = process.user ?? {};
  refuseNoId(user, place.pointer);
  const groups = user.additionalGids ?? [];
  if (groups.length > 0 && !place.setGroups) {
    throw new RuntimeError(
      "INVALID_CONFIG",
      "additional groups can't be set in this user namespace",
      {
        pointer: `${place.pointer}/user/additionalGids`,
      },
    );
  }
  return [
    {
      phase: "container",
      op: "setUser",
      from: `${place.pointer}/user`,
      uid: user.uid ?? 0,
      gid: user.gid ?? 0,
      groups,
      setGroups: place.setGroups,
    },
  ];
}

function planCapabilities(process: Process, pointer: string): readonly LaunchStep[] {
  const { effective, permitted, inheritable, ambient } = process.capabilities ?? {};
  return [
    {
      phase: "container",
      op: "setCapabilities",
      from: `${pointer}/capabilities`,
      effective: knownCapabilities(effective),
      permitted: knownCapabilities(permitted),
      inheritable: knownCapabilities(inheritable),
      ambient: knownCapabilities(ambient),
    },
  ];
}

/** Whether the host's /proc is needed in its slot, to set labels. */
export function setsLabels(process: Process | undefined): boolean {
  return Boolean(process?.apparmorProfile || process?.selinuxLabel);
}

/** A session keyring of the container's own, under the label of its process. */
export function planKeyring(
  id: string,
  process: Process | undefined,
  pointer: string,
): readonly LaunchStep[] {
  const join: LaunchStep = {
    phase: "container",
    op: "joinKeyring",
    from: "",
    name: `_ses.${id}`,
  };
  const { selinuxLabel } = process ?? {};
  if (!selinuxLabel) return [join];
  const from = `${pointer}/selinuxLabel`;
  const set = (label: string): LaunchStep => ({
    phase: "container",
    op: "setExecLabel",
    from,
    proc: slots.proc,
    files: ["keycreate"],
    label,
  });
  return [set(selinuxLabel), join, set("")];
}

/** The labels of security modules that the program gets; they need the host's /proc in its slot. */
export function planLabels(process: Process | undefined, pointer: string): readonly LaunchStep[] {
  const { apparmorProfile, selinuxLabel } = process ?? {};
  const steps: LaunchStep[] = [];
  const set = (property: string, files: readonly string[], label: string): void => {
    const from = `${pointer}/${property}`;
    steps.push({ phase: "container", op: "setExecLabel", from, proc: slots.proc, files, label });
  };
  if (apparmorProfile) set("apparmorProfile", ["apparmor/exec", "exec"], `exec ${apparmorProfile}`);
  if (selinuxLabel) set("selinuxLabel", ["exec"], selinuxLabel);
  return steps;
}

/**
 * The last steps before the program: limits, user, capabilities, filter, in the one order in which each
 * still has the rights it needs and takes none from the next.
 */
export function planProcess(process: Process, place: ProcessPlace): ProcessSteps {
  const { pointer } = place;
  const argv = process.args ?? [];
  const [name] = argv;
  if (name === undefined || name === "") {
    throw new RuntimeError("INVALID_CONFIG", "args must not be empty", {
      pointer: `${pointer}/args`,
    });
  }
  if (!process.cwd.startsWith("/")) {
    const shown = JSON.stringify(process.cwd);
    throw new RuntimeError("INVALID_CONFIG", `must be an absolute path, not ${shown}`, {
      pointer: `${pointer}/cwd`,
    });
  }
  const environment = programEnvironment(cleanEnvironment(process.env, `${pointer}/env`));
  const { entries: env, findHome } = environment;
  const forbidden = process.noNewPrivileges === true;
  // As late as can be, so that it covers little of ours; but somebody must be there to hand over a listener.
  const late = forbidden && place.seccomp?.listener === undefined;
  const filter: SeccompSteps = place.seccomp
    ? planSeccomp(place.seccomp, late ? "start" : "container", place.state)
    : { host: [], process: [] };
  const limits = limitSteps(process, place);
  const from = `${pointer}/cwd`;
  const user = process.user ?? {};
  const container: LaunchStep[] = [
    { phase: "container", op: "closeSlots", from: "", keep: place.keepSlots },
    { phase: "container", op: "ownStreams", from: `${pointer}/user`, uid: user.uid ?? 0 },
    ...(findHome
      ? [
          {
            phase: "container",
            op: "findHome",
            from: `${pointer}/user`,
            uid: user.uid ?? 0,
          } as const,
        ]
      : []),
    ...planShared(place.shared),
    ...limits.container,
    ...(forbidden
      ? [
          {
            phase: "container",
            op: "forbidPrivileges",
            from: `${pointer}/noNewPrivileges`,
          } as const,
        ]
      : // Without no_new_privs a filter takes CAP_SYS_ADMIN, which is about to go.
        filter.process),
    {
      phase: "container",
      op: "dropBounding",
      from: `${pointer}/capabilities/bounding`,
      keep: knownCapabilities(process.capabilities?.bounding),
    },
    // As root it may enter what the user may not, and as the user what root may not (NFS).
    { phase: "container", op: "changeDirectory", from, path: process.cwd, lenient: true },
    ...planUser(process, place),
    { phase: "container", op: "changeDirectory", from, path: process.cwd },
    ...planCapabilities(process, pointer),
    {
      phase: "container",
      op: "setUmask",
      from: `${pointer}/user/umask`,
      mask: user.umask ?? 0o022,
    },
    {
      phase: "container",
      op: "findProgram",
      from: `${pointer}/args`,
      name,
      candidates: programCandidates(name, env),
    },
    ...(forbidden && !late ? filter.process : []),
  ];
  return {
    host: [...limits.host, ...filter.host],
    container,
    environment,
    filter: late ? filter.process : [],
    start: [{ phase: "start", op: "execute", from: `${pointer}/args`, argv, env }],
  };
}
