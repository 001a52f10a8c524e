#!/bin/sh
# init.sh NETWORK: makes the sandbox's file system and becomes its init, which lives as long as standard input is open.
# SANDBOX_LOWER: what the root looks like; SANDBOX_BINDS: lines "ro|rw source target"; SANDBOX_UNIFIED: keep the
# v2 hierarchy of a hybrid host (1 or 0).
set -eu

# Read before /proc is hidden: the hierarchies as the host mounts them.
hierarchies=$(awk '$3 ~ /^cgroup2?$/ { print $3, $2, $4 }' /proc/mounts)

# Whatever is written goes to memory and is gone with the mount namespace: /etc, /var, containers' layers.
mount -t tmpfs -o size=8g tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$SANDBOX_LOWER,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
root=/mnt/root
mkdir -p $root/proc $root/sys $root/dev $root/run $root/tmp $root/var/tmp $root/host

mount -t proc proc $root/proc
if [ "$1" = none ]; then mount -t sysfs sysfs $root/sys; else mount --rbind /sys $root/sys; fi

mount -t tmpfs -o mode=755 tmpfs $root/sys/fs/cgroup
echo "$hierarchies" | while read -r type folder options; do
	if [ "$type" = cgroup2 ]; then
		[ "$folder" = /sys/fs/cgroup ] || [ "$SANDBOX_UNIFIED" = 1 ] || continue
		mkdir -p "$root$folder"
		mount -t cgroup2 cgroup2 "$root$folder"
		# Where v2 is all there is, processes may live in leaves only.
		[ "$folder" = /sys/fs/cgroup ] || continue
		mkdir "$root$folder/init"
		echo $$ >"$root$folder/init/cgroup.procs"
		sed 's/[^ ]*/+&/g' "$root$folder/cgroup.controllers" >"$root$folder/cgroup.subtree_control"
	else
		mkdir -p "$root$folder"
		controllers=$(echo "$options" | tr , '\n' | grep -vxE 'rw|ro|relatime|nosuid|nodev|noexec|clone_children' | paste -sd,)
		mount -t cgroup -o "$controllers" cgroup "$root$folder"
	fi
done

# devtmpfs is one instance for the whole machine: a test that changes /dev/null would change everybody's.
mount -t tmpfs -o mode=755,nosuid tmpfs $root/dev
while read -r name mode major minor; do
	mknod -m "$mode" "$root/dev/$name" c "$major" "$minor"
done <<-END
	null 666 1 3
	zero 666 1 5
	full 666 1 7
	random 666 1 8
	urandom 666 1 9
	kmsg 644 1 11
	tty 666 5 0
	console 600 5 1
	fuse 666 10 229
	loop-control 660 10 237
END
for number in 0 1 2 3 4 5 6 7; do mknod -m 660 "$root/dev/loop$number" b 7 "$number"; done
mkdir $root/dev/net $root/dev/pts $root/dev/shm $root/dev/mqueue
mknod -m 666 $root/dev/net/tun c 10 200
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts $root/dev/pts
mount -t tmpfs -o mode=1777 tmpfs $root/dev/shm
mount -t mqueue mqueue $root/dev/mqueue
ln -s pts/ptmx $root/dev/ptmx
ln -s /proc/self/fd $root/dev/fd
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${stream%:*}" "$root/dev/${stream#*:}"; done

# Engines make overlays of their own here, whose upper layer must not be an overlay.
mount -t tmpfs -o mode=755 tmpfs $root/run
mount -t tmpfs -o mode=1777 tmpfs $root/tmp
mount -t tmpfs -o mode=1777 tmpfs $root/var/tmp

echo "$SANDBOX_BINDS" | while read -r access source target; do
	[ -n "$source" ] || continue
	if [ -d "$source" ]; then
		mkdir -p "$root$target"
	else
		mkdir -p "$(dirname "$root$target")"
		touch "$root$target"
	fi
	mount --rbind "$source" "$root$target"
	[ "$access" = rw ] || mount -o remount,bind,ro "$root$target"
done

cd $root
pivot_root . host
umount -l /host
rmdir /host
[ "$1" != none ] || ip link set lo up
exec tini -- sh -c 'echo ready; exec cat >/dev/null'
