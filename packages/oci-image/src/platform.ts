import type { Descriptor, Platform } from "./document.ts";
import { ImageError } from "./error.ts";

const KNOWN_OS = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos".split(
    " ",
  ),
);

const KNOWN_ARCHITECTURE = new Set(
  "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm".split(
    " ",
  ),
);

/** Node's names for processors where they differ from Go's. */
const NODE_ARCHITECTURE: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  ppc64: "ppc64le",
  loong64: "loong64",
};

/** `os/architecture/variant`, with `(version)` behind the os for Windows. */
const COMPONENT = /^[A-Za-z0-9_.-]+$/;
const OS_COMPONENT = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)((?:\+[A-Za-z0-9_.-]+)*)\))?$/;

/** The platform whose images run on this machine; Linux's everywhere but on Windows. */
export function hostPlatform(): Platform {
  const node = (globalThis as { process?: { arch?: string; platform?: string } }).process;
  const architecture = node?.arch ?? "amd64";
  return normalizePlatform({
    os: node?.platform === "win32" ? "windows" : "linux",
    architecture: NODE_ARCHITECTURE[architecture] ?? architecture,
  });
}

/**
 * Reads `linux/arm64`, `linux/arm/v7`, `arm64`, `linux`, `windows(10.0.17763)/amd64` or
 * `linux(+feature)/amd64`; what is left out is this machine's. Throws `PLATFORM_INVALID`.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/");
  const os = OS_COMPONENT.exec(parts[0] ?? "");
  if (os === null || parts.length > 3 || !parts.slice(1).every((part) => COMPONENT.test(part))) {
    throw new ImageError(
      "PLATFORM_INVALID",
      `read platform ${JSON.stringify(text)}: not os[/architecture[/variant]]`,
    );
  }
  const [, name = "", version = "", features = ""] = os;
  const host = hostPlatform();
  const options = {
    ...(version === "" ? {} : { "os.version": version }),
    ...(features === "" ? {} : { "os.features": features.slice(1).split("+") }),
  };
  const [, architecture, variant] = parts;
  if (architecture !== undefined) {
    return normalizePlatform({
      os: name,
      architecture,
      ...(variant ? { variant } : {}),
      ...options,
    });
  }
  const alone = normalizePlatform({ os: name, architecture: name });
  if (KNOWN_OS.has(alone.os)) {
    return normalizePlatform({
      ...options,
      os: name,
      architecture: host.architecture,
      ...(host.variant ? { variant: host.variant } : {}),
    });
  }
  if (KNOWN_ARCHITECTURE.has(alone.architecture)) return { ...alone, os: host.os };
  throw new ImageError(
    "PLATFORM_INVALID",
    `read platform ${JSON.stringify(text)}: neither an operating system nor a processor known here`,
  );
}

/** The same platform in Go's words, with the variant left out where it is the ordinary one. */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  const { architecture, variant } = normalizeArchitecture(
    platform.architecture.toLowerCase(),
    (platform.variant ?? "").toLowerCase(),
  );
  const { variant: _, ...rest } = platform;
  return {
    ...rest,
    os: os === "macos" ? "darwin" : os,
    architecture,
    ...(variant === "" ? {} : { variant }),
  };
}

function normalizeArchitecture(
  architecture: string,
  variant: string,
): { architecture: string; variant: string } {
  switch (architecture) {
    case "i386":
    case "x86":
      return { architecture: "386", variant: "" };
    case "x86_64":
    case "x86-64":
    case "amd64":
      return { architecture: "amd64", variant: variant === "v1" ? "" : variant };
    case "aarch64":
    case "arm64":
      if (["8", "v8", "v8.0"].includes(variant)) return { architecture: "arm64", variant: "" };
      if (["9", "9.0", "v9.0"].includes(variant)) return { architecture: "arm64", variant: "v9" };
      return { architecture: "arm64", variant };
    case "armhf":
      return { architecture: "arm", variant: "v7" };
    case "armel":
      return { architecture: "arm", variant: "v6" };
    case "arm":
      if (variant === "") return { architecture, variant: "v7" };
      return { architecture, variant: /^[5-8]$/.test(variant) ? `v${variant}` : variant };
    default:
      return { architecture, variant };
  }
}

/** `linux/arm/v7`, with version and features of the os in brackets. */
export function formatPlatform(platform: Platform): string {
  const version = platform["os.version"] ?? "";
  const features = (platform["os.features"] ?? []).map((feature) => `+${feature}`).join("");
  const os = version + features === "" ? platform.os : `${platform.os}(${version}${features})`;
  return [os, platform.architecture, ...(platform.variant ? [platform.variant] : [])].join("/");
}

/**
 * Of the descriptors that name a platform, the one whose image runs best on `wanted`: first the
 * same processor and variant, then older variants, newest first, then the 32-bit processor the
 * 64-bit one also runs. This is containerd's order.
 */
export function choosePlatform(
  descriptors: readonly Descriptor[],
  wanted: Platform,
): Descriptor | undefined {
  for (const candidate of preferences(normalizePlatform(wanted))) {
    const fitting = descriptors.filter(
      ({ platform }) => platform !== undefined && fits(normalizePlatform(platform), candidate),
    );
    // More features asked for means an image made for just this system.
    fitting.sort((one, two) => featureCount(two) - featureCount(one));
    if (fitting[0] !== undefined) return fitting[0];
  }
  return undefined;
}

/** Whether an image for `platform` runs on `wanted`, if not best. */
export function matchesPlatform(platform: Platform, wanted: Platform): boolean {
  const normalized = normalizePlatform(platform);
  return preferences(normalizePlatform(wanted)).some((candidate) => fits(normalized, candidate));
}

function featureCount({ platform }: Descriptor): number {
  return platform?.["os.features"]?.length ?? 0;
}

function fits(offered: Platform, wanted: Platform): boolean {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  if ((offered.variant ?? "") !== (wanted.variant ?? "")) return false;
  if (!windowsBuildFits(offered, wanted)) return false;
  const has = new Set(wanted["os.features"] ?? []);
  // win32k is asked for by images of Windows with a desktop, and never was a condition.
  return (offered["os.features"] ?? []).every(
    (feature) => has.has(feature) || feature === "win32k",
  );
}

/** Windows shares its kernel with the container, so the build (third number) must be the same. */
function windowsBuildFits(offered: Platform, wanted: Platform): boolean {
  const build = (version: string | undefined): string =>
    (version ?? "").split(".").slice(0, 3).join(".");
  if (wanted.os !== "windows" || !wanted["os.version"] || !offered["os.version"]) return true;
  return build(offered["os.version"]) === build(wanted["os.version"]);
}

/** Platforms whose images run on `wanted`, best first. */
function preferences(wanted: Platform): Platform[] {
  const { variant = "", ...base } = wanted;
  const variants = (architecture: string, names: readonly string[]): Platform[] =>
    names.map((name) =>
      normalizePlatform({ ...base, architecture, ...(name ? { variant: name } : {}) }),
    );
  switch (wanted.architecture) {
    case "amd64": {
      const level = Number(/^v([2-9])$/.exec(variant)?.[1] ?? 1);
      return [
        wanted,
        ...variants(
          "amd64",
          downFrom(level - 1, 1).map((n) => `v${n}`),
        ),
        ...variants("386", [""]),
      ];
    }
    case "arm":
      return [wanted, ...variants("arm", olderArm(variant))];
    case "arm64": {
      const arm64 = variants("arm64", arm64Variants(variant || "v8"));
      return [
        ...(arm64.length > 0 ? arm64 : [wanted]),
        ...variants("arm", ["v8", ...olderArm("v8")]),
      ];
    }
    default:
      return [wanted];
  }
}

function olderArm(variant: string): string[] {
  const version = Number(/^v([6-9])$/.exec(variant)?.[1] ?? 5);
  return downFrom(version - 1, 5).map((n) => `v${n}`);
}

/** v9.N has all of v8.(N+5); within a major version each minor one has the one before it. */
function arm64Variants(variant: string): string[] {
  const match = /^v([89])(?:\.(\d))?$/.exec(variant);
  if (match === null) return [];
  const minor = Number(match[2] ?? 0);
  const minors = (major: number, from: number): string[] =>
    downFrom(from, 0).map((n) => (n === 0 ? `v${major}` : `v${major}.${n}`));
  return match[1] === "8"
    ? minors(8, minor)
    : [...minors(9, minor), ...minors(8, Math.min(9, minor + 5))];
}

function downFrom(high: number, low: number): number[] {
  return Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => high - i);
}
