"""The node agent: a kubelet's work for the sandbox, with processes in place of containers.

It takes the pods that the scheduler gives to node ``sandbox`` and runs each of them in a network
namespace of its own, each container a process with a root, users and an environment as a container
runtime would set them up. What it reports (phases, conditions, reasons, events, messages) follows
the kubelet's own source, ``k8s.io/kubernetes/pkg/kubelet`` 1.37.
"""
