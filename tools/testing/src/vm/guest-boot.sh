#!/bin/busybox sh
# guest-boot.sh: the first program of the guest, run from its initramfs: makes a root that can be written to out of the
# shared one and hands over to it. The console shows what it says; the job's output has a serial line of its own.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev

while read -r module; do insmod "/modules/$module" || echo "boot: no $module"; done </modules/order

share="trans=virtio,version=9p2000.L,msize=524288,ro"
mount -t 9p -o "$share,cache=loose" root /lower
mount -t tmpfs tmpfs /memory
mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/lower,upperdir=/memory/upper,workdir=/memory/work overlay /new
mkdir -p /new/job /new/lib/modules /new/proc /new/sys /new/dev
mount -t 9p -o "$share,cache=loose" job /new/job
mount -t 9p -o "$share,cache=loose" modules /new/lib/modules
cp -a /new/job/files/. /new/
echo ocikit-guest >/new/etc/hostname
hostname ocikit-guest

for folder in proc sys dev; do mount --move "/$folder" "/new/$folder"; done
if [ -e /new/job/systemd ]; then
	units=/new/etc/systemd/system
	cp /new/job/guest-job.service "$units/ocikit-job.service"
	# Nothing here has hardware to wait for or a disk to look after, and emulation makes each unit dear.
	for unit in systemd-udevd systemd-udev-trigger systemd-udevd-control.socket systemd-udevd-kernel.socket \
		systemd-tmpfiles-setup systemd-tmpfiles-setup-dev systemd-journal-flush systemd-sysctl systemd-random-seed \
		systemd-update-utmp systemd-remount-fs systemd-modules-load systemd-pstore.service systemd-binfmt \
		systemd-sysusers systemd-firstboot systemd-machine-id-commit apparmor; do
		case $unit in *.*) ;; *) unit=$unit.service ;; esac
		ln -sf /dev/null "$units/$unit"
	done
	exec switch_root /new /lib/systemd/systemd
fi
exec switch_root /new /bin/sh /job/guest-init.sh
