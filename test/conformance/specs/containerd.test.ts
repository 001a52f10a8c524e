import { describeWriter } from "./written-specs.ts";

const words = `
ctr() { command ctr --address /tmp/c/socket "$@"; }
run() { ctr run --rm --runc-binary "$RUNTIME" --rootfs "$@"; }
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

describeWriter({
  name: "containerd",
  programs: ["containerd", "containerd-shim-runc-v2", "ctr"],
  words,
  start,
  commands: {
    "an ordinary container": "run /tmp/rootfs c1 /bin/true",
    "one with a terminal": `terminal "ctr --address /tmp/c/socket run --rm -t --runc-binary $RUNTIME --rootfs /tmp/rootfs c2 /bin/true"`,
    "one with all privileges": "run --privileged /tmp/rootfs c3 /bin/true",
    "one with the default profile": "run --seccomp --no-pivot=false /tmp/rootfs c4 /bin/true",
    "one that is only read": "run --read-only --allow-new-privs /tmp/rootfs c5 /bin/true",
    "a directory and variables": "run --cwd /tmp --env A=1 /tmp/rootfs c6 /bin/true",
    limits: "run --memory-limit 67108864 --cpus 0.5 --cpu-shares 512 /tmp/rootfs c7 /bin/true",
    "processor time in slices":
      "run --cpu-quota 50000 --cpu-period 100000 /tmp/rootfs c8 /bin/true",
    "mounts and devices":
      "run --mount type=bind,src=/tmp,dst=/m,options=rbind:ro --device /dev/null /tmp/rootfs c9 /bin/true",
    "the host's network": "run --net-host /tmp/rootfs c10 /bin/true",
    "capabilities and labels":
      "run --cap-add CAP_SYS_ADMIN --cap-drop CAP_MKNOD --label a=b --annotation a.b=c /tmp/rootfs c11 /bin/true",
    "a namespace of another":
      "run --with-ns network:/proc/self/ns/net --cgroup /mine /tmp/rootfs c12 /bin/true",
    "rlimits and RDT":
      "run --rlimit-nofile 1024 /tmp/rootfs c13 /bin/true || run /tmp/rootfs c13b /bin/true",
  },
});
