# enter.sh ROOT FOLDER COMMAND...: runs a command with ROOT as its root, FOLDER at /mnt, in the mount namespace
# of its own that it is started in. $TRACER, when set, is run outside of the root around it.
set -e
root=$1 folder=$2
shift 2
# Bound onto itself, since pivot_root wants the root it leaves to be a mount.
mount --bind "$root" "$root"
mount --bind "$folder" "$root/mnt"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
# The empty version 2 hierarchy of a hybrid machine: crun refuses to run beside it.
if mountpoint -q "$root/sys/fs/cgroup/unified"; then umount "$root/sys/fs/cgroup/unified"; fi
exec $TRACER chroot "$root" "$@"
