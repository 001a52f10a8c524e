# selinux.sh: sourced in a guest whose kernel has SELinux, after RUNTIMES (lines "name program") is set. Loads a policy of
# a few lines, under which containers write only what is labelled as theirs; says what it finds as
# "found RUNTIME KEY VALUE".
set -u
say() { echo "found $name $*"; }

cd /tmp
# What the policy does not name is allowed (handleunknown): it names what it takes to write to a file.
sids="kernel security unlabeled fs file file_labels init any_socket port netif netmsg node igmp_packet icmp_socket
	tcp_socket sysctl_modprobe sysctl sysctl_fs sysctl_kernel sysctl_net sysctl_net_unix sysctl_vm sysctl_dev kmod policy
	scmp_packet devnull"
{
	echo '(handleunknown allow) (mls true) (policycap nnp_nosuid_transition)'
	for sid in $sids; do echo "(sid $sid)"; done
	echo "(sidorder ($sids))"
	echo '
(class process (transition dyntransition)) (class file (write)) (class dir (add_name)) (classorder (process file dir))
(sensitivity s0) (sensitivityorder (s0))
(category c1) (category c2) (categoryorder (c1 c2)) (sensitivitycategory s0 (c1 c2))
(level low (s0)) (level high (s0 (c1 c2)))
(type kernel_t) (type file_t) (type box_t) (type other_t) (type box_file_t)
(role object_r) (role system_r) (user system_u) (userrole system_u system_r) (userrole system_u object_r)
(userlevel system_u low) (userrange system_u (low high))
(roletype object_r file_t) (roletype object_r box_file_t)
(roletype system_r kernel_t) (roletype system_r box_t) (roletype system_r other_t)
(typeattribute every) (typeattributeset every (kernel_t file_t box_t other_t box_file_t))
(allow every every (process (transition dyntransition)))
(allow kernel_t every (file (write))) (allow kernel_t every (dir (add_name)))
(allow box_t box_file_t (file (write))) (allow box_t box_file_t (dir (add_name)))
(allow box_t box_t (file (write))) (allow other_t other_t (file (write)))
(sidcontext kernel (system_u system_r kernel_t (low high)))'
	for sid in $sids; do [ $sid = kernel ] || echo "(sidcontext $sid (system_u object_r file_t (low low)))"; done
} >policy.cil
secilc --mls true --policyvers 31 --output policy --filecontext contexts policy.cil || exit
mount -t selinuxfs selinuxfs /sys/fs/selinux
dd if=policy of=/sys/fs/selinux/load bs=1M 2>/dev/null
echo 1 >/sys/fs/selinux/enforce
name=guest
say enforces "$(cat /sys/fs/selinux/enforce)" "$(tr -d '\0' </proc/self/attr/current)"

bundle=/tmp/bundle
mkdir -p $bundle/rootfs/bin $bundle/rootfs/tmp $bundle/rootfs/proc $bundle/rootfs/sys $bundle/rootfs/dev
cp /bin/busybox $bundle/rootfs/bin/
ln -s busybox $bundle/rootfs/bin/sh
cd $bundle

configure() { # LABEL SCRIPT
	rm -f config.json
	runc spec
	jq --arg process "$1" --arg script "$2" '
		.process.terminal = false
		| .process.args = ["/bin/sh", "-c", $script]
		| .mounts += [{ destination: "/tmp", type: "tmpfs", source: "tmpfs" }]
		| if $process == "" then . else .process.selinuxLabel = $process end
		| .linux.mountLabel = "system_u:object_r:box_file_t:s0:c1,c2"
		| .root.readonly = false' config.json >changed && mv changed config.json
}

label=system_u:system_r:box_t:s0:c1,c2
look='/bin/busybox tr -d "\0" </proc/self/attr/current; echo; echo a >/a; echo a >/tmp/a && echo wrote'

while read -r name runtime <&3; do
	configure $label "$look"
	say confined "$("$runtime" run "se-$name" 2>&1 </dev/null | tr '\n' ' ')"
	configure $label '/bin/busybox grep " /tmp " /proc/mounts'
	say mount "$("$runtime" run "se-$name" 2>&1 </dev/null)"
	configure system_u:system_r:nosuch_t:s0 "$look"
	say unknown "$("$runtime" run "se-$name" 2>&1 </dev/null | tr '\n' ' ')"
	configure "" "/bin/busybox sleep 1000"
	"$runtime" run -d "se-$name" >/dev/null 2>&1 </dev/null
	say exec "$("$runtime" exec --process-label system_u:system_r:other_t:s0 "se-$name" /bin/sh -c "$look" 2>&1 </dev/null | tr '\n' ' ')"
	say unconfined "$("$runtime" exec "se-$name" /bin/sh -c "$look" 2>&1 </dev/null | tr '\n' ' ')"
	"$runtime" delete -f "se-$name" >/dev/null 2>&1
	rm -f rootfs/a
done 3<<-END
	$RUNTIMES
END
