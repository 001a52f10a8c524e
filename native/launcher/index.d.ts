/** Path of the launcher's static binary. `OCIKIT_LAUNCHER` overrides it. Throws when it is not there. */
export declare function launcherPath(): string;
