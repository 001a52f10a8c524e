#!/bin/sh
# guest-init.sh: init of a guest without systemd: mounts, cgroups as /job/cgroups wants them (v2: with every controller
# given to its children), then the job.
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o ptmxmode=0666,mode=620,gid=5 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t mqueue mqueue /dev/mqueue
ln -s /proc/self/fd /dev/fd
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${stream%:*}" "/dev/${stream#*:}"; done
ip link set lo up

v2() { # MOUNTPOINT
	mount -t cgroup2 cgroup2 "$1"
	# A cgroup that has processes of its own may give no controllers to its children.
	mkdir "$1/init"
	echo $$ >"$1/init/cgroup.procs"
	sed 's/[^ ]*/+&/g' "$1/cgroup.controllers" >"$1/cgroup.subtree_control"
}
v1() { # CONTROLLERS
	mkdir "/sys/fs/cgroup/$1"
	mount -t cgroup -o "$1" cgroup "/sys/fs/cgroup/$1"
}

cgroups=$(cat /job/cgroups)
if [ "$cgroups" = v2 ]; then
	v2 /sys/fs/cgroup
else
	mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
	for controllers in cpuset cpu,cpuacct blkio memory devices freezer net_cls,net_prio perf_event pids rdma; do
		v1 $controllers
	done
	mkdir /sys/fs/cgroup/systemd
	mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
	if [ "$cgroups" = v1 ]; then v1 hugetlb; else
		mkdir /sys/fs/cgroup/unified
		v2 /sys/fs/cgroup/unified
	fi
fi
exec sh /job/guest-job.sh
