import { expect } from "vitest";
import { describeCaller } from "./caller.ts";

const words = `
# conmon reports what became of "create" on descriptor 3, as podman and CRI-O read it.
monitor() {
  id=$1; shift
  mkdir -p /tmp/exits
  _OCI_SYNCPIPE=3 conmon --api-version 1 --cid "$id" --cuuid "$id" --name "$id" --runtime "$RUNTIME" \\
    --bundle "/tmp/$id" --container-pidfile "/tmp/$id/pid" --conmon-pidfile "/tmp/$id/conmon" \\
    --log-path "k8s-file:/tmp/$id/log" --exit-dir /tmp/exits --socket-dir-path /tmp/$id "$@" 3>"/tmp/$id/sync"
}
bundle() {
  mkdir -p "/tmp/$1"
  cp -r /tmp/rootfs "/tmp/$1/rootfs"
  args=$(printf '%s\\n' "\${@:2}" | jq --raw-input . | jq --slurp .)
  (cd "/tmp/$1" && runc spec && jq --argjson args "$args" '.process.args = $args | .process.terminal = false' \\
    config.json >changed && mv changed config.json)
}
`;

describeCaller({ name: "conmon", programs: ["conmon", "jq"], words }, (check) => {
  check("takes over the container, its output and its exit status", async (caller) => {
    const { stdout } = await caller.sh(`
      bundle one sh -c 'echo out; echo err >&2; exit 3'
      monitor one
      until_ok [ -s /tmp/one/sync ]
      cat /tmp/one/sync
      ps -o ppid= -p $(cat /tmp/one/pid) | grep -qw $(cat /tmp/one/conmon) && echo adopted
      "$RUNTIME" start one
      until_ok [ -e /tmp/exits/one ]
      cat /tmp/exits/one
    `);
    const [report, adopted, status] = stdout.split("\n");
    expect(JSON.parse(report ?? "")).toEqual({ data: expect.any(Number) });
    expect({ adopted, status }).toEqual({ adopted: "adopted", status: "3" });
    const log = await caller.sh("sort -k 2 /tmp/one/log | cut -d ' ' -f 2-");
    expect(log.stdout).toBe("stderr F err\nstdout F out\n");
  });

  check("finds nothing but digits in the pid file", async (caller) => {
    const { stdout } = await caller.sh("cat /tmp/one/pid");
    expect(stdout).toMatch(/^\d+$/);
    expect((await caller.sh('"$RUNTIME" delete one')).status).toBe(0);
  });

  check("passes on why a container could not be made", async (caller) => {
    const { stdout } = await caller.sh(`
      bundle two /no-such-program
      monitor two
      until_ok [ -s /tmp/two/sync ]
      cat /tmp/two/sync
    `);
    const report = JSON.parse(stdout) as { data: number; message: string };
    expect(report.data).toBeLessThan(0);
    expect(report.message).toMatch(/no-such-program/);
  });

  check("gets the terminal over its console socket", async (caller) => {
    const { stdout } = await caller.sh(`
      bundle three tty
      jq '.process.terminal = true' /tmp/three/config.json >/tmp/three/changed
      mv /tmp/three/changed /tmp/three/config.json
      monitor three --terminal
      until_ok [ -s /tmp/three/sync ]
      "$RUNTIME" start three
      until_ok [ -e /tmp/exits/three ]
      cut -d ' ' -f 2- /tmp/three/log
    `);
    expect(stdout.replaceAll("\r", "")).toBe("stdout F /dev/pts/0\n");
  });
});
