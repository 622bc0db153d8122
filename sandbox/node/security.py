"""Whom a container runs as and what it may do: its securityContext, as far as a process allows.

Enforced: user, groups, ``runAsNonRoot``, capabilities, ``allowPrivilegeEscalation``, read-only
root. Not enforced: the seccomp profile ``RuntimeDefault`` (util-linux loads filters only from 2.41
on, and has no such profile) and memory and CPU limits (cgroups differ from machine to machine).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from lightkube.models.core_v1 import PodSecurityContext, SecurityContext

from sandbox.node.errors import ContainerConfigError
from sandbox.node.identity import identity, spec

if TYPE_CHECKING:
    from lightkube.models.core_v1 import Container, Pod

    from sandbox.node.images import Image

_Value = TypeVar("_Value", int, bool)

ALL = "all"
RUNTIME_CAPABILITIES = frozenset(
    {
        "audit_write",
        "chown",
        "dac_override",
        "fowner",
        "fsetid",
        "kill",
        "mknod",
        "net_bind_service",
        "net_raw",
        "setfcap",
        "setgid",
        "setpcap",
        "setuid",
        "sys_chroot",
    }
)
"""What container runtimes leave to a container that asks for nothing."""


@dataclass(frozen=True)
class Privileges:
    """What a container's process is and may do.

    Attributes:
        user: numeric.
        group: numeric.
        groups: supplementary ones, ``fsGroup`` among them.
        capabilities: in lower case, without ``cap_``; ``{"all"}`` for every one.
        may_escalate: False sets no_new_privs.
        read_only_root: whether its root refuses to be written to.
    """

    user: int
    group: int
    groups: tuple[int, ...]
    capabilities: frozenset[str]
    may_escalate: bool
    read_only_root: bool

    def setpriv(self) -> list[str]:
        """The command that takes a process from root to these privileges; its own follows.

        The parent's death ends it too; this has to be said again after a change of user.
        """
        kept = [f"+{name}" for name in sorted(self.capabilities)]
        return [
            "setpriv",
            f"--reuid={self.user}",
            f"--regid={self.group}",
            f"--groups={','.join(map(str, self.groups))}" if self.groups else "--clear-groups",
            "--inh-caps=-all",
            f"--bounding-set={','.join(['-all', *kept])}",
            *([] if self.may_escalate else ["--no-new-privs"]),
            "--pdeathsig=KILL",
            "--",
        ]


def privileges(pod: Pod, container: Container, image: Image) -> Privileges:
    """The container's privileges: its own securityContext over the pod's over the image's.

    Raises:
        ContainerConfigError: ``runAsNonRoot`` is set and it would run as root.
    """
    own = container.securityContext or SecurityContext()
    shared = spec(pod).securityContext or PodSecurityContext()
    asked = _first(own.runAsUser, shared.runAsUser)
    user = image.user if asked is None else asked
    if _first(own.runAsNonRoot, shared.runAsNonRoot) and user == 0:
        who = f'(pod: "{identity(pod).full_name}", container: {container.name})'
        if asked is None:
            raise ContainerConfigError(
                f"container has runAsNonRoot and image will run as root {who}"
            )
        raise ContainerConfigError(f"container's runAsUser breaks non-root policy {who}")
    fs_group = [] if shared.fsGroup is None else [shared.fsGroup]
    return Privileges(
        user=user,
        group=_first(own.runAsGroup, shared.runAsGroup) or 0,
        groups=(*(shared.supplementalGroups or []), *fs_group),
        capabilities=_capabilities(own),
        may_escalate=own.allowPrivilegeEscalation is not False,
        read_only_root=bool(own.readOnlyRootFilesystem),
    )


def _first(own: _Value | None, shared: _Value | None) -> _Value | None:
    return shared if own is None else own


def _capabilities(context: SecurityContext) -> frozenset[str]:
    asked = context.capabilities
    added = _names(asked.add if asked else None)
    dropped = _names(asked.drop if asked else None)
    if context.privileged or ALL in added:
        return frozenset({ALL})
    kept = frozenset[str]() if ALL in dropped else RUNTIME_CAPABILITIES - dropped
    return kept | added


def _names(capabilities: list[str] | None) -> frozenset[str]:
    return frozenset(name.lower().removeprefix("cap_") for name in capabilities or [])
