import { describeWriter } from "./written-specs.ts";

/** Podman in another shell, so that terminals know it too. */
const start = `
cat >/usr/local/bin/podman <<END
#!/bin/sh
exec /usr/bin/podman --runtime "$RUNTIME" --cgroup-manager cgroupfs --events-backend file --storage-driver vfs \\
  --root /tmp/p/root --runroot /tmp/p/run --tmpdir /tmp/p/tmp "\\$@"
END
chmod +x /usr/local/bin/podman
tar -C /tmp/rootfs -c . | podman import - image >/dev/null
`;

describeWriter({
  name: "podman",
  programs: ["conmon", "podman"],
  words: 'run() { podman run --rm --network none "$@"; }',
  start,
  commands: {
    "an ordinary container": "run image true",
    "one without an image": "run --rootfs /tmp/rootfs true",
    "one with a terminal": "terminal 'podman run --rm -t --network none image true'",
    "one with all privileges": "run --privileged image true",
    "one with none": "run --cap-drop ALL --security-opt no-new-privileges --read-only image true",
    "one without a profile": "run --security-opt seccomp=unconfined image true",
    "another user and groups": "run --user 1000:1000 --group-add 4 image true",
    "a user namespace": "run --uidmap 0:100000:65536 --gidmap 0:100000:65536 image true",
    limits:
      "run --memory 64m --memory-swap 128m --cpus 1.5 --cpu-shares 512 --cpuset-cpus 0 --pids-limit 55 --ulimit nofile=1024:2048 --oom-score-adj 100 image true",
    "volumes and a small tmpfs":
      "run -v /tmp/p:/a:ro -v vol:/b -v /tmp:/c:rslave --tmpfs /t:size=1m,noexec image true",
    "what the host has": "run --pid host --ipc host --uts host --cgroupns host image true",
    "the host's network": "podman run --rm --network host image true",
    devices: "run --device /dev/null:/dev/mine:rw image true",
    "names and sysctls":
      "run --hostname box --sysctl net.ipv4.ip_forward=0 --env A=1 --env B= --label a.b=c image true",
    systemd: "run --systemd always image true",
    "a small /dev/shm": "run --shm-size 1m --stop-signal INT --workdir /tmp image true",
    "a pod":
      "podman pod create --name pod --infra=false; podman run --rm --network none --pod pod image true",
    "masks of its own":
      "run --security-opt mask=/proc/cpuinfo --security-opt unmask=/proc/acpi image true",
  },
});
