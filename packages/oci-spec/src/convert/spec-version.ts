/** The versions of the specification that were released. */
export const specVersions = [
  "1.0.0",
  "1.0.1",
  "1.0.2",
  "1.1.0",
  "1.2.0",
  "1.2.1",
  "1.3.0",
] as const;

export type SpecVersion = (typeof specVersions)[number];

/** The released version that a text names: itself, the first that begins so (`1.2`), or `latest`. */
export function findSpecVersion(text: string): SpecVersion | undefined {
  if (text === "latest") return specVersions.at(-1);
  const name = text.replace(/^v/, "");
  return specVersions.find((version) => version === name || version === `${name}.0`);
}

/** Whether a released version is older than another. */
export function isBefore(version: SpecVersion, other: SpecVersion): boolean {
  return specVersions.indexOf(version) < specVersions.indexOf(other);
}
