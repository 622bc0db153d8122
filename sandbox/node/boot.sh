#!/bin/bash
# PID 1 of the node until init.sh is: makes its root. That is new at each start, as after a reboot;
# what outlives one lies in DATA and is mounted where Kubernetes and containerd keep it.
#
# usage: boot.sh TREE DATA LOGS PROGRAM...
#   TREE     a Debian tree with containerd, runc and CNI's plugins; only read
#   DATA     folders etc (goes over the tree's), containerd, etcd, kubelet, kubernetes
#   LOGS     becomes /var/log
#   PROGRAM  kubeadm, kubelet, kubectl
set -euo pipefail
tree=$1 data=$2 logs=$3
shift 3

root=$data/root
mount -t tmpfs -o mode=755 node "$root"
mkdir "$root/upper" "$root/work" "$root/node"
mount -t overlay -o "lowerdir=$tree,upperdir=$root/upper,workdir=$root/work" node "$root/node"
cd "$root/node"

mount -t proc proc proc
# The machine's own settings stay as they are. Kubelet insists on these, and reads what it wants:
# setupKernelTunables in its pkg/kubelet/cm/container_manager_linux.go.
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
for setting in vm/overcommit_memory=1 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    wanted=$root/wanted/${setting%=*}
    mkdir -p "${wanted%/*}"
    echo "${setting#*=}" >"$wanted"
    mount --bind "$wanted" "proc/sys/${setting%=*}"
done
mount --rbind /dev dev
mount -t tmpfs -o mode=755 run run
mount -t tmpfs tmp tmp
mount -t sysfs sysfs sys
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 cgroup sys/fs/cgroup
    for controller in $(<sys/fs/cgroup/cgroup.controllers); do
        echo "+$controller" >sys/fs/cgroup/cgroup.subtree_control
    done
else
    mount -t tmpfs -o mode=755 cgroup sys/fs/cgroup
    while IFS=: read -r _ controllers _; do
        [ -n "$controllers" ] || continue # version 2 beside version 1: nothing is in it
        at=sys/fs/cgroup/${controllers#name=}
        mkdir "$at"
        [ "$controllers" = "${controllers#name=}" ] || controllers=none,$controllers
        mount -t cgroup -o "$controllers" cgroup "$at"
    done </proc/self/cgroup
fi

cp -r "$data/etc/." etc/
mkdir -p etc/kubernetes var/lib/containerd var/lib/etcd var/lib/kubelet
mount --bind "$data/kubernetes" etc/kubernetes
for name in containerd etcd kubelet; do
    mount --bind "$data/$name" "var/lib/$name"
done
mount --bind "$logs" var/log
for program; do
    touch "usr/local/bin/${program##*/}"
    mount --bind "$program" "usr/local/bin/${program##*/}"
done
cp "$(dirname "$0")/init.sh" run/init.sh

hostname sandbox
mkdir run/outside
pivot_root . run/outside
umount --lazy /run/outside
mount --make-rshared /
exec env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin GOGC="${GOGC:-100}" bash /run/init.sh
