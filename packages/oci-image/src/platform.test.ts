import { describe, expect, test } from "vitest";
import type { Descriptor } from "./document.ts";
import { ImageError } from "./error.ts";
import {
  choosePlatform,
  formatPlatform,
  hostPlatform,
  matchesPlatform,
  normalizePlatform,
  parsePlatform,
} from "./platform.ts";

const offer = (...platforms: readonly string[]): Descriptor[] =>
  platforms.map((text) => ({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: `sha256:${text}`,
    size: 1,
    platform: { ...parsePlatform(text), ...(text.endsWith("/v8") ? { variant: "v8" } : {}) },
  }));
const choose = (wanted: string, ...platforms: readonly string[]): string | undefined =>
  choosePlatform(offer(...platforms), parsePlatform(wanted))?.digest.slice(7);

describe("a platform", () => {
  test.each([
    ["linux/amd64", "linux/amd64"],
    ["linux/x86_64", "linux/amd64"],
    ["LINUX/AMD64/v1", "linux/amd64"],
    ["linux/aarch64/v8", "linux/arm64"],
    ["linux/arm", "linux/arm/v7"],
    ["linux/armel", "linux/arm/v6"],
    ["linux/arm/6", "linux/arm/v6"],
    ["macos/arm64", "darwin/arm64"],
    ["windows(10.0.17763.1)/amd64", "windows(10.0.17763.1)/amd64"],
    ["linux(+a+b)/riscv64", "linux(+a+b)/riscv64"],
  ])("%s is %s", (text, normal) => expect(formatPlatform(parsePlatform(text))).toBe(normal));

  test("without a processor, or with nothing else, is this machine's otherwise", () => {
    expect(parsePlatform("linux").architecture).toBe(hostPlatform().architecture);
    expect(parsePlatform("arm64")).toMatchObject({ architecture: "arm64" });
  });

  test.each(["", "linux/", "a/b/c/d", "linux/a*", "nonsense", "linux(/amd64"])(
    "%j is none",
    (text) => {
      expect(() => parsePlatform(text)).toThrow(ImageError);
    },
  );

  test("is the same however it is written", () => {
    expect(normalizePlatform({ os: "linux", architecture: "arm64", variant: "v8" })).toEqual({
      os: "linux",
      architecture: "arm64",
    });
  });
});

describe("of several images the one is chosen that", () => {
  test("is made for just this processor", () => {
    expect(choose("linux/amd64", "linux/386", "linux/amd64", "linux/arm64")).toBe("linux/amd64");
  });

  test("has the newest variant that still runs", () => {
    expect(choose("linux/arm/v7", "linux/arm/v5", "linux/arm/v6", "linux/arm/v8")).toBe(
      "linux/arm/v6",
    );
    expect(choose("linux/amd64/v3", "linux/amd64", "linux/amd64/v2", "linux/amd64/v4")).toBe(
      "linux/amd64/v2",
    );
    expect(choose("linux/arm64/v9.1", "linux/arm64", "linux/arm64/v8.6", "linux/arm64/v9.2")).toBe(
      "linux/arm64/v8.6",
    );
  });

  test("runs as 32 bits where there is none of 64", () => {
    expect(choose("linux/amd64", "linux/386", "linux/arm64")).toBe("linux/386");
    expect(choose("linux/arm64", "linux/arm/v6", "linux/arm/v7")).toBe("linux/arm/v7");
  });

  test("writes the ordinary variant out", () => {
    expect(choose("linux/arm64", "linux/arm64/v8")).toBe("linux/arm64/v8");
  });

  test("asks for no feature the system lacks", () => {
    expect(choose("linux/amd64", "linux(+x)/amd64")).toBeUndefined();
    expect(choose("linux(+x)/amd64", "linux/amd64", "linux(+x)/amd64")).toBe("linux(+x)/amd64");
  });

  test("is of the same build of Windows", () => {
    expect(
      choose("windows(10.0.2.9)/amd64", "windows(10.0.1.9)/amd64", "windows(10.0.2.1)/amd64"),
    ).toBe("windows(10.0.2.1)/amd64");
  });

  test("is there at all", () => {
    expect(choose("linux/s390x", "linux/amd64")).toBeUndefined();
    expect(matchesPlatform(parsePlatform("linux/386"), parsePlatform("linux/amd64"))).toBe(true);
  });
});
