import { ImageError, type ImageErrorCode, type RegistryErrorCode } from "../error.ts";
import type { HttpRequest } from "./http.ts";

/** One entry of a registry's error answer. */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** Error answers are a few hundred bytes; a login page in their place need not be read to its end. */
export const MAX_ERROR_BYTES: number = 64 * 1024;

/** What a registry answered to a request, or that it did not answer. */
export class RegistryError extends ImageError {
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** The request, without credentials. */
  readonly request: { readonly method: string; readonly url: string };
  readonly diagnostics: readonly Diagnostic[];
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** How long the registry asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ImageErrorCode, message: string, details: RegistryErrorDetails) {
    super(code, message, { cause: details.cause });
    this.request = { method: details.request.method, url: redacted(details.request.url) };
    this.status = details.status;
    this.diagnostics = details.diagnostics ?? [];
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs;
  }
}

Object.defineProperty(RegistryError.prototype, "name", {
  value: "RegistryError",
  configurable: true,
});

export interface RegistryErrorDetails {
  readonly request: Pick<HttpRequest, "method" | "url">;
  readonly retryable: boolean;
  readonly status?: number | undefined;
  readonly diagnostics?: readonly Diagnostic[] | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

const CODES: ReadonlySet<string> = new Set([
  "BLOB_UNKNOWN",
  "BLOB_UPLOAD_INVALID",
  "BLOB_UPLOAD_UNKNOWN",
  "DIGEST_INVALID",
  "MANIFEST_BLOB_UNKNOWN",
  "MANIFEST_INVALID",
  "MANIFEST_UNKNOWN",
  "NAME_INVALID",
  "NAME_UNKNOWN",
  "SIZE_INVALID",
  "UNAUTHORIZED",
  "DENIED",
  "UNSUPPORTED",
  "TOOMANYREQUESTS",
] satisfies ImageErrorCode[]);

/** Codes for answers without a body, as those to HEAD are. */
const BY_STATUS: Readonly<Record<number, RegistryErrorCode>> = {
  401: "UNAUTHORIZED",
  403: "DENIED",
  429: "TOOMANYREQUESTS",
};

/** Statuses after which trying again may help: a proxy's hiccup, a server that is busy. */
const RETRYABLE: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The error an answer stands for. `missing` is what a 404 without a code means here. */
export function answerError(
  request: Pick<HttpRequest, "method" | "url">,
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
  missing: RegistryErrorCode,
): RegistryError {
  const { status, headers, text } = answer;
  const diagnostics = parseDiagnostics(text);
  const known = diagnostics.find(({ code }) => CODES.has(code))?.code as ImageErrorCode | undefined;
  const code = known ?? BY_STATUS[status] ?? (status === 404 ? missing : "UNEXPECTED_RESPONSE");
  const said = diagnostics
    .map(({ code: own, message }) => (message ? `${own}: ${message}` : own))
    .join("; ");
  const why = said || text.trim().split("\n", 1)[0]?.slice(0, 200) || "no reason given";
  return new RegistryError(code, `${describeRequest(request)}: ${status}: ${why}`, {
    request,
    status,
    diagnostics,
    retryable: RETRYABLE.has(status),
    retryAfterMs: retryAfter(headers.get("retry-after")),
  });
}

/** The error that no answer came. */
export function unreachable(
  request: Pick<HttpRequest, "method" | "url">,
  cause: unknown,
): RegistryError {
  const why =
    cause instanceof Error
      ? cause.message || ("code" in cause && String(cause.code)) || cause.name
      : String(cause);
  return new RegistryError("UNREACHABLE", `${describeRequest(request)}: ${why}`, {
    request,
    cause,
    retryable: true,
  });
}

/** The error that an answer came which no registry gives. */
export function unexpected(
  request: Pick<HttpRequest, "method" | "url">,
  status: number,
  why: string,
): RegistryError {
  return new RegistryError(
    "UNEXPECTED_RESPONSE",
    `${describeRequest(request)}: ${status}: ${why}`,
    {
      request,
      status,
      retryable: false,
    },
  );
}

export function isNotFound(error: unknown): boolean {
  return (
    error instanceof ImageError &&
    ["NOT_FOUND", "MANIFEST_UNKNOWN", "BLOB_UNKNOWN", "NAME_UNKNOWN"].includes(error.code)
  );
}

function describeRequest({ method, url }: Pick<HttpRequest, "method" | "url">): string {
  return `${method} ${redacted(url)}`;
}

/** Signed addresses of storage servers carry their secret in the query. */
function redacted(url: URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  const secret = /sig|token|credential|secret|key|policy|expires|state/i;
  for (const name of [...shown.searchParams.keys()]) {
    if (secret.test(name)) shown.searchParams.set(name, "redacted");
  }
  return shown.href;
}

function parseDiagnostics(text: string): Diagnostic[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON: proxies answer with pages of their own, whose first line is shown instead.
    return [];
  }
  const { errors } = (value ?? {}) as { errors?: unknown };
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: unknown) => {
    const { code, message, detail } = (error ?? {}) as Record<string, unknown>;
    if (typeof code !== "string") return [];
    return [
      {
        code,
        message: typeof message === "string" ? message : "",
        ...(detail === undefined ? {} : { detail }),
      },
    ];
  });
}

/** Seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
