"""A container outside of the restricted pod security standard.

https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from __future__ import annotations

from collections.abc import Iterator

from guard.field import Field
from guard.pod import Pod, name_of, pods
from guard.resource import Resource
from guard.rule import Around, Finding, Rule, Undecided, Violation

_OF_THE_NODE = ("hostNetwork", "hostPID", "hostIPC")
_VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim"),
    *("projected", "secret", "image"),
}
_PROFILES = ("RuntimeDefault", "Localhost")
_SYSCTLS = {
    "kernel.shm_rmid_forced",
    *(f"net.ipv4.{name}" for name in ("ip_local_port_range", "ip_unprivileged_port_start")),
    *(f"net.ipv4.{name}" for name in ("tcp_syncookies", "ping_group_range")),
    *("net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time"),
    *("net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"),
    *("net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
}


def _check(resource: Resource, _: Around) -> Iterator[Finding]:
    for pod in pods(resource):
        yield from _of_a_pod(pod)
        for container in pod.containers():
            yield from _of_a_container(container, pod.spec["securityContext"])


def _of_a_pod(pod: Pod) -> Iterator[Finding]:
    for shared in _OF_THE_NODE:
        yield from _refuse(pod.spec[shared], f"the pod has {shared}")
    for volume in pod.spec["volumes"].each():
        if not volume.is_known:
            yield Undecided(volume.path)
            continue
        for kind in volume.value.keys() - {"name"} - _VOLUMES:
            yield Violation(f"the pod has a volume of the type {kind}")
    for sysctl in pod.spec.at("securityContext", "sysctls").each():
        name = sysctl["name"]
        if not name.is_known:
            yield Undecided(name.path)
        elif name.value not in _SYSCTLS:
            yield Violation(f"the pod sets the sysctl {name.value}")


def _of_a_container(container: Field, of_pod: Field) -> Iterator[Finding]:
    own, name = container["securityContext"], name_of(container)
    yield from _refuse(own["privileged"], f"{name} is privileged")
    yield from _want(
        own["allowPrivilegeEscalation"],
        value=False,
        otherwise=f"{name} may get more privileges: allowPrivilegeEscalation is not false",
    )
    yield from _of_capabilities(own["capabilities"], name)
    yield from _want(
        _nearest(own, of_pod, "runAsNonRoot"),
        value=True,
        otherwise=f"{name} may run as root: runAsNonRoot is not true",
    )
    user = _nearest(own, of_pod, "runAsUser")
    if not user.is_known:
        yield Undecided(user.path)
    elif user.value is not None and int(user.value) == 0:
        yield Violation(f"{name} runs as root: runAsUser is 0")
    profile = _nearest(own, of_pod, "seccompProfile")["type"]
    if not profile.is_known:
        yield Undecided(profile.path)
    elif profile.value not in _PROFILES:
        yield Violation(f"{name} has no seccompProfile of the type RuntimeDefault or Localhost")
    mount = own["procMount"]
    if mount.is_known and mount.value not in (None, "Default"):
        yield Violation(f"{name} has the procMount {mount.value}")
    for port in container["ports"].each():
        number = port["hostPort"]
        if number.is_known and number.value:
            yield Violation(f"{name} takes port {number.value:g} of the node")


def _of_capabilities(capabilities: Field, name: str) -> Iterator[Finding]:
    dropped = list(capabilities["drop"].each())
    unknown = [field for field in dropped if not field.is_known]
    if not any(field.is_known and field.value == "ALL" for field in dropped):
        if unknown:
            yield Undecided(unknown[0].path)
        else:
            yield Violation(f"{name} keeps capabilities: capabilities.drop has no ALL")
    for added in capabilities["add"].each():
        if not added.is_known:
            yield Undecided(added.path)
        elif added.value != "NET_BIND_SERVICE":
            yield Violation(f"{name} adds the capability {added.value}")


def _nearest(own: Field, of_pod: Field, name: str) -> Field:
    """Give a setting of the container, or else that of its pod."""
    field = own[name]
    return field if not field.is_known or field.value is not None else of_pod[name]


def _refuse(field: Field, text: str) -> Iterator[Finding]:
    if not field.is_known:
        yield Undecided(field.path)
    elif field.value:
        yield Violation(text)


def _want(field: Field, *, value: bool, otherwise: str) -> Iterator[Finding]:
    if not field.is_known:
        yield Undecided(field.path)
    elif field.value is not value:
        yield Violation(otherwise)


RULE = Rule(
    name="unrestricted-container",
    says="A container keeps to the restricted pod security standard.",
    remedy="set what the standard asks for, as the Deployment of ratings-v2-mysql does",
    check=_check,
)
