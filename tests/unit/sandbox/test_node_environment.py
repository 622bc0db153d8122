"""Environments as a kubelet resolves them."""

from __future__ import annotations

from typing import Any

import pytest
from lightkube.models.core_v1 import (
    ConfigMapEnvSource,
    Container,
    EnvFromSource,
    EnvVar,
    EnvVarSource,
    ObjectFieldSelector,
    PodSpec,
    PodStatus,
    ResourceFieldSelector,
    ResourceRequirements,
    SecretEnvSource,
    SecretKeySelector,
    ServicePort,
    ServiceSpec,
)
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod, Service

from sandbox.node.environment import expand, resolve, service_links
from sandbox.node.errors import ContainerConfigError
from sandbox.node.sources import Sources, references

SECRET = SecretKeySelector(name="reader", key="password")


def container(*variables: EnvVar, **more: Any) -> Container:
    return Container(name="main", image="any", env=list(variables), **more)


def secret(*, optional: bool | None = None, key: str = "password") -> EnvVarSource:
    return EnvVarSource(secretKeyRef=SecretKeySelector(name="reader", key=key, optional=optional))


def resolved(wanted: Container, **sources: Any) -> dict[str, str]:
    pod = Pod(
        metadata=ObjectMeta(name="p", namespace="n", uid="u", labels={"app": "ratings"}),
        spec=PodSpec(containers=[wanted], nodeName="sandbox"),
        status=PodStatus(podIP="10.244.53.7"),
    )
    return resolve(wanted, pod, Sources(**sources), image={"PATH": "/bin", "A": "image"})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$(A)/$(B)", "1/2"),
        ("$(NONE)", "$(NONE)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$A and $", "$A and $"),
    ],
)
def test_references_are_expanded_and_escapes_are_not(text: str, shown: str) -> None:
    assert expand(text, {"A": "1", "B": "2"}) == shown


def test_a_variable_sees_those_declared_before_it_only() -> None:
    found = resolved(container(EnvVar("B", "$(A)$(C)"), EnvVar("A", "1"), EnvVar("D", "$(A)")))
    assert (found["B"], found["D"]) == ("$(A)$(C)", "1")


def test_the_pod_has_the_last_word_over_the_image() -> None:
    found = resolved(container(EnvVar("A", "pod")))
    assert found == {"PATH": "/bin", "A": "pod"}


def test_a_secret_reaches_the_environment() -> None:
    found = resolved(
        container(EnvVar("P", valueFrom=secret())), secrets={"reader": {"password": "x"}}
    )
    assert found["P"] == "x"


def test_a_missing_secret_is_named() -> None:
    with pytest.raises(ContainerConfigError, match=r'^secret "reader" not found$'):
        resolved(container(EnvVar("P", valueFrom=secret())))


def test_a_missing_key_is_named_and_no_value_is() -> None:
    wanted = container(EnvVar("P", valueFrom=secret(key="pass")))
    with pytest.raises(ContainerConfigError) as caught:
        resolved(wanted, secrets={"reader": {"password": "hush"}})
    assert str(caught.value) == "couldn't find key pass in Secret n/reader"


@pytest.mark.parametrize("secrets", [{}, {"reader": {"other": "x"}}])
def test_what_is_optional_may_be_missing(secrets: dict[str, Any]) -> None:
    assert "P" not in resolved(
        container(EnvVar("P", valueFrom=secret(optional=True))), secrets=secrets
    )


def test_whole_objects_come_first_and_with_their_prefix() -> None:
    wanted = container(
        EnvVar("A_K", "own"),
        envFrom=[
            EnvFromSource(prefix="A_", configMapRef=ConfigMapEnvSource(name="c")),
            EnvFromSource(secretRef=SecretEnvSource(name="s", optional=True)),
        ],
    )
    found = resolved(wanted, config_maps={"c": {"K": "1", "L": "2"}})
    assert (found["A_K"], found["A_L"]) == ("own", "2")


def test_a_pod_is_told_about_itself() -> None:
    def field(path: str) -> EnvVarSource:
        return EnvVarSource(fieldRef=ObjectFieldSelector(fieldPath=path))

    found = resolved(
        container(
            EnvVar("IP", valueFrom=field("status.podIP")),
            EnvVar("APP", valueFrom=field("metadata.labels['app']")),
            EnvVar("NODE", valueFrom=field("spec.nodeName")),
        )
    )
    assert (found["IP"], found["APP"], found["NODE"]) == ("10.244.53.7", "ratings", "sandbox")


def test_a_limit_is_told_in_units_of_its_divisor_rounded_up() -> None:
    selector = ResourceFieldSelector(resource="limits.memory", divisor="1Mi")
    wanted = container(
        EnvVar("MIB", valueFrom=EnvVarSource(resourceFieldRef=selector)),
        resources=ResourceRequirements(limits={"memory": "1500Ki"}),
    )
    assert resolved(wanted)["MIB"] == "2"


def test_services_are_told_unless_they_have_no_address() -> None:
    def service(name: str, address: str) -> Service:
        ports = [ServicePort(port=9080, name="http")]
        return Service(
            metadata=ObjectMeta(name=name), spec=ServiceSpec(clusterIP=address, ports=ports)
        )

    found = service_links([service("my-ratings", "10.96.53.9"), service("headless", "None")])
    assert found["MY_RATINGS_SERVICE_HOST"] == "10.96.53.9"
    assert found["MY_RATINGS_SERVICE_PORT_HTTP"] == "9080"
    assert found["MY_RATINGS_PORT_9080_TCP"] == "tcp://10.96.53.9:9080"
    assert not any(name.startswith("HEADLESS") for name in found)


def test_all_that_a_pod_refers_to_is_known_beforehand() -> None:
    wanted = container(
        EnvVar("P", valueFrom=secret()),
        envFrom=[EnvFromSource(configMapRef=ConfigMapEnvSource(name="c"))],
    )
    assert references(Pod(spec=PodSpec(containers=[wanted]))) == ({"reader"}, {"c"})


def test_secrets_are_not_shown_with_the_object_that_holds_them() -> None:
    assert "hush" not in repr(Sources(secrets={"reader": {"password": "hush"}}))
