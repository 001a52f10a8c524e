#!/bin/bash
# prepare.sh [runc]: in /suite/source, builds the helpers of runc's suite, and runc itself when asked for by its name,
# and makes the two images its tests unpack.
# Everything comes from Debian's packages; nothing is downloaded.
set -euo pipefail
cd /suite/source

# Helpers moved from contrib/cmd to tests/cmd in runc 1.3, where the suite looks for them in one folder.
export GOCACHE=/tmp/gocache GOFLAGS=-trimpath
if [ -d vendor ]; then
	export GOFLAGS="-trimpath -mod=vendor"
	base=$PWD
else
	export GO111MODULE=off GOPATH=/tmp/gopath:/usr/share/gocode
	base=/tmp/gopath/src/github.com/opencontainers/runc
	mkdir -p "$(dirname $base)"
	ln -s /suite/source $base
fi
cd "$base"
if [ -d tests/cmd ]; then
	mkdir -p tests/cmd/_bin
	for folder in tests/cmd/*/; do
		name=$(basename "$folder")
		[ "$name" = _bin ] || go build -tags seccomp -o "tests/cmd/_bin/$name" "./tests/cmd/$name"
	done
else
	for name in recvtty sd-helper seccompagent; do
		go build -tags seccomp -o "contrib/cmd/$name/$name" "./contrib/cmd/$name"
	done
fi
[ -z "${1:-}" ] || go build -buildmode=pie -buildvcs=false -tags seccomp \
	-ldflags "-X main.version=$(cat VERSION) -X main.gitCommit=v$(cat VERSION)" -o "$1" .

# The suite starts these in the background and goes on; a fast runtime then finds nobody listening at the socket.
wait_for_socket() {
	sed -i "/^function $1() {/,/^}/s|^}|\twhile ! grep -q \"00010000 .* \$$2\$\" /proc/net/unix; do sleep 0.01; done\n}|" \
		/suite/source/tests/integration/helpers.bash
}
wait_for_socket setup_recvtty CONSOLE_SOCKET
wait_for_socket setup_seccompagent SECCCOMP_AGENT_SOCKET

# What could not be restored may live on and hold the pipe that is read to its end here.
sed -i 's/^\t\tcat <&\${err_r}$/\t\ttimeout 10 cat <\&${err_r}/' /suite/source/tests/integration/checkpoint.bats

# A limit that is lower already cannot be raised to this one.
hard=$(ulimit -Hn)
[ "$hard" = unlimited ] || [ "$hard" -ge 65536 ] || [ ! -e /suite/source/tests/integration/rlimits.bats ] ||
	sed -i "s/1024:65536/1024:$hard/" /suite/source/tests/integration/rlimits.bats

images=/suite/source/tests/integration/testdata

# The suite's own would download two images.
cat >tests/integration/get-images.sh <<-END
	#!/bin/sh
	echo BUSYBOX_IMAGE=$images/busybox.tar
	echo DEBIAN_IMAGE=$images/debian.tar
END
chmod +x tests/integration/get-images.sh

people() {
	printf 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >"$1/etc/passwd"
	printf 'root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n' >"$1/etc/group"
}

# Without /proc and /sys: the tests of masked paths put links in their place.
busybox=$(mktemp -d)
mkdir -p "$busybox"/{bin,dev,etc,home,root,tmp,usr/bin,usr/sbin,var/www}
chmod 755 "$busybox" && chmod 1777 "$busybox/tmp"
cp /bin/busybox "$busybox/bin/busybox"
for applet in $(/bin/busybox --list); do
	[ -e "$busybox/bin/$applet" ] || ln "$busybox/bin/busybox" "$busybox/bin/$applet"
done
people "$busybox"
tar -C "$busybox" -cf "$images/busybox.tar" .

debian=$(mktemp -d)
mkdir -p "$debian"/{dev,etc,home,mnt,proc,root,run,sys,tmp,usr/bin,usr/lib,usr/lib64,usr/sbin,var/cache/ldconfig}
chmod 755 "$debian" && chmod 1777 "$debian/tmp"
for folder in bin lib lib64 sbin; do ln -s "usr/$folder" "$debian/$folder"; done
add() {
	local from
	from=$(readlink -f "$(dirname "$1")")
	mkdir -p "$debian$from"
	cp -L "$from/$(basename "$1")" "$debian$from/"
}
for name in bash sh awk basename cat chrt cut dirname echo env false findmnt getfattr grep head id ionice ls mkdir mount \
	mountpoint nproc readlink rm sed sleep sort stat tail taskset touch tr true umount uname uniq unshare wc; do
	path=$(type -P "$name") || continue
	add "$path"
	ldd "$path" | grep -o '/[^ ]*' | while read -r library; do add "$library"; done
done
add /sbin/ldconfig
cp -r /etc/ld.so.conf /etc/ld.so.conf.d "$debian/etc/"
people "$debian"
tar -C "$debian" -cf "$images/debian.tar" .
