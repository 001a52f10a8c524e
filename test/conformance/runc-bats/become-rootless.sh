#!/bin/bash
# become-rootless.sh: gives the sandbox the user and the features (ROOTLESS_FEATURES) of runc's rootless tests.
set -euo pipefail
id=2000
echo "rootless:x:$id:$id::/home/rootless:/bin/bash" >>/etc/passwd
echo "rootless:x:$id:" >>/etc/group
mkdir -p /home/rootless
chown $id:$id /home/rootless

if [[ "$ROOTLESS_FEATURES" == *idmap* ]]; then
	echo "rootless:$ROOTLESS_UIDMAP_START:$ROOTLESS_UIDMAP_LENGTH" >/etc/subuid
	echo "rootless:$ROOTLESS_GIDMAP_START:$ROOTLESS_GIDMAP_LENGTH" >/etc/subgid
	# A folder whose owner is AUX_UID inside the container, where 1000 is the first id that is mapped.
	mkdir -m 700 "$AUX_DIR"
	chown $((ROOTLESS_UIDMAP_START - 1000 + AUX_UID)) "$AUX_DIR"
else
	rm -f /etc/subuid /etc/subgid /usr/bin/newuidmap /usr/bin/newgidmap
fi

[[ "$ROOTLESS_FEATURES" == *cgroup* ]] || exit 0
for name in $(awk '!/^#/ { print $1 }' /proc/cgroups) systemd; do
	made=/sys/fs/cgroup/$name/runc-cgroups-integration-test
	mkdir -p "$made"
	chown root:rootless "$made"
	chmod g+rwx "$made"
	# The kernel has controllers that are mounted nowhere; the suite makes plain folders for those.
	[ -e "$made/cgroup.procs" ] || continue
	chown root:rootless "$made/cgroup.procs"
	chmod g+rw "$made/cgroup.procs"
	for file in tasks cpuset.cpus cpuset.mems cpu.rt_period_us cpu.rt_runtime_us; do
		[ ! -e "$made/$file" ] || chown rootless:rootless "$made/$file"
	done
done
