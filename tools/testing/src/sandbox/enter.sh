#!/bin/sh
# enter.sh CGROUP NETWORK: moves itself into the cgroup and starts the sandbox's init in namespaces of its own.
# The cgroup comes first: the new cgroup namespace takes the cgroup that it is in for its root.
set -eu
for folder in $(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts); do
	echo $$ >"$folder/$1/cgroup.procs"
done
network=--net
[ "$2" = none ] || network=
# The init dies with unshare, and unshare's standard input is the life line to whoever opened the sandbox.
exec unshare --mount --pid --fork --ipc --uts --cgroup $network --kill-child --propagation private \
	sh "$(dirname "$0")/init.sh" "$2"
