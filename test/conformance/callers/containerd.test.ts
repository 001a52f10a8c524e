import { expect } from "vitest";
import { describeCaller } from "./caller.ts";
import { updateTask } from "./containerd-update.ts";

const words = `
ctr() { command ctr --address /tmp/c/socket "$@"; }
run() { ctr run --runc-binary "$RUNTIME" --rootfs "$@"; }
status() { ctr task ls | awk -v id="$1" '$1 == id { print $3 }'; }
is() { [ "$(status "$1")" = "$2" ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }
pid_of() { ctr task ls | awk -v id="$1" '$1 == id { print $2 }'; }
`;

const start = `
mkdir /tmp/c
cat >/tmp/c/config.toml <<END
version = 2
root = "/tmp/c/root"
state = "/tmp/c/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "/tmp/c/socket"
END
containerd --config /tmp/c/config.toml >/tmp/c/log 2>&1 </dev/null &
until_ok ctr version
`;

const programs = ["containerd", "containerd-shim-runc-v2", "ctr"];

describeCaller({ name: "containerd", programs, words, start }, (check) => {
  check("runs a container to its end and hands on its output and exit status", async (caller) => {
    const { status, stdout } = await caller.sh(
      "run --rm /tmp/rootfs one /bin/sh -c 'echo hi; exit 3'",
    );
    expect({ status, stdout }).toEqual({ status: 3, stdout: "hi\n" });
  });

  check("gives a container a terminal", async (caller) => {
    const { stdout } = await caller.sh(
      `terminal "ctr --address /tmp/c/socket run --rm -t --runc-binary $RUNTIME --rootfs /tmp/rootfs two /bin/tty"`,
    );
    expect(stdout.trim()).toBe("/dev/pts/0");
  });

  check("says why a program cannot be started", async (caller) => {
    const { status, stderr } = await caller.sh("run --rm /tmp/rootfs three /bin/no-such-program");
    expect(status).toBe(1);
    expect(stderr).toMatch(/no such file or directory|not found/i);
    const { stdout } = await caller.sh("ctr task ls -q; ctr container ls -q");
    expect(stdout).toBe("");
  });

  check("executes in a running container and lists what runs there", async (caller) => {
    await caller.sh("run -d /tmp/rootfs four /bin/sleep 1000");
    const { status, stdout } = await caller.sh(
      "ctr task exec --exec-id e1 four /bin/sh -c 'id -u; exit 5'",
    );
    expect({ status, stdout }).toEqual({ status: 5, stdout: "0\n" });
    const processes = await caller.sh("ctr task ps four | awk 'NR > 1 { print $1 }'; pid_of four");
    const [listed, pid] = processes.stdout.trim().split("\n");
    expect(listed).toBe(pid);
  });

  check("measures a running container", async (caller) => {
    const { stdout } = await caller.sh("ctr task metrics four");
    expect(stdout).toMatch(/^pids\.current\s+1\s*$/m);
  });

  check("pauses and resumes", async (caller) => {
    const { stdout } = await caller.sh(
      "ctr task pause four; status four; ctr task resume four; status four",
    );
    expect(stdout).toBe("PAUSED\nRUNNING\n");
  });

  check("changes limits of a running container", async (caller) => {
    const socket = `/proc/${caller.sandbox.pid}/root/tmp/c/socket`;
    await updateTask(socket, "four", { memory: { limit: 67_108_864 }, pids: { limit: 44 } });
    const { stdout } = await caller.sh(
      "cat /sys/fs/cgroup/memory/default/four/memory.limit_in_bytes /sys/fs/cgroup/pids/default/four/pids.max",
    );
    expect(stdout).toBe("67108864\n44\n");
  });

  check("kills, and deletes with nothing left", async (caller) => {
    const { stdout } = await caller.sh(
      "pid=$(pid_of four); ctr task kill -s KILL four; until_ok is four STOPPED; ctr task delete four; ctr container delete four; gone $pid && echo gone; ls -d /sys/fs/cgroup/*/default/four 2>/dev/null",
    );
    expect(stdout).toBe("gone\n");
  });

  check("cleans up after a shim that was killed", async (caller) => {
    const { stdout } = await caller.sh(`
      run -d /tmp/rootfs five /bin/sleep 1000
      pid=$(pid_of five)
      for shim in $(pgrep -x containerd-shim); do
        grep -qz '^five$' "/proc/$shim/cmdline" && kill -9 "$shim"
      done
      until_ok gone $pid && echo gone
      until_ok ctr container delete five && echo deleted
      [ ! -e /run/containerd/runc/default/five ] && echo forgotten
    `);
    expect(stdout).toBe("gone\ndeleted\nforgotten\n");
  });
});
