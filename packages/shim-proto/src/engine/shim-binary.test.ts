import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeShared, readSharedJson } from "@ocikit/testing";
import { expect, test } from "vitest";
import { makeFolder } from "../../test/socket.ts";
import { findShimBinary, shimBinaryName } from "./shim-binary.ts";

test("a runtime's name names its program by its last two parts", () => {
  expect(shimBinaryName("io.containerd.kata.v2")).toBe("containerd-shim-kata-v2");
  expect(shimBinaryName("a.b")).toBe("containerd-shim-a-b");
  for (const name of ["", "runc", ".runc", "io.", "io..v2"])
    expect(shimBinaryName(name)).toBeUndefined();
});

test("a program is found in PATH, beside the engine, or by its own path", async () => {
  const folder = makeFolder();
  const make = (...parts: string[]): string => {
    const path = join(folder, ...parts);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "");
    chmodSync(path, 0o755);
    return path;
  };
  const first = make("bin", "containerd-shim-x-v1");
  const beside = make("engine", "containerd-shim-y-v1");
  const options = {
    path: `${join(folder, "none")}:${join(folder, "bin")}`,
    beside: join(folder, "engine", "e"),
  };
  expect(await findShimBinary("io.x.v1", options)).toBe(first);
  expect(await findShimBinary("io.y.v1", options)).toBe(beside);
  expect(await findShimBinary(first, options)).toBe(first);
  await expect(findShimBinary("io.z.v1", options)).rejects.toThrow("NOT_FOUND: runtime io.z.v1");
  await expect(findShimBinary("/nowhere", options)).rejects.toThrow("NOT_FOUND: shim /nowhere");
  await expect(findShimBinary(folder, options)).rejects.toThrow("NOT_FOUND");
  await expect(findShimBinary("a/b.c", options)).rejects.toThrow("INVALID_ARGUMENT");
});

describeShared("names", () => {
  test("are those of the facts", () => {
    const { runtimeNameToBinary } = readSharedJson<{ runtimeNameToBinary: Record<string, string> }>(
      "facts/shim/protocol.json",
    );
    const { rule: _, ...names } = runtimeNameToBinary;
    for (const [name, program] of Object.entries(names)) expect(shimBinaryName(name)).toBe(program);
  });
});
