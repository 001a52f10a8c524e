#!/bin/sh
# A runtime that keeps the config of every container it is told to make, with what oci-spec says of it on this
# machine, and does the rest as runc. RECORDER_CHECK, which is put before, is the command of oci-spec.
bundle=.
previous=
makes=
for word in "$@"; do
	case $previous in
	-b | --bundle) bundle=$word ;;
	esac
	case $word in
	-b=* | --bundle=*) bundle=${word#*=} ;;
	create | run) makes=yes ;;
	esac
	previous=$word
done
if [ "$makes" ] && [ -f "$bundle/config.json" ]; then
	mkdir -p /tmp/specs
	cp "$bundle/config.json" "/tmp/specs/$$.config"
	$RECORDER_CHECK check --host --no-config --format json "$bundle" >"/tmp/specs/$$.host" 2>&1
fi
exec /usr/sbin/runc "$@"
