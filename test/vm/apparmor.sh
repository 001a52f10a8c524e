# apparmor.sh: sourced in the guest, after RUNTIMES (lines "name program") and PROFILES (base64 of the compiled
# profiles ocikit-test and ocikit-other, which forbid to write below /etc) are set. Says what it finds as "found RUNTIME KEY VALUE".
set -u
say() { echo "found $name $*"; }

mount -t securityfs none /sys/kernel/security 2>/dev/null
echo "$PROFILES" | base64 -d >/tmp/profiles
cat /tmp/profiles >/sys/kernel/security/apparmor/.load

bundle=/tmp/bundle
mkdir -p $bundle/rootfs/bin $bundle/rootfs/etc $bundle/rootfs/proc $bundle/rootfs/sys $bundle/rootfs/dev
cp /bin/busybox $bundle/rootfs/bin/
ln -s busybox $bundle/rootfs/bin/sh
cd $bundle

configure() { # PROFILE SCRIPT
	rm -f config.json
	runc spec
	jq --arg profile "$1" --arg script "$2" '
		.process.terminal = false
		| .process.args = ["/bin/sh", "-c", $script]
		| if $profile == "" then . else .process.apparmorProfile = $profile end
		| .root.readonly = false' config.json >changed && mv changed config.json
}

look='/bin/busybox cat /proc/self/attr/current; echo a >/etc/a; echo a >/b && echo wrote'

while read -r name runtime <&3; do
	configure ocikit-test "$look"
	say confined "$("$runtime" run "aa-$name" 2>&1 </dev/null | tr '\n' ' ')"
	configure nosuch "$look"
	say unknown "$("$runtime" run "aa-$name" 2>&1 </dev/null | tr '\n' ' ')"
	configure "" "/bin/busybox sleep 1000"
	"$runtime" run -d "aa-$name" >/dev/null 2>&1 </dev/null
	say exec "$("$runtime" exec --apparmor ocikit-test "aa-$name" /bin/sh -c "$look" 2>&1 </dev/null | tr '\n' ' ')"
	say unconfined "$("$runtime" exec "aa-$name" /bin/busybox cat /proc/self/attr/current 2>&1 </dev/null)"
	"$runtime" delete -f "aa-$name" >/dev/null 2>&1

	configure ocikit-test 'while true; do /bin/busybox sleep 0.1; done'
	"$runtime" run -d "aa-$name" >/dev/null 2>&1 </dev/null
	"$runtime" checkpoint --image-path images-$name "aa-$name" >/dev/null 2>&1 </dev/null
	for other in "" apparmor:ocikit-other; do
		"$runtime" restore -d --image-path images-$name ${other:+--lsm-profile $other} "aa-$name" >log 2>&1 </dev/null
		say restored${other:+-as} $? "$(cat /proc/$("$runtime" state "aa-$name" | jq .pid)/attr/current)"
		"$runtime" delete -f "aa-$name" >/dev/null 2>&1
	done
done 3<<-END
	$RUNTIMES
END
