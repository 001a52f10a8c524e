#!/bin/sh
# guest-job.sh: runs the job, its output and its exit status on the second serial line, and ends the machine.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
stty -F /dev/ttyS1 raw -echo
cd /
sh /job/script >/dev/ttyS1 2>&1 </dev/null
printf '\nocikit-job-status %s\n' $? >/dev/ttyS1
# A static program: the share that everything else comes from may already be on its way out.
busybox poweroff -f
