# with-containers.sh BUNDLE RUNTIMES COMMAND...: runs a command while each runtime has a container of the bundle
# running, under the name bench-RUNTIME; RUNTIMES are names separated by spaces, and programs of /mnt come first.
bundle=$1 runtimes=$2
shift 2
PATH=/mnt:$PATH
for runtime in $runtimes; do
  "$runtime" --root "/run/$runtime" run -d -b "$bundle" "bench-$runtime" </dev/null >/dev/null 2>&1 || exit 1
done
"$@"
status=$?
for runtime in $runtimes; do "$runtime" --root "/run/$runtime" delete --force "bench-$runtime"; done
exit $status
