#!/bin/sh
# Runs a command in a Debian tree, whose files stay as they are: what is written is in memory, and
# gone with the mounts. It has to be run in a mount and a process namespace of its own.
#
# usage: debian.sh TREE [SOURCE PLACE]... -- COMMAND...
set -eu
tree=$1
shift

scratch=$tree/mnt
mount -t tmpfs -o mode=755 scratch "$scratch"
mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay -o "lowerdir=$tree,upperdir=$scratch/upper,workdir=$scratch/work" \
    root "$scratch/root"
cd "$scratch/root"
mount -t proc proc proc
mount --rbind /dev dev
mount --rbind /sys sys
cp /etc/resolv.conf /etc/hosts etc

while [ "$1" != -- ]; do
    if [ -d "$1" ]; then
        mkdir -p ".$2"
    else
        mkdir -p ".${2%/*}"
        touch ".$2"
    fi
    mount --rbind "$1" ".$2"
    shift 2
done
shift
export HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/var/tmp
exec chroot . "$@"
