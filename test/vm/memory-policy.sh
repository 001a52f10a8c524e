# memory-policy.sh: sourced in a guest with two NUMA nodes, after RUNTIMES (lines "name program") is set. Says what it finds
# as "found RUNTIME KEY VALUE".
set -u
say() { echo "found $name $*"; }

bundle=/tmp/bundle
mkdir -p $bundle/rootfs/bin $bundle/rootfs/proc $bundle/rootfs/sys $bundle/rootfs/dev
cp /bin/busybox $bundle/rootfs/bin/
ln -s busybox $bundle/rootfs/bin/sh
cd $bundle

# The policies of all parts of its memory, each once.
look='/bin/busybox sed -E "s/^[^ ]+ //; s/ (file|heap|stack|anon|mapped|N[0-9]).*//" /proc/self/numa_maps | /bin/busybox sort -u'
configure() { # POLICY SCRIPT
	rm -f config.json
	runc spec
	jq --argjson policy "$1" --arg script "$2" '
		.ociVersion = "1.3.0"
		| .process.terminal = false
		| .process.args = ["/bin/sh", "-c", $script]
		| .linux.memoryPolicy = $policy' config.json >changed && mv changed config.json
}

while read -r name runtime <&3; do
	say nodes "$(cat /sys/devices/system/node/online)"
	look_at() { # KEY POLICY
		configure "$2" "$look"
		say "$1" "$("$runtime" run "numa-$name" 2>&1 </dev/null | tr '\n' ' ')"
	}
	look_at bind '{ "mode": "MPOL_BIND", "nodes": "1" }'
	look_at interleave '{ "mode": "MPOL_INTERLEAVE", "nodes": "0-1" }'
	look_at preferred '{ "mode": "MPOL_PREFERRED", "nodes": "1", "flags": ["MPOL_F_STATIC_NODES"] }'
	look_at many '{ "mode": "MPOL_PREFERRED_MANY", "nodes": "0,1" }'
	look_at local '{ "mode": "MPOL_LOCAL" }'
	look_at absent '{ "mode": "MPOL_BIND", "nodes": "7" }'
	configure '{ "mode": "MPOL_BIND", "nodes": "1" }' "/bin/busybox sleep 1000"
	"$runtime" run -d "numa-$name" >/dev/null 2>&1 </dev/null
	say exec "$("$runtime" exec "numa-$name" /bin/sh -c "$look" 2>&1 </dev/null | tr '\n' ' ')"
	say heap-on-node "$("$runtime" exec "numa-$name" /bin/busybox grep -c "heap.*N1=" /proc/self/numa_maps 2>&1 </dev/null)"
	"$runtime" delete -f "numa-$name" >/dev/null 2>&1
done 3<<-END
	$RUNTIMES
END
