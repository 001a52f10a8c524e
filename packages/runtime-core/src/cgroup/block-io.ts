import type { LinuxBlockIo } from "@ocikit/oci-spec";
import type { CgroupSetting } from "./resources.ts";
import { given, resourcesPointer, setting } from "./setting.ts";

/** The lists of limits a device, and the names that v1 and v2 have for them. */
const throttles = [
  ["throttleReadBpsDevice", "blkio.throttle.read_bps_device", "rbps"],
  ["throttleWriteBpsDevice", "blkio.throttle.write_bps_device", "wbps"],
  ["throttleReadIOPSDevice", "blkio.throttle.read_iops_device", "riops"],
  ["throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", "wiops"],
] as const;

/** A weight of v1 (10 to 1000) as one of v2 (1 to 10000): on a line, as runc has it. */
export function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}

function either(
  file: string,
  text: string,
  other: string,
  otherText: string,
  from: string,
): CgroupSetting {
  return {
    file,
    texts: [text],
    from: `${resourcesPointer}/blockIO${from}`,
    otherwise: { file: other, texts: [otherText] },
  };
}

/** The files of v1: weights have other names with the BFQ scheduler than with the older one. */
export function blockIoV1(blockIO: LinuxBlockIo | undefined): readonly CgroupSetting[] {
  if (!blockIO) return [];
  const { weight, leafWeight, weightDevice } = blockIO;
  const settings: CgroupSetting[] = [];
  if (given(weight) !== undefined) {
    const text = String(weight);
    settings.push(either("blkio.weight", text, "blkio.bfq.weight", text, "/weight"));
  }
  settings.push(...setting("blkio.leaf_weight", given(leafWeight), "/blockIO/leafWeight"));
  for (const [index, { major, minor, weight, leafWeight }] of (weightDevice ?? []).entries()) {
    const from = `/weightDevice/${index}`;
    const device = `${major}:${minor}`;
    if (given(weight) !== undefined) {
      const text = `${device} ${weight}`;
      settings.push(either("blkio.weight_device", text, "blkio.bfq.weight_device", text, from));
    }
    if (given(leafWeight) !== undefined) {
      const text = `${device} ${leafWeight}`;
      settings.push(...setting("blkio.leaf_weight_device", text, `/blockIO${from}`));
    }
  }
  for (const [name, file] of throttles) {
    for (const [index, { major, minor, rate }] of (blockIO[name] ?? []).entries()) {
      settings.push(
        ...setting(file, `${major}:${minor} ${rate ?? 0}`, `/blockIO/${name}/${index}`),
      );
    }
  }
  return settings;
}

/** A rate of v2: what v1 lifts with 0 is lifted with a word. */
function throttle(rate: number | bigint | undefined): string {
  return rate === undefined || Number(rate) === 0 ? "max" : String(rate);
}

/** The files of v2: with BFQ weights are as they were in v1, with `io.weight` they go further. */
export function blockIoV2(blockIO: LinuxBlockIo | undefined): readonly CgroupSetting[] {
  if (!blockIO) return [];
  const { weight, weightDevice } = blockIO;
  const settings: CgroupSetting[] = [];
  if (weight !== undefined && given(weight) !== undefined) {
    const other = String(ioWeight(weight));
    settings.push(either("io.bfq.weight", String(weight), "io.weight", other, "/weight"));
  }
  for (const [index, { major, minor, weight }] of (weightDevice ?? []).entries()) {
    if (weight === undefined || weight === 0) continue;
    const device = `${major}:${minor}`;
    const text = `${device} ${weight}`;
    const other = `${device} ${ioWeight(weight)}`;
    settings.push(either("io.bfq.weight", text, "io.weight", other, `/weightDevice/${index}`));
  }
  for (const [name, , key] of throttles) {
    for (const [index, { major, minor, rate }] of (blockIO[name] ?? []).entries()) {
      const text = `${major}:${minor} ${key}=${throttle(rate)}`;
      settings.push(...setting("io.max", text, `/blockIO/${name}/${index}`));
    }
  }
  return settings;
}
