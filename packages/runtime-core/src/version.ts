/** The release of this package; a test holds it to package.json. */
export const version = "0.1.0";

/** The version of the runtime specification that is carried out. */
export const specVersion = "1.3.0";

/** What `--version` prints: the first line and the names behind it are what callers look for. */
export function versionText(): string {
  return `ocirun version ${version}\ncommit: ${version}\nspec: ${specVersion}\n`;
}
