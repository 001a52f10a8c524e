# systemd.sh: sourced in a guest with systemd, after RUNTIMES (lines "name program") is set. What a runtime owes to systemd
# beside the limits; says what it finds as "found RUNTIME KEY VALUE".
set -u
say() { echo "found $name $*"; }
unit_state() { systemctl show "$1" --property ActiveState --value; }
units() { systemctl list-units --all --plain --no-legend "$1" | wc -l; }
until_ok() {
	for attempt in $(seq 100); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
	return 1
}

bundle=/tmp/bundle
mkdir -p $bundle/rootfs/bin $bundle/rootfs/proc $bundle/rootfs/sys $bundle/rootfs/dev
cp /bin/busybox $bundle/rootfs/bin/
ln -s busybox $bundle/rootfs/bin/sh
cd $bundle
config() {
	rm -f config.json
	runc spec
	jq ".process.terminal = false | .linux.cgroupsPath = \"a-b.slice:unit:$name\" | $1" config.json >changed && mv changed config.json
}

while read -r name program <&3; do
	runtime="$program --systemd-cgroup"
	unit=unit-$name.scope
	config '.process.args = ["/bin/sh", "-c", "exit 7"]'
	$runtime run "$name" >log 2>&1 </dev/null
	say foreground $?
	until_ok sh -c "! systemctl is-active --quiet $unit"
	say foreground-left "$(units "$unit")"

	config '.process.args = ["/nowhere"]'
	$runtime run "$name" >log 2>&1 </dev/null
	say failing $?
	say failing-left "$(units "$unit")"

	config '.process.args = ["/bin/busybox", "sleep", "1000"]
		| .annotations = {
			"org.systemd.property.TimeoutStopUSec": "uint64 5000000",
			"org.systemd.property.RuntimeMaxSec": "100"
		}'
	$runtime run --detach "$name" >log 2>&1 </dev/null
	say detached $? "$(tr '\n' ' ' <log)"
	say slice "$(systemctl show "$unit" --property ControlGroup --value)"
	say timeout "$(systemctl show "$unit" --property TimeoutStopUSec --value)"
	say runtime-max "$(systemctl show "$unit" --property RuntimeMaxUSec --value)"
	say reload-needed "$(systemctl show "$unit" --property NeedDaemonReload --value)"
	systemctl daemon-reload
	say null-after-reload "$($runtime exec "$name" /bin/sh -c 'echo x >/dev/null && echo written' 2>&1 </dev/null)"
	$runtime pause "$name" </dev/null
	$runtime delete --force "$name" >log 2>&1 </dev/null
	say delete-paused $?
	say delete-paused-left "$(units "$unit")"

	config '.process.args = ["/bin/busybox", "sleep", "1000"]
		| .annotations = { "org.systemd.property.RuntimeMaxSec": "1", "org.systemd.property.TimeoutStopSec": "1" }'
	$runtime run --detach "$name" >log 2>&1 </dev/null
	until_ok sh -c "[ \"\$(systemctl show $unit --property ActiveState --value)\" = failed ]"
	say outlived "$(unit_state "$unit")"
	say outlived-status "$($runtime state "$name" | jq -r .status)"
	$runtime delete "$name" >log 2>&1 </dev/null
	say delete-failed $?
	say delete-failed-left "$(units "$unit")"

	config '.process.args = ["/bin/sh"] | .annotations = { "org.systemd.property.ExecStopPost": "[(\"/bin/touch\", [\"touch\", \"/tmp/owned\"], false)]" }'
	$runtime run "$name" >log 2>&1 </dev/null
	say forbidden $? "$(tr '\n' ' ' <log)"
	$runtime delete --force "$name" >log 2>&1 </dev/null

	su -s /bin/sh nobody -c "$runtime --root /tmp/none run --bundle $bundle $name" >log 2>&1 </dev/null
	say no-bus $? "$(tr '\n' ' ' <log)"
done 3<<-END
	$RUNTIMES
END
