import { RuntimeError } from "../error.ts";

/** The unit that is to hold a container, as `linux.cgroupsPath` names it. */
export interface ScopeName {
  /** For example `machine.slice`; `-.slice` is the root of all. */
  readonly slice: string;
  readonly prefix: string;
  readonly name: string;
  /** For example `ocirun-web.scope`. */
  readonly unit: string;
}

const pointer = "/linux/cgroupsPath";

function refuse(message: string): never {
  throw new RuntimeError("INVALID_CONFIG", message, { pointer });
}

const unitLetters = /^[\w:.\\@-]+$/;

/** systemd.unit(5): names have at most 255 letters. */
const longestName = 255;

/**
 * Reads `slice:prefix:name`; without a path the container is `ocirun-<id>.scope` in the slice for all.
 *
 * @throws RuntimeError `INVALID_CONFIG`
 */
export function parseScopeName(
  cgroupsPath: string | undefined,
  id: string,
  rootless: boolean,
): ScopeName {
  const parts = cgroupsPath ? cgroupsPath.split(":") : ["", "ocirun", id];
  const [givenSlice = "", prefix = "", name = ""] = parts;
  if (parts.length !== 3) {
    refuse(
      `with the systemd driver the path of the cgroup is slice:prefix:name, not ${JSON.stringify(cgroupsPath)}`,
    );
  }
  const slice = givenSlice || (rootless ? "user.slice" : "system.slice");
  sliceDirectory(slice);
  const unit = `${prefix === "" ? "" : `${prefix}-`}${name}.scope`;
  if (name === "" || !unitLetters.test(unit) || unit.length > longestName) {
    refuse(`${JSON.stringify(unit)} is not the name of a systemd unit`);
  }
  return { slice, prefix, name, unit };
}

/**
 * The directory of a slice: each dash is a step down (systemd.slice(5)), `a-b.slice` is `/a.slice/a-b.slice`.
 *
 * @throws RuntimeError `INVALID_CONFIG`
 */
export function sliceDirectory(slice: string): string {
  if (slice === "-.slice") return "";
  const inner = slice.slice(0, -".slice".length);
  if (!slice.endsWith(".slice") || slice.length > longestName || !unitLetters.test(inner)) {
    refuse(`${JSON.stringify(slice)} is not the name of a systemd slice`);
  }
  const parts = inner.split("-");
  if (parts.includes("")) refuse(`${JSON.stringify(slice)} is not the name of a systemd slice`);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("-")}.slice`).join("");
}
