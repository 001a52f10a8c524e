# cycle.sh ID BUNDLE RUNTIME...: a container as an engine has it, from create to delete.
id=$1 bundle=$2
shift 2
"$@" create -b "$bundle" "$id" && "$@" start "$id" && "$@" delete --force "$id"
