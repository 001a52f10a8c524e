# systemd-v1.sh: sourced in a guest whose systemd has cgroup v1, after RUNTIMES (lines "name program") is set. One container
# a runtime under the systemd driver; says what it finds as "found RUNTIME KEY VALUE".
set -u
say() { echo "found $name $*"; }
value() { # CONTROLLER FILE
	path=$(sed -n "s/^[0-9]*:\(.*,\)\{0,1\}$1\(,.*\)\{0,1\}://p" "/proc/$pid/cgroup")
	tr '\n' ' ' 2>&1 <"/sys/fs/cgroup/$1$path/$2"
}
left() { find /sys/fs/cgroup -name "ocikit-$name.scope" 2>/dev/null | wc -l; }

bundle=/tmp/bundle
mkdir -p $bundle/rootfs/bin $bundle/rootfs/proc $bundle/rootfs/sys $bundle/rootfs/dev
cp /bin/busybox $bundle/rootfs/bin/
ln -s busybox $bundle/rootfs/bin/sh
cd $bundle

while read -r name program <&3; do
	runtime="$program --systemd-cgroup"
	unit=ocikit-$name.scope
	rm -f config.json
	runc spec
	jq --arg path "a-b.slice:ocikit:$name" '
		.process.terminal = false
		| .process.args = ["/bin/busybox", "sleep", "1000"]
		| .linux.cgroupsPath = $path
		| .linux.devices = [{ path: "/dev/kmsg", type: "c", major: 1, minor: 11, fileMode: 438 }]
		| .linux.resources = {
			devices: [{ allow: false, access: "rwm" }, { allow: true, type: "c", major: 1, minor: 5, access: "r" }],
			memory: { limit: 67108864, reservation: 33554432 },
			cpu: { quota: 50000, period: 100000, shares: 512, cpus: "0" },
			pids: { limit: 55 }
		}' config.json >changed && mv changed config.json
	$runtime create --pid-file pid "$name" >log 2>&1 </dev/null
	say create $? "$(tr '\n' ' ' <log)"
	pid=$(cat pid)
	say controllers "$(cut -d: -f2 /proc/$pid/cgroup | sort | tr '\n' ' ')"
	for controller in memory pids cpu freezer devices name=systemd; do
		say cgroup-$controller "$(sed -n "s/^[0-9]*:\(.*,\)\{0,1\}$controller\(,.*\)\{0,1\}://p" /proc/$pid/cgroup)"
	done
	say memory "$(value memory memory.limit_in_bytes)"
	say reservation "$(value memory memory.soft_limit_in_bytes)"
	say quota "$(value cpu cpu.cfs_quota_us)"
	say shares "$(value cpu cpu.shares)"
	say pids "$(value pids pids.max)"
	say cpus "$(value cpuset cpuset.cpus)"
	for property in MemoryLimit TasksMax CPUQuotaPerSecUSec CPUShares Slice; do
		say $property "$(systemctl show "$unit" --property $property --value)"
	done
	$runtime start "$name" >log 2>&1 </dev/null
	say start $? "$(tr '\n' ' ' <log)"
	systemctl daemon-reload
	say exec "$($runtime exec "$name" /bin/busybox cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>&1 </dev/null)"
	say exec-cgroup "$([ "$($runtime exec "$name" /bin/busybox cat /proc/self/cgroup 2>&1 </dev/null)" = "$(cat /proc/$pid/cgroup)" ] && echo same)"
	say device-allowed "$($runtime exec "$name" /bin/sh -c ': </dev/zero && echo opened' 2>&1 </dev/null)"
	say device-denied "$($runtime exec "$name" /bin/busybox dd if=/dev/kmsg of=/dev/null count=1 2>&1 </dev/null)"
	$runtime update --memory 50331648 --pids-limit 44 --cpu-quota 25000 "$name" >log 2>&1 </dev/null
	say update $? "$(tr '\n' ' ' <log)"
	say updated-memory "$(value memory memory.limit_in_bytes)"
	say updated-pids "$(value pids pids.max)"
	say updated-quota "$(value cpu cpu.cfs_quota_us)"
	say updated-MemoryLimit "$(systemctl show "$unit" --property MemoryLimit --value)"
	systemctl daemon-reload
	say after-reload "$(value memory memory.limit_in_bytes)"
	$runtime pause "$name" >log 2>&1 </dev/null
	say pause $? "$(value freezer freezer.state)"
	say paused "$($program state "$name" | jq -r .status)"
	$runtime resume "$name" >log 2>&1 </dev/null
	say resume $? "$(value freezer freezer.state)"
	$runtime events --stats "$name" >stats 2>/dev/null && say stats "$(jq -r .data.pids.limit stats)"
	$runtime delete --force "$name" >log 2>&1 </dev/null
	say delete $? "$(tr '\n' ' ' <log)"
	say left "$(left)" "$(systemctl list-units --all --plain --no-legend "$unit" | wc -l)"

	jq '.process.args = ["/bin/sh", "-c", "exit 7"]' config.json >changed && mv changed config.json
	$runtime run "$name" >log 2>&1 </dev/null
	say foreground $? "$(tr '\n' ' ' <log)"
	for attempt in $(seq 100); do systemctl is-active --quiet $unit || break; sleep 0.1; done
	say foreground-left "$(left)" "$(systemctl list-units --all --plain --no-legend "$unit" | wc -l)"
done 3<<-END
	$RUNTIMES
END
