/** Something that a second config does otherwise than a first. */
export interface ConfigChange {
  /** `moved`: the same, at another place in an order that counts. */
  readonly kind: "added" | "removed" | "changed" | "moved";
  /** What it is about, for people: `process.env PATH`, `mounts /data`. */
  readonly subject: string;
  /** What stood there; undefined for what was added. */
  readonly before?: ChangedValue | undefined;
  /** What stands there; undefined for what was removed. */
  readonly after?: ChangedValue | undefined;
}

/** A value, and where it stands in its config. */
export interface ChangedValue {
  readonly pointer: string;
  readonly value: unknown;
}
