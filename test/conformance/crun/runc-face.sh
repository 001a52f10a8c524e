#!/bin/sh
# runc-face.sh: crun's tests speak crun's command line; this drops the options that runc has no words for and whose
# values are what runc does anyway, and hands the rest to RUNTIME.
for argument; do
	shift
	case $skip$argument in
	--cgroup-manager | --config) skip=$argument= ;;
	--cgroup-manager=cgroupfs | --config=config.json) skip= ;;
	--cgroup-manager=* | --config=*)
		set -- "$@" "${skip%=}" "$argument"
		skip=
		;;
	*) set -- "$@" "$argument" ;;
	esac
done
exec "$RUNTIME" "$@"
