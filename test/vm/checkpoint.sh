# checkpoint.sh: sourced in the guest, after RUNTIMES (lines "name program") is set. One container a runtime that counts,
# is written to disk, and counts on, twice; says what it finds as "found RUNTIME KEY VALUE".
set -u
say() { echo "found $name $*"; }
until_ok() {
	for attempt in $(seq 300); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
	return 1
}

root=/tmp/rootfs
mkdir -p $root/bin $root/proc $root/sys $root/dev $root/tmp $root/run $root/etc
cp /bin/busybox $root/bin/
for applet in cat sh sleep test; do ln -s busybox $root/bin/$applet; done
count='while true; do count=$((count + 1)); echo $count >/tmp/count; sleep 0.1; done'

podman() {
	command podman --runtime "$runtime" --cgroup-manager cgroupfs --events-backend file --storage-driver vfs "$@"
}
ctr() { command ctr --address /run/c "$@"; }
mkdir -p /etc/containerd
printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "/run/c"\n' >/etc/containerd/config.toml
containerd >/tmp/containerd.log 2>&1 &

while read -r name runtime <&3; do
	mkdir -p /tmp/$name
	cp -a $root /tmp/$name/rootfs
	cd /tmp/$name
	mkdir outer inner
	runc spec
	jq --arg count "$count" '
		.process.terminal = false
		| .process.args = ["/bin/sh", "-c", $count]
		| .root.readonly = false
		| .mounts += [{ type: "bind", source: "outer", destination: "/outer", options: ["bind"] },
			{ type: "bind", source: "inner", destination: "/outer/inner", options: ["bind"] }]
		| .linux.cgroupsPath = "/ocikit/checkpoint"' config.json >changed && mv changed config.json
	# A file of the host as output would be outside the container, and CRIU could not find it again.
	"$runtime" run --detach one >/dev/null 2>&1 </dev/null
	say run $?
	until_ok test -s rootfs/tmp/count
	"$runtime" checkpoint --image-path images --work-path work one >log 2>&1 </dev/null
	say checkpoint $?
	say complaint "$(tr '\n' ' ' <log)"
	before=$(cat rootfs/tmp/count)
	say gone "$("$runtime" state one >/dev/null 2>&1 && echo no || echo yes)"
	"$runtime" restore --detach --image-path images --work-path work one >/dev/null 2>&1 </dev/null
	say restore $?
	until_ok sh -c "[ \"\$(cat rootfs/tmp/count)\" -gt $before ]"
	say counts-on $?
	say status "$("$runtime" state one | jq -r .status)"
	# CRIU dumps the children of the first process alone; this one has to be no hindrance.
	"$runtime" exec --detach one sleep 1000 >/dev/null 2>&1 </dev/null
	say exec $?
	rm -r outer/*
	"$runtime" checkpoint --image-path again --work-path work one >/dev/null 2>&1 </dev/null
	say checkpoint-again $?
	"$runtime" restore --detach --image-path again --work-path work one >log 2>&1 </dev/null
	say restore-again $? "$(tail -n 1 log)"
	say mountpoint "$(ls outer)"
	"$runtime" delete --force one >log 2>&1
	say delete $?

	# Its pages go to a server, and only the rest to its own images.
	"$runtime" run --detach one >/dev/null 2>&1 </dev/null
	until_ok test -s rootfs/tmp/count
	mkdir served
	criu page-server --images-dir $PWD/served --port 27000 --daemon >log 2>&1
	"$runtime" checkpoint --page-server 127.0.0.1:27000 --image-path rest one >log 2>&1 </dev/null
	say page-server $? "$(tr '\n' ' ' <log)"
	say pages-here "$(ls rest | grep -c '^pages-')"
	say pages-there "$(ls served | grep -c '^pages-')"
	before=$(cat rootfs/tmp/count)
	mv served/* rest/
	"$runtime" restore --detach --image-path rest one >log 2>&1 </dev/null
	say page-server-restore $? "$(tr '\n' ' ' <log)"
	until_ok sh -c "[ \"\$(cat rootfs/tmp/count)\" -gt $before ]"
	say page-server-counts-on $?
	"$runtime" delete --force one >log 2>&1

	# Its pages stay where they are until they are asked for, by the one that is restored from afar.
	jq 'del(.linux.cgroupsPath)' config.json >changed && mv changed config.json
	"$runtime" run --detach near >/dev/null 2>&1 </dev/null
	until_ok test -s rootfs/tmp/count
	mkfifo told
	sh -c 'exec "$@" 7>told' sh "$runtime" checkpoint --lazy-pages --page-server 127.0.0.1:27001 \
		--status-fd 7 --image-path lazy --work-path lazy near >dump.log 2>&1 </dev/null &
	dump=$!
	say lazy-told "$(timeout 100 head -c 1 told | od -An -tx1)"
	before=$(cat rootfs/tmp/count)
	criu lazy-pages --page-server --address 127.0.0.1 --port 27001 --images-dir $PWD/lazy >lazy.log 2>&1 &
	pages=$!
	until_ok test -S lazy/lazy-pages.socket
	"$runtime" restore --detach --lazy-pages --image-path lazy --work-path lazy far >log 2>&1 </dev/null
	say lazy-restore $? "$(tr '\n' ' ' <log)"
	wait $dump
	say lazy-checkpoint $? "$(tr '\n' ' ' <dump.log)"
	wait $pages
	say lazy-pages $?
	until_ok sh -c "[ \"\$(cat rootfs/tmp/count)\" -gt $before ]"
	say lazy-counts-on $?
	say lazy-status "$("$runtime" state far | jq -r .status)" "$("$runtime" state near >/dev/null 2>&1 && echo there || echo gone)"
	"$runtime" delete --force far >log 2>&1
	"$runtime" delete --force near >log 2>&1

	podman run --detach --name $name --network none --rootfs /tmp/$name/rootfs sh -c "$count" >log 2>&1 </dev/null
	podman container checkpoint $name >log 2>&1
	say podman-checkpoint $? "$(tail -n 1 log)"
	say podman-status "$(podman inspect --format '{{.State.Status}}' $name)"
	before=$(cat rootfs/tmp/count)
	podman container restore $name >log 2>&1
	say podman-restore $? "$(tail -n 1 log)"
	until_ok sh -c "[ \"\$(cat rootfs/tmp/count)\" -gt $before ]"
	say podman-counts-on $?
	podman rm --force $name >/dev/null 2>&1

	# Written to an archive, deleted, and brought back out of it, under another name too.
	tar --directory $root --create . | podman import - localhost/counts >log 2>&1
	podman run --detach --name $name --network none localhost/counts sh -c "$count" >log 2>&1 </dev/null
	until_ok podman exec $name test -s /tmp/count
	podman container checkpoint --export /tmp/$name.tar --compress none $name >log 2>&1
	say podman-export $? "$(tail -n 1 log)"
	podman rm --force $name >/dev/null 2>&1
	podman container restore --import /tmp/$name.tar --name again-$name >log 2>&1
	say podman-import $? "$(tail -n 1 log)"
	before=$(podman exec again-$name cat /tmp/count)
	until_ok podman exec again-$name sh -c "[ \"\$(cat /tmp/count)\" -gt $before ]"
	say podman-import-counts-on $?
	podman rm --force again-$name >/dev/null 2>&1

	until_ok ctr version
	ctr run --detach --runc-binary "$runtime" --rootfs /tmp/$name/rootfs $name /bin/sh -c "$count" >log 2>&1 </dev/null
	ctr task checkpoint --exit --image-path /tmp/$name/ctr $name >log 2>&1
	say ctr-checkpoint $? "$(tail -n 1 log)"
	say ctr-images "$(ls /tmp/$name/ctr | grep -c '^core-')"
	ctr task delete --force $name >/dev/null 2>&1
	ctr container delete $name >/dev/null 2>&1
done 3<<-END
	$RUNTIMES
END
