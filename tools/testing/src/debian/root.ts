import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "../cache.ts";
import { mustRun } from "../command.ts";
import { Sandbox } from "../sandbox/sandbox.ts";
import { sourcesOf } from "./archive.ts";

export interface DebianRootOptions {
  /** Release, such as bookworm or sid. */
  readonly release: string;
  /** Packages beside those that every Debian has. */
  readonly packages: readonly string[];
}

/** A folder that is the root of a Debian with these packages, made by mmdebstrap and never written to again. */
export async function debianRoot({ release, packages }: DebianRootOptions): Promise<string> {
  const sources = sourcesOf(release);
  const inputs = [sources, ...packages];
  const folder = await cached(`root-${release}`, inputs, async (made) => {
    await writeFile(join(made, "debian.sources"), sources);
    await writeFile(join(made, "apt.conf"), await acquireSettings());
    // In a sandbox, so that a package's scripts see neither this machine's processes nor its mounts.
    await using sandbox = await Sandbox.open({
      network: "host",
      binds: [{ source: made, target: "/made", writable: true }],
    });
    await sandbox.script(
      `mmdebstrap --quiet --variant=apt --mode=root --include="$PACKAGES" \
        --aptopt='APT::Install-Recommends "false"' --aptopt=/made/apt.conf \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        "$RELEASE" /made/root /made/debian.sources`,
      { env: { PACKAGES: packages.join(","), RELEASE: release }, timeoutMs: 900_000 },
    );
  });
  return join(folder, "root");
}

/** How this machine's apt fetches: proxies, retries, and whether an archive may be older than it promises. */
async function acquireSettings(): Promise<string> {
  const settings = await mustRun(["apt-config", "dump"]);
  const wanted = /^Acquire::(?:Check-|Retries|http|https|Languages)/;
  return `${settings
    .split("\n")
    .filter((line) => wanted.test(line))
    .join("\n")}\n`;
}
