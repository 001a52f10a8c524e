/** A bundle that cannot be read; `cause` is what the system said. Programs match on `code`. */
export class BundleError extends Error {
  static {
    Object.defineProperty(BundleError.prototype, "name", { value: "BundleError" });
  }

  readonly code = "BUNDLE_UNREADABLE";
}
