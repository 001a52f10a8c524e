# cgroup-v2.sh: sourced in the guest, after RUNTIMES (lines "name program") and DRIVER (cgroupfs or systemd) are set.
# One container a runtime, with limits set, read back, changed, frozen and removed; says what it finds as
# "found RUNTIME KEY VALUE".
set -u
say() { echo "found $name $*"; }
value() { cat "/sys/fs/cgroup$cgroup/$1" 2>&1 | tr '\n' ' '; }

bundle=/tmp/bundle
mkdir -p $bundle/rootfs/bin $bundle/rootfs/proc $bundle/rootfs/sys $bundle/rootfs/dev
cp /bin/busybox $bundle/rootfs/bin/
ln -s busybox $bundle/rootfs/bin/sh
cd $bundle

driver=
[ "$DRIVER" = cgroupfs ] || driver=--systemd-cgroup

while read -r name runtime <&3; do
	if [ "$DRIVER" = cgroupfs ]; then path=/ocikit/$name; else path=ocikit.slice:ocikit:$name; fi
	rm -f config.json
	runc spec
	jq --arg path "$path" '
		.process.terminal = false
		| .process.args = ["/bin/busybox", "sleep", "1000"]
		| .linux.cgroupsPath = $path
		| .linux.devices = [{ path: "/dev/kmsg", type: "c", major: 1, minor: 11, fileMode: 438 }]
		| .linux.resources = {
			devices: [{ allow: false, access: "rwm" }, { allow: true, type: "c", major: 1, minor: 5, access: "r" }],
			memory: { limit: 67108864, reservation: 33554432 },
			cpu: { quota: 50000, period: 100000, shares: 512, cpus: "0" },
			pids: { limit: 55 },
			unified: { "memory.high": "60000000" }
		}' config.json >changed && mv changed config.json

	"$runtime" $driver create --pid-file pid "$name" >log 2>&1 </dev/null
	say create $?
	say complaint "$(tr '\n' ' ' <log)"
	cgroup=$(sed -n 's/^0:://p' "/proc/$(cat pid)/cgroup")
	say cgroup "$cgroup"
	for file in memory.max memory.low memory.high cpu.max cpu.weight cpuset.cpus pids.max; do say $file "$(value $file)"; done
	if [ "$DRIVER" = systemd ]; then
		for property in MemoryMax TasksMax CPUQuotaPerSecUSec Slice; do
			say $property "$(systemctl show "ocikit-$name.scope" --property $property --value)"
		done
	fi
	"$runtime" $driver start "$name" >log 2>&1 </dev/null
	say start $?
	say inside "$("$runtime" $driver exec "$name" /bin/busybox cat /sys/fs/cgroup/memory.max 2>&1 </dev/null)"
	say device-allowed "$("$runtime" $driver exec "$name" /bin/sh -c ': </dev/zero && echo opened' 2>&1 </dev/null)"
	say device-denied "$("$runtime" $driver exec "$name" /bin/busybox dd if=/dev/kmsg of=/dev/null count=1 2>&1 </dev/null)"
	"$runtime" $driver update --memory 50331648 --pids-limit 44 --cpu-quota 25000 "$name" >log 2>&1 </dev/null
	say update $?
	say complaint "$(tr '\n' ' ' <log)"
	for file in memory.max pids.max cpu.max; do say updated-$file "$(value $file)"; done
	"$runtime" $driver pause "$name" >log 2>&1 </dev/null
	say pause $?
	say frozen "$(sed -n 's/^frozen //p' "/sys/fs/cgroup$cgroup/cgroup.events")"
	say paused "$("$runtime" state "$name" | jq -r .status)"
	"$runtime" $driver resume "$name" >log 2>&1 </dev/null
	say thawed "$(sed -n 's/^frozen //p' "/sys/fs/cgroup$cgroup/cgroup.events")"
	"$runtime" $driver events --stats "$name" >stats 2>/dev/null && say stats "$(jq -r .data.pids.limit stats)"
	"$runtime" $driver delete --force "$name" >log 2>&1 </dev/null
	say delete $?
	say left "$(ls -d "/sys/fs/cgroup$cgroup" 2>/dev/null)"
done 3<<-END
	$RUNTIMES
END
