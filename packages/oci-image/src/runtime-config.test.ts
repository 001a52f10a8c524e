import { describe, expect, test } from "vitest";
import type { ImageConfig } from "./document.ts";
import { ImageError } from "./error.ts";
import { type RuntimeConfig, toRuntimeConfig } from "./runtime-config.ts";
import { findUser } from "./user.ts";

const base: RuntimeConfig = {
  ociVersion: "1.2.0",
  process: { cwd: "/", args: ["sh"], env: ["PATH=/bin", "TERM=xterm"], noNewPrivileges: true },
  root: { path: "rootfs", readonly: true },
  mounts: [{ destination: "/proc", type: "proc" }],
};
const image = (
  config: ImageConfig["config"] = {},
  more: Partial<ImageConfig> = {},
): ImageConfig => ({
  os: "linux",
  architecture: "amd64",
  rootfs: { type: "layers", diff_ids: [] },
  config,
  ...more,
});

const passwd = `root:x:0:0:root:/root:/bin/sh
# a comment
1000:x:0:0:trap:/:/bin/sh
web:x:33:33::/var/www:/bin/false
broken line
huge:x:4294967295:0::/:`;
const group = "root:x:0:\nwww:x:33:\nssl:x:101:web,other\nlog:x:102:web\n";

describe("the runtime config of an image", () => {
  test("takes command line, directory and environment from the image and the rest from its base", () => {
    const converted = toRuntimeConfig(
      image({
        Entrypoint: ["/init"],
        Cmd: ["-v"],
        WorkingDir: "/srv",
        Env: ["PATH=/usr/bin", "A=1=2"],
      }),
      { base },
    );
    expect(converted).toMatchObject({
      ociVersion: "1.2.0",
      root: { path: "rootfs", readonly: true },
      mounts: [{ destination: "/proc" }],
      process: {
        noNewPrivileges: true,
        args: ["/init", "-v"],
        cwd: "/srv",
        env: ["PATH=/usr/bin", "TERM=xterm", "A=1=2"],
      },
    });
  });

  test("has an annotation for each field config.json has no place for, and the labels over them", () => {
    const { annotations } = toRuntimeConfig(
      image(
        {
          StopSignal: "SIGINT",
          ExposedPorts: { "80/tcp": {}, "53/udp": {} },
          Labels: { a: "b", "org.opencontainers.image.author": "label" },
        },
        { author: "me", created: "2026-01-01T00:00:00Z", variant: "v3", "os.features": ["x", "y"] },
      ),
      { base },
    );
    expect(annotations).toEqual({
      "org.opencontainers.image.os": "linux",
      "org.opencontainers.image.architecture": "amd64",
      "org.opencontainers.image.variant": "v3",
      "org.opencontainers.image.os.features": "x,y",
      "org.opencontainers.image.author": "label",
      "org.opencontainers.image.created": "2026-01-01T00:00:00Z",
      "org.opencontainers.image.stopSignal": "SIGINT",
      "org.opencontainers.image.exposedPorts": "80/tcp,53/udp",
      a: "b",
    });
  });

  test("lets the caller replace what the image says", () => {
    const { process } = toRuntimeConfig(
      image({ Entrypoint: ["/init"], Cmd: ["-v"], Env: ["A=1"], User: "web" }),
      {
        base,
        passwd,
        group,
        args: ["-q"],
        env: ["A=2"],
        user: "0",
      },
    );
    expect(process).toMatchObject({
      args: ["/init", "-q"],
      env: ["PATH=/bin", "TERM=xterm", "A=2", "HOME=/root"],
      user: { uid: 0 },
    });
    const replaced = toRuntimeConfig(image({ Entrypoint: ["/init"], Cmd: ["-v"] }), {
      base,
      entrypoint: ["/bin/ls"],
    });
    expect(replaced.process?.args).toEqual(["/bin/ls"]);
  });

  test("makes volumes a tmpfs when asked to", () => {
    const options = { base, mountVolumes: true };
    expect(toRuntimeConfig(image({ Volumes: { "/data": {} } }), options).mounts?.[1]).toMatchObject(
      { destination: "/data", type: "tmpfs" },
    );
  });

  test("has the user's primary group among the supplementary ones", () => {
    const { process } = toRuntimeConfig(image({ User: "web" }), { base, passwd, group });
    expect(process?.user).toEqual({ uid: 33, gid: 33, additionalGids: [33, 101, 102] });
    expect(process?.env).toContain("HOME=/var/www");
  });

  test("is refused where an environment entry has no name", () => {
    for (const entry of ["=x", "x", ""]) {
      expect(() => toRuntimeConfig(image({ Env: [entry] }), { base })).toThrow("not NAME=value");
    }
  });
});

describe("a user", () => {
  const files = { passwd, group };
  test.each([
    ["", { uid: 0, gid: 0, additionalGids: [], home: "/root" }],
    ["web", { uid: 33, gid: 33, additionalGids: [101, 102], home: "/var/www" }],
    ["33", { uid: 33, gid: 33, additionalGids: [101, 102], home: "/var/www" }],
    ["web:ssl", { uid: 33, gid: 101, additionalGids: [], home: "/var/www" }],
    ["web:5", { uid: 33, gid: 5, additionalGids: [], home: "/var/www" }],
    ["77", { uid: 77, gid: 0, additionalGids: [], home: undefined }],
    ["77:ssl", { uid: 77, gid: 101, additionalGids: [], home: undefined }],
    ["1000", { uid: 1000, gid: 0, additionalGids: [], home: undefined }],
    ["2147483648", { uid: 2147483648, gid: 0, additionalGids: [], home: undefined }],
  ])("%j is %j", (spec, user) => expect(findUser(spec, files)).toEqual(user));

  test.each([
    "nobody",
    "web:none",
    "huge",
    "4294967295",
    "4294967296",
    "-1",
    "0:4294967295",
    "a:b:c",
    "web:",
    "99999999999999999999",
  ])("%j is refused", (spec) => {
    expect(() => findUser(spec, files)).toThrow(ImageError);
  });
});
