#!/bin/bash
# PID 1 of the node: runs containerd and kubelet, again where one ends, and reaps who is orphaned.

keep() { # a command that is to run for ever; its log has its name
    [ ! -e "/var/log/$1.log" ] || mv "/var/log/$1.log" "/var/log/$1.log.1"
    while :; do
        "$@" </dev/null >>"/var/log/$1.log" 2>&1
        sleep 1
    done
}

keep containerd &
# Kubelet starts with what `kubeadm init` has written, as under kubeadm's own unit for systemd.
until [ -e /var/lib/kubelet/kubeadm-flags.env ]; do sleep 0.1; done
. /var/lib/kubelet/kubeadm-flags.env
# shellcheck disable=SC2086 # several arguments
keep kubelet --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml \
    $KUBELET_KUBEADM_ARGS &
wait
