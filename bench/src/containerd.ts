import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A containerd of the benchmark's own, with nothing of the machine's. */
export interface Containerd extends AsyncDisposable {
  readonly socket: string;
  /** Removes an image with its trees and bytes, so that the next import begins from nothing. */
  forget(reference: string): void;
}

export async function startContainerd(area: string): Promise<Containerd> {
  const socket = join(area, "containerd.sock");
  mkdirSync(join(area, "containerd"), { recursive: true });
  const config = join(area, "containerd.toml");
  writeFileSync(
    config,
    `version = 2\nroot = "${join(area, "containerd")}"\nstate = "${join(area, "containerd-state")}"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "${socket}"\n`,
  );
  const child = spawn("containerd", ["--config", config, "--log-level", "fatal"], {
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for (let i = 0; i < 100 && !existsSync(socket); i++) await sleep(100);
  return {
    socket,
    forget: (reference) => {
      spawnSync("ctr", ["-a", socket, "images", "remove", "--sync", reference]);
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}
