#!/bin/sh
# run-file.sh FILE: runs one file of crun's tests in the sandbox; results go to standard output, all else to standard error.
set -eu
# The tests write beside themselves, and some look for their helper from the folder above.
mkdir /tmp/crun
cp -r /suite/source/tests /tmp/crun/tests
cp /suite/init /tmp/crun/tests/init
cd /tmp/crun
# A test takes a process id for a number of five digits, and those of a new namespace are small.
echo 20000 >/proc/sys/kernel/ns_last_pid
# A test may wait for ever for what a runtime does not do; what comes before it counts all the same.
INIT=tests/init exec timeout -s KILL 60 python3 -u "tests/$1"
