# rootless.sh: sourced in a guest with systemd, after RUNTIMES (lines "name program") is set. A user who stays logged in
# (loginctl enable-linger) runs containers under the systemd of their own; says what it finds as "found RUNTIME KEY VALUE".
set -u
useradd --create-home --uid 1000 --shell /bin/sh user
loginctl enable-linger user
for attempt in $(seq 600); do [ -S /run/user/1000/bus ] && break; sleep 0.1; done

home=/home/user
mkdir -p $home/bundle/rootfs/bin
cp /bin/busybox $home/bundle/rootfs/bin/
for folder in proc sys dev tmp run etc; do mkdir $home/bundle/rootfs/$folder; done
for applet in cat sh sleep; do ln -s busybox $home/bundle/rootfs/bin/$applet; done
chown -R user:user $home

cat >/tmp/as-user.sh <<'END'
name=$1 runtime=$2
say() { echo "found $name $*"; }
until_ok() {
	for attempt in $(seq 100); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
	return 1
}
value() { cat "/sys/fs/cgroup$cgroup/$1" 2>&1 | tr '\n' ' '; }
say session "$(sed -n 's/^0:://p' /proc/self/cgroup)"

cd ~/bundle
rm -f config.json
runc spec --rootless
jq --arg path "user.slice:ocikit:$name" '
	.process.terminal = false
	| .process.args = ["/bin/sleep", "1000"]
	| .linux.cgroupsPath = $path
	| .mounts |= map(select(.destination != "/sys")) + [
		{ destination: "/sys", type: "tmpfs", source: "tmpfs", options: ["nosuid"] },
		{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw", "nosuid", "nodev", "noexec"] }
	]
	| .linux.resources = {
		memory: { limit: 67108864 },
		cpu: { quota: 50000, period: 100000 },
		pids: { limit: 55 }
	}' config.json >changed && mv changed config.json

driver=--systemd-cgroup
"$runtime" $driver run --detach --pid-file pid "$name" >log 2>&1 </dev/null
say run $? "$(tr '\n' ' ' <log)"
cgroup=$(sed -n 's/^0:://p' "/proc/$(cat pid)/cgroup")
say cgroup "$cgroup"
for file in memory.max cpu.max pids.max; do say $file "$(value $file)"; done
unit=ocikit-$name.scope
for property in MemoryMax TasksMax Slice; do
	say $property "$(systemctl --user show "$unit" --property $property --value)"
done
say exec "$("$runtime" $driver exec "$name" /bin/sh -c 'cat /sys/fs/cgroup/memory.max; cat /proc/self/cgroup' 2>&1 </dev/null | tr '\n' ' ')"
say controllers "$("$runtime" $driver exec "$name" cat /sys/fs/cgroup/cgroup.controllers 2>&1 </dev/null)"
say makes-own "$("$runtime" $driver exec "$name" /bin/sh -c '
	cd /sys/fs/cgroup
	/bin/busybox mkdir init inner
	for pid in $(cat cgroup.procs); do echo $pid >init/cgroup.procs; done 2>/dev/null
	echo +memory >cgroup.subtree_control && echo 33554432 >inner/memory.max && cat inner/memory.max' 2>&1 </dev/null | tail -n 1)"
say exec-after "$("$runtime" $driver exec "$name" /bin/busybox echo inside 2>&1 </dev/null | tail -n 1)"
"$runtime" $driver update --memory 50331648 --pids-limit 44 --cpu-quota 25000 "$name" >log 2>&1 </dev/null
say update $? "$(tr '\n' ' ' <log)"
cgroup=/user.slice/user-1000.slice/user@1000.service/user.slice/$unit
for file in memory.max pids.max cpu.max; do say updated-$file "$(value $file)"; done
say updated-TasksMax "$(systemctl --user show "$unit" --property TasksMax --value)"
"$runtime" $driver pause "$name" >log 2>&1 </dev/null
say pause $? "$(tr '\n' ' ' <log)"
say frozen "$(sed -n 's/^frozen //p' "/sys/fs/cgroup$cgroup/cgroup.events")"
"$runtime" $driver resume "$name" >log 2>&1 </dev/null
say thawed "$(sed -n 's/^frozen //p' "/sys/fs/cgroup$cgroup/cgroup.events")"
"$runtime" $driver events --stats "$name" >stats 2>/dev/null && say stats "$(jq -r .data.pids.limit stats)"
"$runtime" $driver delete --force "$name" >log 2>&1 </dev/null
say delete $? "$(tr '\n' ' ' <log)"
say left "$(ls -d "/sys/fs/cgroup$cgroup" 2>/dev/null)$(systemctl --user list-units --all --plain --no-legend "$unit" | wc -l)"

jq '.process.args = ["/bin/sh", "-c", "exit 7"]' config.json >changed && mv changed config.json
"$runtime" $driver run "$name" >log 2>&1 </dev/null
say foreground $? "$(tr '\n' ' ' <log)"
until_ok sh -c "! systemctl --user is-active --quiet $unit"
say foreground-left "$(systemctl --user list-units --all --plain --no-legend "$unit" | wc -l)"
say session-after "$(sed -n 's/^0:://p' /proc/self/cgroup)"

env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS "$runtime" --root ~/state $driver run "$name" >log 2>&1 </dev/null
say no-bus $? "$(tr '\n' ' ' <log)"
DBUS_SESSION_BUS_ADDRESS= "$runtime" --root ~/state $driver run "$name" >log 2>&1 </dev/null
say runtime-directory $? "$(tr '\n' ' ' <log)"
DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus XDG_RUNTIME_DIR=/nowhere "$runtime" --root ~/state $driver run "$name" >log 2>&1 </dev/null
say wrong-bus $? "$(tr '\n' ' ' <log)"

podman() {
	command podman --runtime "$runtime" --cgroup-manager systemd --events-backend file --storage-driver vfs "$@"
}
podman run --detach --name "$name" --network none --memory 64m --pids-limit 50 --rootfs ~/bundle/rootfs sleep 1000 >log 2>&1 </dev/null
say podman-run $? "$(tail -n 1 log)"
cgroup=$(sed -n 's/^0:://p' "/proc/$(podman inspect --format '{{.State.Pid}}' "$name")/cgroup")
say podman-cgroup "$cgroup"
say podman-memory "$(value memory.max)"
say podman-exec "$(podman exec "$name" cat /proc/self/cgroup 2>&1 </dev/null | tail -n 1)"
podman update --memory 48m "$name" >log 2>&1
say podman-update $? "$(tail -n 1 log)"
say podman-updated "$(value memory.max)"
podman pause "$name" >log 2>&1
say podman-pause $? "$(sed -n 's/^frozen //p' "/sys/fs/cgroup$cgroup/cgroup.events")"
podman unpause "$name" >log 2>&1
say podman-unpause $? "$(tail -n 1 log)"
podman stop --time 1 "$name" >log 2>&1
say podman-stop $? "$(tail -n 1 log)"
podman rm --force "$name" >log 2>&1
say podman-rm $? "$(tail -n 1 log)"
say podman-left "$(ls -d "/sys/fs/cgroup$cgroup" 2>/dev/null)"
END

while read -r name runtime <&3; do
	# A login, with a session of its own: the cgroup it comes from is not the user's to leave.
	su --login user --command "sh /tmp/as-user.sh $name $runtime" </dev/null
done 3<<-END
	$RUNTIMES
END
