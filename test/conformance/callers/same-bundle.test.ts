import { expect } from "vitest";
import { describeCaller } from "./caller.ts";

/** What a container can see of how it was made. */
const look = `
id
hostname
ulimit -a
while read -r line; do case $line in Cap* | NoNewPrivs* | Seccomp*) echo "$line" ;; esac; done </proc/self/status
ls /proc/self/fd | wc -l
cat /proc/sys/kernel/ngroups_max /proc/self/oom_score_adj
for name in cgroup ipc mnt net pid uts; do
  [ "$(ls -l /proc/self/ns/$name)" = "$(ls -l /proc/1/ns/$name)" ] && echo "$name is init's"
done
ls /dev | sort
`;

const words = `
bundle=/tmp/bundle
run() { "$1" run --bundle $bundle one; }
`;

const start = `
for applet in sort wc; do ln -s busybox /tmp/rootfs/bin/$applet; done
mkdir -p /tmp/bundle
cp -r /tmp/rootfs /tmp/bundle/rootfs
cd /tmp/bundle
runc spec
cat >rootfs/look <<'END'
${look}
END
jq '.process.args = ["sh", "/look"] | .process.terminal = false' config.json >changed
mv changed config.json
`;

describeCaller({ name: "one bundle", programs: ["jq"], words, start }, (check, runtime) => {
  check("looks the same from inside as under stock runc", async (caller) => {
    const stock = await caller.sh("run runc");
    expect(stock.status).toBe(0);
    const { status, stdout } = await caller.sh('run "$RUNTIME"');
    // crun links /dev/core to /proc/kcore, as no other runtime does.
    const own = runtime.name === "crun" ? ["core"] : [];
    const lines = stdout.split("\n").filter((line) => !own.includes(line));
    expect({ status, lines }).toEqual({ status: 0, lines: stock.stdout.split("\n") });
  });
});
