import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeHost } from "../host/node/node-host.ts";
import { resolveInRoot } from "./resolve-in-root.ts";

describe("a path in a root", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ocikit-root-"));
    mkdirSync(join(root, "real/conf"), { recursive: true });
    symlinkSync("/real/conf", join(root, "conf"));
    symlinkSync("../../../../real", join(root, "real/up"));
    symlinkSync("loop", join(root, "loop"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const resolve = (path: string) => resolveInRoot(nodeHost().files, root, path);

  test("follows links as the container sees them", async () => {
    expect(await resolve("/conf/x")).toBe("/real/conf/x");
    expect(await resolve("/./conf/../conf")).toBe("/real/conf");
  });

  test("never leads out of it", async () => {
    expect(await resolve("/../../etc")).toBe("/etc");
    expect(await resolve("/real/up/conf")).toBe("/real/conf");
  });

  test("may be of nothing that is there", async () => {
    expect(await resolve("/none/../below")).toBe("/below");
    expect(await resolve("/")).toBe("/");
  });

  test("that goes round in a circle is refused", async () => {
    await expect(resolve("/loop")).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });
});
