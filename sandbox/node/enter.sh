#!/bin/bash
# Makes what a node needs of its own, outside of it: its cgroups, and its namespaces. What is in
# the latter (mounts, processes) ends with them: who kills this process kills the node.
#
# usage: enter.sh NETWORK_NAMESPACE TREE DATA LOGS PROGRAM...   (see boot.sh)
set -euo pipefail

bash "$(dirname "$0")/clear.sh"
group=external-mysql
cgroups=/sys/fs/cgroup

join() { # a cgroup, which is made
    mkdir -p "$1"
    if [ -e "$1/cpuset.cpus" ] && [ -z "$(<"$1/cpuset.cpus")" ] && [ ! -e "$1/cgroup.controllers" ]; then
        cat "$1/../cpuset.cpus" >"$1/cpuset.cpus"
        cat "$1/../cpuset.mems" >"$1/cpuset.mems"
    fi
    echo $$ >"$1/cgroup.procs"
}

if [ -e $cgroups/cgroup.controllers ]; then # version 2
    for controller in $(<$cgroups/cgroup.controllers); do
        echo "+$controller" >$cgroups/cgroup.subtree_control || true
    done
    join $cgroups/$group
    # Only leaves may hold processes: https://docs.kernel.org/admin-guide/cgroup-v2.html
    leaf=$cgroups/$group/init
    mkdir "$leaf"
else
    leaf=
    for hierarchy in "$cgroups"/*/; do
        [ -L "${hierarchy%/}" ] || [ -e "$hierarchy/cgroup.controllers" ] || join "$hierarchy$group"
    done
fi

network=$1
shift
# The group that it is in now becomes the root of those that it sees.
exec unshare --cgroup \
    bash -c '[ -z "$0" ] || echo $$ >"$0/cgroup.procs"; exec "$@"' "$leaf" \
    nsenter --net="$network" \
    unshare --mount --pid --uts --ipc --fork --kill-child \
    bash "$(dirname "$0")/boot.sh" "$@"
