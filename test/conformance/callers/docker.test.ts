import { expect } from "vitest";
import { describeCaller } from "./caller.ts";

const words = `
docker() { /usr/bin/docker --host unix:///tmp/d/socket "$@"; }
run() { docker run --runtime mine --network none "$@"; }
state() { docker inspect --format '{{.State.Status}}' "$1"; }
`;

const start = `
mkdir /tmp/d
dockerd --data-root /tmp/d/data --exec-root /tmp/d/exec --host unix:///tmp/d/socket --pidfile /tmp/d/pid \\
  --iptables=false --ip6tables=false --bridge=none --storage-driver vfs --add-runtime "mine=$RUNTIME" \\
  --exec-opt native.cgroupdriver=cgroupfs >/tmp/d/log 2>&1 </dev/null &
until_ok docker version || { cat /tmp/d/log >&2; exit 1; }
tar -C /tmp/rootfs -c . | docker import - image >/dev/null
`;

describeCaller(
  { name: "docker", programs: ["containerd", "dockerd"], words, start },
  (check, runtime) => {
    check("runs a container to its end and hands on its output and exit status", async (caller) => {
      const { status, stdout } = await caller.sh("run --rm image sh -c 'echo hi; exit 3'");
      expect({ status, stdout }).toEqual({ status: 3, stdout: "hi\n" });
    });

    check("gives a container a terminal", async (caller) => {
      const { stdout } = await caller.sh(
        "terminal '/usr/bin/docker --host unix:///tmp/d/socket run --rm -t --runtime mine --network none image tty'",
      );
      expect(stdout.trim()).toBe("/dev/pts/0");
    });

    // Docker knows the two by runc's words, which crun does not use.
    if (runtime.name !== "crun") {
      check("tells a missing program from one that may not be run", async (caller) => {
        expect((await caller.sh("run --rm image no-such-program")).status).toBe(127);
        expect((await caller.sh("run --rm image /etc")).status).toBe(126);
      });
    }

    check("holds a container to the limits and the profile it was started with", async (caller) => {
      const { stdout } = await caller.sh(
        "run --rm --memory 64m --memory-swap 64m --pids-limit 55 image sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max; while read -r key value; do case $key in Seccomp: | NoNewPrivs:) echo $key $value ;; esac; done </proc/self/status'",
      );
      expect(stdout).toBe("67108864\n55\nNoNewPrivs: 0\nSeccomp: 2\n");
    });

    check("executes in a running container and lists what runs there", async (caller) => {
      await caller.sh("run -d --name four image sleep 1000");
      const { status, stdout } = await caller.sh("docker exec four sh -c 'id -u; exit 5'");
      expect({ status, stdout }).toEqual({ status: 5, stdout: "0\n" });
      const top = await caller.sh("docker top four | awk 'NR > 1 { print $8, $9 }'");
      expect(top.stdout).toBe("sleep 1000\n");
    });

    check("pauses and resumes", async (caller) => {
      const { stdout } = await caller.sh(
        "docker pause four >/dev/null; state four; docker unpause four >/dev/null; state four",
      );
      expect(stdout).toBe("paused\nrunning\n");
    });

    check("changes limits of a running container, and measures it", async (caller) => {
      const { stdout } = await caller.sh(
        "docker update --memory 64m --memory-swap 64m four >/dev/null; docker stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' four",
      );
      expect(stdout).toMatch(/ \/ 64MiB 1\n$/);
    });

    check("kills, and removes with nothing left", async (caller) => {
      const { stdout } = await caller.sh(
        "id=$(docker inspect --format '{{.Id}}' four); docker kill four >/dev/null; docker wait four; docker rm four; ls -d /sys/fs/cgroup/*/docker/$id 2>/dev/null",
      );
      expect(stdout).toBe("137\nfour\n");
    });
  },
);
