import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { RpcError } from "@ocikit/rpc";

const busybox = "/bin/busybox";

/** What the container that is driven does: it says that it is there, and stays until it is killed. */
const script = "echo ready; while true; do sleep 1; done";

/**
 * Makes a bundle for a container to drive: a static shell and nothing else. Fails with NOT_FOUND where there is no static
 * busybox; a bundle of the user's own does then.
 */
export async function makeBundle(
  path: string,
  annotations: Readonly<Record<string, string>> = {},
): Promise<void> {
  const bin = join(path, "rootfs", "bin");
  await mkdir(bin, { recursive: true });
  try {
    await copyFile(busybox, join(bin, "busybox"));
  } catch (error) {
    throw new RpcError("NOT_FOUND", `${busybox} is missing, and no --bundle was given`, {
      cause: error,
    });
  }
  for (const applet of ["sh", "sleep", "echo", "true"]) await symlink("busybox", join(bin, applet));
  await writeFile(
    join(path, "config.json"),
    JSON.stringify(makeConfig(basename(path), annotations)),
  );
}

/** Takes a user's bundle for a container to drive: its config.json, on its root. */
export async function borrowBundle(
  from: string,
  path: string,
  annotations: Readonly<Record<string, string>> = {},
): Promise<void> {
  await mkdir(path, { recursive: true });
  const config = JSON.parse(await readFile(join(from, "config.json"), "utf8")) as Record<
    string,
    unknown
  >;
  config.annotations = { ...(config.annotations as object | undefined), ...annotations };
  await writeFile(join(path, "config.json"), JSON.stringify(config));
  await symlink(join(from, "rootfs"), join(path, "rootfs"));
}

function makeConfig(id: string, annotations: Readonly<Record<string, string>>): object {
  const capabilities = ["CAP_KILL"];
  return {
    ociVersion: "1.0.2",
    annotations,
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ["sh", "-c", script],
      env: ["PATH=/bin:/usr/bin"],
      cwd: "/",
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: true,
    },
    root: { path: "rootfs" },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    linux: {
      cgroupsPath: `/${id}`,
      namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })),
      resources: { devices: [{ allow: true, access: "rwm" }] },
    },
  };
}
