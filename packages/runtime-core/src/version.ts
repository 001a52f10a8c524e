/** The release of this package; a test holds it to package.json. */
export const version = "0.1.0";

/** The version of the runtime specification that is carried out. */
export const specVersion = "1.3.0";

/** The release of runc whose command line is ours. */
const runcVersion = "1.5.1";

/**
 * What `--version` prints: the names at the beginning of lines are what callers look for. Docker has what
 * follows the last `version` of the first line for ours.
 */
export function versionText(): string {
  return `ocirun (in place of runc version ${runcVersion}) version ${version}\ncommit: ${version}\nspec: ${specVersion}\n`;
}
