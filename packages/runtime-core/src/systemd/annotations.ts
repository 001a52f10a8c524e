import type { DbusVariant } from "../dbus/signature.ts";
import { parseTextValue } from "../dbus/text-value.ts";
import { RuntimeError } from "../error.ts";
import { joinPointer } from "../plan/pointer.ts";
import type { UnitProperty } from "./property.ts";

const prefix = "org.systemd.property.";

/**
 * Properties that an annotation may set. Annotations come with images and from users of a cluster: what runs a
 * program, starts another unit, or ends the machine stays out of their reach (CVE-2024-3154).
 */
const allowed: readonly RegExp[] = [
  /^(After|Before|CollectMode|DefaultDependencies|Description|Documentation|PartOf|BindsTo|RequiresMountsFor)$/,
  /^(KillMode|KillSignal|RestartKillSignal|FinalKillSignal|SendSIGHUP|SendSIGKILL|WatchdogSignal)$/,
  /^(TimeoutStopUSec|RuntimeMaxUSec|RuntimeRandomizedExtraUSec|JobTimeoutUSec|JobRunningTimeoutUSec)$/,
  /^(CPU|StartupCPU|Memory|DefaultMemory|StartupMemory|Tasks|IO|StartupIO|BlockIO|StartupBlockIO)[A-Za-z]*$/,
  /^(Startup)?Allowed(CPUs|MemoryNodes)$/,
  /^(OOMPolicy|ManagedOOM[A-Za-z]*|DisableControllers|IPAccounting|IPAddressAllow|IPAddressDeny)$/,
  /^(SocketBindAllow|SocketBindDeny|RestrictNetworkInterfaces)$/,
];

/** Times are told to systemd in microseconds; people write them in seconds. */
function inMicroseconds({ signature, value }: DbusVariant): DbusVariant | undefined {
  if (typeof value === "bigint" && value >= 0n) {
    return { signature: "t", value: value * 1_000_000n };
  }
  if (typeof value !== "number" || value < 0 || signature === "b") return undefined;
  return { signature: "t", value: BigInt(Math.round(value * 1_000_000)) };
}

/**
 * The properties that annotations ask for: `org.systemd.property.TimeoutStopUSec: "uint64 5000000"`, or with
 * `Sec` at the end in seconds.
 *
 * @throws RuntimeError `INVALID_CONFIG` for one that is not allowed, or whose value can't be read
 */
export function annotatedProperties(
  annotations: Readonly<Record<string, string>> | undefined,
): readonly UnitProperty[] {
  return Object.entries(annotations ?? {})
    .filter(([name]) => name.startsWith(prefix))
    .map(([key, text]): UnitProperty => {
      const pointer = joinPointer("/annotations", key);
      const refuse = (message: string, cause?: unknown): never => {
        throw new RuntimeError("INVALID_CONFIG", `annotation ${key}: ${message}`, {
          pointer,
          ...(cause !== undefined && { cause }),
        });
      };
      const given = key.slice(prefix.length);
      const inSeconds = /[^U]Sec$/.test(given);
      const name = inSeconds ? given.replace(/Sec$/, "USec") : given;
      if (!/^[A-Z][A-Za-z]{2,}$/.test(name)) refuse("not the name of a systemd property");
      if (!allowed.some((pattern) => pattern.test(name))) {
        refuse(`the systemd property ${name} may not be set by an annotation`);
      }
      let value: DbusVariant;
      try {
        value = parseTextValue(text);
      } catch (cause) {
        return refuse((cause as Error).message, cause);
      }
      const converted = inSeconds ? inMicroseconds(value) : value;
      return [name, converted ?? refuse(`${JSON.stringify(text)} is not a time in seconds`)];
    });
}
