import { filesystemOptions, runtimeOptions } from "../data/mount-options.ts";
import { cleanPath, isBelow } from "../path.ts";

/** A fault in the options of an overlay, with the index of the option unless one is missing. */
export interface OverlayFault {
  readonly index?: number;
  readonly message: string;
}

/** Longest text of options that mount(2) takes: a page. */
const maxData = 4095;

const known = filesystemOptions.get("overlay") ?? [];

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly index: number;
}

/** What is wrong with the options of an overlay. */
export function overlayFaults(options: readonly string[]): readonly OverlayFault[] {
  const settings = options.flatMap((option, index) => settingsOf(option, index));
  const faults: OverlayFault[] = settings.flatMap(settingFaults);
  const of = (name: string): Setting | undefined => settings.findLast((one) => one.name === name);
  const [upper, work] = [of("upperdir"), of("workdir")];
  if (!of("lowerdir") && !of("lowerdir+")) faults.push({ message: "an overlay needs a lowerdir" });
  if (upper && !work) {
    faults.push({ index: upper.index, message: "upperdir needs a workdir on the same filesystem" });
  }
  if (upper && work) {
    const [one, other] = [cleanPath(upper.value), cleanPath(work.value)];
    if (isBelow(one, other) || isBelow(other, one)) {
      faults.push({ index: work.index, message: "workdir and upperdir are one in the other" });
    }
  }
  if (options.filter((option) => !runtimeOptions.has(option)).join().length > maxData) {
    faults.push({ message: `mount(2) cuts the options after ${maxData} bytes` });
  }
  return faults;
}

/** The kernel splits the text at every comma without a backslash, wherever the caller did. */
function settingsOf(option: string, index: number): Setting[] {
  return option.split(/(?<!\\),/).map((text) => {
    const end = text.indexOf("=");
    if (end === -1) return { name: text, value: "", index };
    return { name: text.slice(0, end), value: text.slice(end + 1), index };
  });
}

function settingFaults(
  { name, value, index }: Setting,
  at: number,
  all: readonly Setting[],
): OverlayFault[] {
  if (all[at - 1]?.index === index && !known.includes(name) && !runtimeOptions.has(name)) {
    return [{ index, message: "a comma in a path needs a backslash before it" }];
  }
  if (!/^(?:lowerdir\+?|datadir\+|upperdir|workdir)$/.test(name)) return [];
  const paths = name === "lowerdir" ? value.split(/(?<!\\)::?/) : [value];
  if (paths.includes("")) return [{ index, message: `an empty path in ${name}` }];
  if (paths.every((path) => path.startsWith("/"))) return [];
  return [{ index, message: "a relative path starts wherever the runtime is" }];
}
