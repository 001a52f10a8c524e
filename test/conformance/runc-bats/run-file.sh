#!/bin/bash
# run-file.sh root|rootless FILE [FILTER]: runs one file of runc's suite, or the tests of it whose names match, and
# writes the results to standard output.
set -euo pipefail
as=()
if [ "$1" = rootless ]; then
	HOME=/home/rootless
	as=(runuser -u rootless --)
	bash "$(dirname "$0")/become-rootless.sh"
fi
export HOME

# The tests want a controlling terminal. Its input must stay open: at its end `script` types an end-of-file into it.
[ -p /tmp/keyboard ] || mkfifo /tmp/keyboard
exec 9<>/tmp/keyboard
cd /suite/source
printf -v command '%q ' "${as[@]}" bats --tap ${3:+--filter "$3"} "tests/integration/$2"
status=0
# A runtime that leaves a process behind can keep bats waiting for ever; what was said until then counts.
timeout -s KILL "${FILE_TIMEOUT:-500}" \
	script -qec "$command >/tmp/results 2>&1" /dev/null <&9 >/dev/null || status=$?
cat /tmp/results
# 1 is failed tests, which the results tell; anything but that and the time limit is a suite that did not run.
[ "$status" -le 1 ] || [ "$status" = 137 ]
