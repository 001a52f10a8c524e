import { Bus, DbusError } from "../dbus/bus.ts";
import { DecodeError } from "../dbus/decode.ts";
import type { DbusValue, DbusVariant } from "../dbus/signature.ts";
import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { isSystemError } from "../host/system-error.ts";
import type { UnitProperty } from "./property.ts";

const systemd = {
  destination: "org.freedesktop.systemd1",
  path: "/org/freedesktop/systemd1",
  interface: "org.freedesktop.systemd1.Manager",
} as const;

const managerError = "org.freedesktop.systemd1.";

/** A socket at which systemd may be reached. */
interface Door {
  readonly path: string;
  /** Whether a bus stands between. */
  readonly bus: boolean;
}

/** Paths of the sockets in an address such as `unix:path=/run/user/1000/bus;…` (D-Bus: Server Addresses). */
function socketPaths(address: string): readonly string[] {
  return address.split(";").flatMap((one) => {
    const [, path] = /^unix:(?:.*,)?path=([^,]+)/.exec(one) ?? [];
    return path === undefined ? [] : [decodeURIComponent(path)];
  });
}

function doors({ env }: Host, rootless: boolean): readonly Door[] {
  if (!rootless) {
    const address = env.DBUS_SYSTEM_BUS_ADDRESS;
    const paths = address ? socketPaths(address) : ["/run/dbus/system_bus_socket"];
    // Without a bus root may speak to systemd itself.
    return [
      ...paths.map((path) => ({ path, bus: true })),
      { path: "/run/systemd/private", bus: false },
    ];
  }
  const directory = env.XDG_RUNTIME_DIR;
  const address = env.DBUS_SESSION_BUS_ADDRESS;
  const paths = address ? socketPaths(address) : directory ? [`${directory}/bus`] : [];
  return [
    ...paths.map((path) => ({ path, bus: true })),
    ...(directory ? [{ path: `${directory}/systemd/private`, bus: false }] : []),
  ];
}

async function openBus(host: Host, rootless: boolean): Promise<{ bus: Bus; hasMatches: boolean }> {
  const tried: string[] = [];
  for (const { path, bus } of doors(host, rootless)) {
    try {
      return { bus: await Bus.open(host, path, bus), hasMatches: bus };
    } catch (error) {
      if (!(error instanceof DbusError || error instanceof DecodeError || isSystemError(error)))
        throw error;
      tried.push(error.message);
    }
  }
  const why =
    tried.length === 0
      ? "neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set"
      : tried.join("; ");
  throw new RuntimeError("HOST_UNSUPPORTED", `cannot reach systemd over D-Bus: ${why}`);
}

/** What planning needs to know of systemd. */
export interface SystemdFacts {
  readonly version: number;
  /** The cgroup beneath which its units are: empty on a machine of its own. */
  readonly cgroup: string;
}

/** systemd's manager: of the machine, or of a user. */
export class Manager {
  readonly #bus: Bus;

  private constructor(bus: Bus) {
    this.#bus = bus;
  }

  /**
   * Connects to systemd: as root to that of the machine, else to that of the user.
   *
   * @throws RuntimeError `HOST_UNSUPPORTED` when it can't be reached
   */
  static async open(host: Host, rootless: boolean): Promise<Manager> {
    const { bus, hasMatches } = await openBus(host, rootless);
    const manager = new Manager(bus);
    try {
      const { interface: name, path } = systemd;
      const rule = `type='signal',path='${path}',interface='${name}',member='JobRemoved'`;
      if (hasMatches) await bus.match(rule);
      await manager.#call("Subscribe");
      return manager;
    } catch (error) {
      await bus.close();
      throw error;
    }
  }

  async #call(
    member: string,
    signature?: string,
    body?: readonly DbusValue[],
  ): Promise<readonly DbusValue[]> {
    try {
      return await this.#bus.call({
        ...systemd,
        member,
        ...(signature !== undefined && { signature }),
        ...(body && { body }),
      });
    } catch (error) {
      if (!(error instanceof DbusError)) throw error;
      // What we subscribed to twice still comes once.
      if (member === "Subscribe" && error.errorName === `${managerError}AlreadySubscribed`)
        return [];
      throw error;
    }
  }

  async #property(name: string): Promise<DbusValue> {
    const [found] = await this.#bus.call({
      ...systemd,
      interface: "org.freedesktop.DBus.Properties",
      member: "Get",
      signature: "ss",
      body: [systemd.interface, name],
    });
    return (found as DbusVariant).value;
  }

  async facts(): Promise<SystemdFacts> {
    const [, version] = /^\D*(\d+)/.exec(String(await this.#property("Version"))) ?? [];
    const cgroup = String(await this.#property("ControlGroup")).replace(/\/$/, "");
    return { version: Number(version ?? 0), cgroup };
  }

  /** Waits for the end of a job and answers its result: `done`, or why not. */
  async #result(job: DbusValue): Promise<string> {
    const { body } = await this.#bus.signal(
      ({ member, body: [, path] }) => member === "JobRemoved" && path === job,
    );
    return String(body[3]);
  }

  async #start(unit: string, properties: readonly UnitProperty[]): Promise<void> {
    const told = properties.map(([name, value]): DbusValue => [name, value]);
    const body = [unit, "replace", told, []];
    const [job] = await this.#call("StartTransientUnit", "ssa(sv)a(sa(sv))", body);
    const result = await this.#result(job as DbusValue);
    if (result !== "done") throw new DbusError("", `the job ended with ${JSON.stringify(result)}`);
  }

  /** Makes a unit that lasts as long as there are processes in it, and waits until it is there. */
  async startUnit(unit: string, properties: readonly UnitProperty[]): Promise<void> {
    try {
      await this.#start(unit, properties);
    } catch (error) {
      if (!(error instanceof DbusError)) throw error;
      if (error.errorName === `${managerError}UnitExists`) {
        // It may be the failed rest of another; once it is forgotten the name is free.
        await this.resetUnit(unit);
        try {
          await this.#start(unit, properties);
          return;
        } catch (again) {
          throw unitError("start", unit, again);
        }
      }
      throw unitError("start", unit, error);
    }
  }

  /** Ends what runs in a unit, and waits until it is gone; one that is not there is fine. */
  async stopUnit(unit: string): Promise<void> {
    try {
      const [job] = await this.#call("StopUnit", "ss", [unit, "replace"]);
      await this.#result(job as DbusValue);
    } catch (error) {
      if (!isMissing(error)) throw unitError("stop", unit, error);
    }
    await this.resetUnit(unit);
  }

  /** Lets systemd forget that a unit failed. */
  async resetUnit(unit: string): Promise<void> {
    try {
      await this.#call("ResetFailedUnit", "s", [unit]);
    } catch (error) {
      if (!isMissing(error)) throw unitError("reset", unit, error);
    }
  }

  /** Changes properties of a unit until it ends. */
  async setProperties(unit: string, properties: readonly UnitProperty[]): Promise<void> {
    const told = properties.map(([name, value]): DbusValue => [name, value]);
    try {
      await this.#call("SetUnitProperties", "sba(sv)", [unit, true, told]);
    } catch (error) {
      throw unitError("set properties of", unit, error);
    }
  }

  async close(): Promise<void> {
    await this.#bus.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof DbusError && error.errorName === `${managerError}NoSuchUnit`;
}

function unitError(what: string, unit: string, error: unknown): unknown {
  if (!(error instanceof DbusError || error instanceof DecodeError)) return error;
  const message = `unable to ${what} systemd unit ${unit}: ${error.message}`;
  return new RuntimeError("SYSTEMD_FAILED", message, { cause: error });
}
