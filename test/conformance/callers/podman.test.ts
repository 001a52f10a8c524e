import { expect } from "vitest";
import { describeCaller } from "./caller.ts";

const words = `
run() { podman run --network none --rootfs "$@"; }
state() { podman inspect --format '{{.State.Status}}' "$1"; }
`;

/** A program rather than a shell function, so that other users and terminals know it too. */
const start = `
cat >/usr/local/bin/podman <<'END'
#!/bin/sh
exec /usr/bin/podman --runtime "$RUNTIME" --cgroup-manager cgroupfs --events-backend file --storage-driver vfs \\
  --root "$HOME/p/root" --runroot "$HOME/p/run" --tmpdir "$HOME/p/tmp" "$@"
END
chmod +x /usr/local/bin/podman
`;

const programs = ["conmon", "podman"];

describeCaller({ name: "podman", programs, words, start }, (check) => {
  check("runs a container to its end and hands on its output and exit status", async (caller) => {
    const { status, stdout } = await caller.sh(
      "podman run --rm --network none --rootfs /tmp/rootfs sh -c 'echo hi; echo no >&2; exit 3'",
    );
    expect({ status, stdout }).toEqual({ status: 3, stdout: "hi\n" });
  });

  check("gives a container a terminal", async (caller) => {
    const { stdout } = await caller.sh(
      "terminal 'podman run --rm -t --network none --rootfs /tmp/rootfs tty'",
    );
    expect(stdout.trim()).toBe("/dev/pts/0");
  });

  check("tells a missing program from one that may not be run", async (caller) => {
    const missing = await caller.sh("run /tmp/rootfs no-such-program");
    expect(missing.status).toBe(127);
    const refused = await caller.sh("run /tmp/rootfs /etc");
    expect(refused.status).toBe(126);
  });

  check("executes in a running container, with a terminal and without", async (caller) => {
    await caller.sh("podman run -d --name four --network none --rootfs /tmp/rootfs sleep 1000");
    const { status, stdout } = await caller.sh("podman exec four sh -c 'id -u; exit 5'");
    expect({ status, stdout }).toEqual({ status: 5, stdout: "0\n" });
    const terminal = await caller.sh("terminal 'podman exec -t four tty'");
    expect(terminal.stdout.trim()).toBe("/dev/pts/0");
  });

  check(
    "says of an exec that its program is missing, and the container goes on",
    async (caller) => {
      const { status } = await caller.sh("podman exec four no-such-program");
      expect(status).toBe(127);
      expect((await caller.sh("state four")).stdout).toBe("running\n");
    },
  );

  check("measures a running container", async (caller) => {
    const { stdout } = await caller.sh(
      "podman stats --no-stream --format '{{.Name}} {{.PIDS}}' four",
    );
    expect(stdout).toBe("four 1\n");
  });

  check("pauses and resumes", async (caller) => {
    const { stdout } = await caller.sh(
      "podman pause four >/dev/null; state four; podman unpause four >/dev/null; state four",
    );
    expect(stdout).toBe("paused\nrunning\n");
  });

  check("changes limits of a running container", async (caller) => {
    const { status, stdout } = await caller.sh(
      "podman update --memory 64m four >/dev/null && cat $(find /sys/fs/cgroup/memory/libpod_parent -path '*libpod-*/memory.limit_in_bytes') | sort -n | head -1",
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: "67108864\n" });
  });

  check("kills, and removes with nothing left", async (caller) => {
    const { stdout } = await caller.sh(
      "podman kill four >/dev/null; podman wait four; podman rm four >/dev/null; podman ps -aq | wc -l; find /sys/fs/cgroup -name 'libpod-????????*' -not -name '*conmon*' | wc -l",
    );
    expect(stdout.split("\n")[0]).toBe("137");
    expect(stdout.trim().split("\n").at(-1)).toBe("0");
  });
});

describeCaller(
  {
    name: "rootless podman",
    programs: [...programs, "newuidmap", "runuser"],
    words: `
as_user() { (cd /; XDG_RUNTIME_DIR=/run/user/2000 HOME=/home/user runuser -u user -- bash -c "$1"); }
`,
    start: `${start}
echo user:x:2000:2000::/home/user:/bin/sh >>/etc/passwd
echo user:x:2000: >>/etc/group
echo user:100000:65536 >/etc/subuid
echo user:100000:65536 >/etc/subgid
mkdir -p /home/user /run/user/2000
chown -R user:user /home/user /run/user/2000 /tmp/rootfs
`,
  },
  (check) => {
    check("runs a container as root of a user namespace", async (caller) => {
      const { status, stdout, stderr } = await caller.sh(
        "as_user \"podman run --network none --rootfs /tmp/rootfs sh -c 'id -u; cat /proc/self/uid_map; exit 3'\"",
      );
      expect({ status, stderr: status === 3 ? "" : stderr }).toEqual({ status: 3, stderr: "" });
      expect(
        stdout
          .trim()
          .split("\n")
          .map((line) => line.trim().split(/\s+/)),
      ).toEqual([["0"], ["0", "2000", "1"], ["1", "100000", "65536"]]);
    });

    check("executes in a running container", async (caller) => {
      await caller.sh(
        'as_user "podman run -d --name one --network none --rootfs /tmp/rootfs sleep 1000"',
      );
      const { status, stdout } = await caller.sh(
        "as_user \"podman exec one sh -c 'id -u; exit 5'\"",
      );
      expect({ status, stdout }).toEqual({ status: 5, stdout: "0\n" });
    });

    check("kills and removes", async (caller) => {
      const { stdout } = await caller.sh(
        'as_user "podman kill one; podman wait one; podman rm one; podman ps -aq | wc -l"',
      );
      const lines = stdout.trim().split("\n");
      expect(lines).toContain("137");
    });
  },
);
