/** What a registry answered: the codes of distribution-spec, and two for when it gave none. */
export type RegistryErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "UNAUTHORIZED"
  | "DENIED"
  | "TOOMANYREQUESTS"
  /** An answer that names none of the codes, or that no registry gives. */
  | "UNEXPECTED_RESPONSE"
  /** No answer at all: no such host, no connection, a connection that broke. */
  | "UNREACHABLE";

/** What went wrong, for programs to match on. */
export type ImageErrorCode =
  | RegistryErrorCode
  /** A digest that breaks the grammar, or names an algorithm that cannot be verified here. */
  | "DIGEST_INVALID"
  /** Bytes whose digest is not the one their descriptor promises. */
  | "DIGEST_MISMATCH"
  /** Bytes that are more or fewer than their descriptor promises. */
  | "SIZE_MISMATCH"
  /** A name or address of an image that breaks the grammar. */
  | "REFERENCE_INVALID"
  /** A platform that breaks the grammar `os[/architecture[/variant]]`. */
  | "PLATFORM_INVALID"
  /** No such tag, digest, platform or blob in the store that was asked. */
  | "NOT_FOUND"
  /** A tar archive that is damaged or of a kind no layer may be. */
  | "TAR_INVALID"
  /** A document that is not what its media type says. */
  | "DOCUMENT_INVALID"
  /** A compressed stream that is damaged or cut short. */
  | "COMPRESSION_INVALID"
  /** A media type or compression that is not understood here. */
  | "UNSUPPORTED"
  /** An entry of a layer that must not or cannot be made on this machine. */
  | "ENTRY_REFUSED"
  /** A limit on size, count or depth that was reached; the limit is in the message. */
  | "LIMIT_EXCEEDED"
  /** A directory or file that is there although it must not be. */
  | "EXISTS"
  /** A user, group or value of an image's config that cannot be turned into a runtime config. */
  | "CONFIG_INVALID"
  /** The filesystem refused; the system's own error is the cause. */
  | "FILESYSTEM";

const brand = Symbol.for("@ocikit/oci-image/error");

/** The one error of this package. Programs match on `code`; `message` is complete for people. */
export class ImageError extends Error {
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

// An error of a second copy of this package in the same process is one too; a subclass inherits
// this and must not match its base.
Object.defineProperty(ImageError, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
    return this === ImageError && typeof value === "object" && value !== null && brand in value;
  },
});
Object.defineProperty(ImageError.prototype, brand, { value: true });
Object.defineProperty(ImageError.prototype, "name", { value: "ImageError", configurable: true });
Object.defineProperty(ImageError.prototype, brand, { value: true });
