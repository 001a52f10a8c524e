import { describeWriter } from "./written-specs.ts";

const words = `
docker() { /usr/bin/docker --host unix:///tmp/d/socket "$@"; }
run() { docker run --rm --runtime mine --network none "$@"; }
`;

const start = `
mkdir /tmp/d
dockerd --data-root /tmp/d/data --exec-root /tmp/d/exec --host unix:///tmp/d/socket --pidfile /tmp/d/pid \\
  --iptables=false --ip6tables=false --bridge=none --storage-driver vfs --add-runtime "mine=$RUNTIME" \\
  --exec-opt native.cgroupdriver=cgroupfs >/tmp/d/log 2>&1 </dev/null &
until_ok docker version || { cat /tmp/d/log >&2; exit 1; }
tar -C /tmp/rootfs -c . | docker import - image >/dev/null
`;

describeWriter({
  name: "docker",
  programs: ["containerd", "dockerd"],
  words,
  start,
  commands: {
    "an ordinary container": "run image true",
    "one with a terminal":
      "terminal '/usr/bin/docker --host unix:///tmp/d/socket run --rm -t --runtime mine --network none image true'",
    "one with all privileges": "run --privileged image true",
    "one with none": "run --cap-drop ALL --security-opt no-new-privileges --read-only image true",
    "one without a profile":
      "run --security-opt seccomp=unconfined --security-opt apparmor=unconfined image true",
    "another user and groups": "run --user 1000:1000 --group-add 4 --group-add 20 image true",
    limits:
      "run --memory 64m --memory-swap 128m --memory-reservation 32m --memory-swappiness 10 --cpus 1.5 --cpu-shares 512 --cpuset-cpus 0 --pids-limit 55 --blkio-weight 100 --ulimit nofile=1024:2048 --ulimit core=-1 --oom-score-adj 100 image true",
    "processor time in slices": "run --cpu-period 50000 --cpu-quota 25000 image true",
    "volumes and a small tmpfs":
      "run -v /tmp/d:/a:ro -v vol:/b --mount type=bind,source=/usr,target=/c,bind-propagation=rprivate --tmpfs /t:size=1m,noexec image true",
    "what the host has":
      "run --pid host --ipc host --uts host --userns host --cgroupns host image true",
    "the host's network": "docker run --rm --runtime mine --network host image true",
    devices: "run --device /dev/null:/dev/mine:rw --device-cgroup-rule 'c 10:* rmw' image true",
    "names and sysctls":
      "run --hostname box --domainname example --sysctl net.ipv4.ip_forward=0 --sysctl kernel.shmmax=65536 --env A=1 --env B= --label a.b=c image true",
    "an init": "run --init --shm-size 1m --stop-signal INT --workdir /tmp image true",
    "a private cgroup namespace": "run --cgroupns private --ipc private image true",
  },
});
