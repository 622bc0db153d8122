"""Whom a container runs as, and what it is left with."""

from __future__ import annotations

from typing import Any

import pytest
from lightkube.models.core_v1 import (
    Capabilities,
    Container,
    PodSecurityContext,
    PodSpec,
    SecurityContext,
)
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod

from sandbox.node.errors import ContainerConfigError
from sandbox.node.images import Image
from sandbox.node.security import RUNTIME_CAPABILITIES, Privileges, privileges


def asked(own: SecurityContext | None = None, *, user: int = 1000, **shared: Any) -> Privileges:
    container = Container(name="main", securityContext=own)
    pod = Pod(
        metadata=ObjectMeta(name="p", namespace="n", uid="u"),
        spec=PodSpec(containers=[container], securityContext=PodSecurityContext(**shared)),
    )
    return privileges(pod, container, Image(("true",), user, "/", {}))


def test_the_image_decides_where_nobody_else_does() -> None:
    assert (asked().user, asked().capabilities) == (1000, RUNTIME_CAPABILITIES)


def test_the_container_has_the_last_word() -> None:
    own = SecurityContext(runAsUser=5, runAsGroup=6)
    found = asked(own, runAsUser=7, runAsGroup=8, fsGroup=9, supplementalGroups=[10])
    assert (found.user, found.group, found.groups) == (5, 6, (10, 9))


def test_an_image_that_runs_as_root_is_refused_where_root_is_not_wanted() -> None:
    with pytest.raises(ContainerConfigError) as caught:
        asked(SecurityContext(runAsNonRoot=True), user=0)
    assert str(caught.value) == (
        'container has runAsNonRoot and image will run as root (pod: "p_n(u)", container: main)'
    )


def test_a_pod_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ContainerConfigError, match="runAsUser breaks non-root policy"):
        asked(runAsNonRoot=True, runAsUser=0)


def test_another_user_makes_a_root_image_acceptable() -> None:
    assert asked(SecurityContext(runAsUser=5), user=0, runAsNonRoot=True).user == 5


@pytest.mark.parametrize(
    ("add", "drop", "left"),
    [
        ([], ["ALL"], set()),
        (["NET_BIND_SERVICE"], ["ALL"], {"net_bind_service"}),
        ([], ["CAP_KILL"], RUNTIME_CAPABILITIES - {"kill"}),
        (["ALL"], [], {"all"}),
    ],
)
def test_capabilities_are_dropped_and_added(
    add: list[str], drop: list[str], left: set[str]
) -> None:
    own = SecurityContext(capabilities=Capabilities(add=add, drop=drop))
    assert asked(own).capabilities == left


def test_a_restricted_container_is_started_with_nothing() -> None:
    own = SecurityContext(
        allowPrivilegeEscalation=False,
        readOnlyRootFilesystem=True,
        capabilities=Capabilities(drop=["ALL"]),
    )
    found = asked(own)
    assert found.read_only_root
    assert found.setpriv()[1:-1] == [
        "--reuid=1000",
        "--regid=0",
        "--clear-groups",
        "--inh-caps=-all",
        "--bounding-set=-all",
        "--no-new-privs",
        "--pdeathsig=KILL",
    ]
