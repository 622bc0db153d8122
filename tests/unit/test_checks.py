"""What is looked at before anything changes, and how it is hung on the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

import checks
from checks import cluster, mesh
from settings import PROJECT, Settings, load

Hook = Callable[[Any], None]


def settings(**given: str) -> Settings:
    needed = {"host": "mysql.example.com", "context": "tests"}
    return load({f"{PROJECT}:{name}": value for name, value in {**needed, **given}.items()})


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the cluster holds: kind/name -> object."""
    objects: dict[str, Any] = {}
    monkeypatch.setattr(cluster, "client_of", lambda _: None)
    monkeypatch.setattr(
        cluster, "get", lambda _c, _v, kind, _n, name: objects.get(f"{kind}/{name}")
    )
    return objects


CRD = {"spec": {"versions": [{"name": "v1", "served": True}]}}
CRDS = [
    f"CustomResourceDefinition/{plural}.networking.istio.io"
    for plural in ("serviceentries", "virtualservices", "destinationrules")
]


def rule(*subsets: str) -> dict[str, Any]:
    return {"spec": {"subsets": [{"name": name} for name in subsets]}}


@pytest.fixture
def bookinfo(there: dict[str, Any]) -> dict[str, Any]:
    """A cluster where nothing is missing."""
    there |= {"Namespace/default": {}, **dict.fromkeys(CRDS, CRD)}
    there |= {"DestinationRule/reviews": rule("v1", "v3")}
    there |= {"DestinationRule/ratings": rule("v1", "v2-mysql")}
    return there


def test_a_cluster_with_istio_and_bookinfo_lacks_nothing(bookinfo: dict[str, Any]) -> None:
    assert bookinfo
    assert list(cluster.problems(settings())) == []


def test_a_missing_namespace_is_said(bookinfo: dict[str, Any]) -> None:
    del bookinfo["Namespace/default"]
    (line,) = cluster.problems(settings())
    assert line.startswith("external-mysql:namespace: 'default' is not in tests; create it")


@pytest.mark.parametrize(
    "versions", [None, [], [{"name": "v1", "served": False}], [{"name": "v1beta1", "served": True}]]
)
def test_missing_or_old_crds_of_istio_are_said(bookinfo: dict[str, Any], versions: object) -> None:
    bookinfo[CRDS[0]] = versions if versions is None else {"spec": {"versions": versions}}
    (line,) = cluster.problems(settings())
    assert line == (
        "external-mysql:context: tests does not serve ServiceEntry of networking.istio.io/v1; "
        "install Istio 1.22 or newer there"
    )


def test_without_routes_and_entry_istio_is_not_needed(there: dict[str, Any]) -> None:
    there["Namespace/default"] = {}
    assert list(cluster.problems(settings(egress="bypass", routing="false"))) == []


def test_a_missing_subset_is_said_for_each_service(bookinfo: dict[str, Any]) -> None:
    del bookinfo["DestinationRule/reviews"]
    bookinfo["DestinationRule/ratings"] = rule("v1")
    lines = list(cluster.problems(settings()))
    assert [line.partition(";")[0] for line in lines] == [
        "external-mysql:routing: no DestinationRule default/reviews names the subset v3",
        "external-mysql:routing: no DestinationRule default/ratings names the subset v2-mysql",
    ]
    assert list(cluster.problems(settings(destinationRules="true"))) == []


@pytest.fixture
def registry_only(there: dict[str, Any]) -> dict[str, Any]:
    """A mesh as the article has it, with Bookinfo in it."""
    there["ConfigMap/istio"] = {"data": {"mesh": "outboundTrafficPolicy: {mode: REGISTRY_ONLY}"}}
    there["Namespace/default"] = {"metadata": {"labels": {"istio-injection": "enabled"}}}
    return there | {"Service/reviews": {}, "Service/ratings": {}}


def warned(there: dict[str, Any], registry_only: dict[str, Any], **given: str) -> list[str]:
    there.update(registry_only)
    return list(mesh.warnings(settings(**given)))


def test_of_a_mesh_as_the_article_has_it_nothing_is_said(
    there: dict[str, Any], registry_only: dict[str, Any]
) -> None:
    assert warned(there, registry_only) == []


def test_a_cluster_without_a_control_plane_is_one_warning(there: dict[str, Any]) -> None:
    (line,) = mesh.warnings(settings())
    assert line == (
        "no Istio control plane was found in tests (ConfigMap istio-system/istio): nothing may "
        "act on ServiceEntry and routes"
    )
    assert there == {}


@pytest.mark.parametrize("config", ["", "{}", "outboundTrafficPolicy: {mode: ALLOW_ANY}"])
def test_a_mesh_that_lets_all_out_is_said(
    there: dict[str, Any], registry_only: dict[str, Any], config: str
) -> None:
    registry_only["ConfigMap/istio"] = {"data": {"mesh": config}}
    (line,) = warned(there, registry_only)
    assert "(outboundTrafficPolicy ALLOW_ANY): pods reach mysql.example.com without" in line
    assert warned(there, registry_only, egress="off") == []


@pytest.mark.parametrize("labels", [None, {}, {"istio-injection": "disabled"}])
def test_a_namespace_without_sidecars_is_said(
    there: dict[str, Any], registry_only: dict[str, Any], labels: object
) -> None:
    registry_only["Namespace/default"] = {"metadata": {"labels": labels}}
    (line,) = warned(there, registry_only)
    assert line.startswith("external-mysql:namespace: pods in default get no sidecar; `kubectl")


def test_a_namespace_of_a_revision_has_sidecars(
    there: dict[str, Any], registry_only: dict[str, Any]
) -> None:
    registry_only["Namespace/default"] = {"metadata": {"labels": {"istio.io/rev": "1-31"}}}
    assert warned(there, registry_only) == []


def test_routes_to_services_that_are_not_there_are_said(
    there: dict[str, Any], registry_only: dict[str, Any]
) -> None:
    del registry_only["Service/reviews"]
    (line,) = warned(there, registry_only)
    assert line == (
        "external-mysql:routing: default has no Service reviews; apply Bookinfo there, or set "
        "external-mysql:routing to false"
    )
    assert warned(there, registry_only, routing="false") == []


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the checks find, and how often they were asked."""
    found: dict[str, list[str]] = {"cluster": [], "mesh": [], "asked": []}

    def problems(where: str) -> Callable[..., Iterator[str]]:
        def ask(*_: object) -> Iterator[str]:
            found["asked"].append(where)
            yield from found[where]

        return ask

    monkeypatch.setattr(cluster, "problems", problems("cluster"))
    monkeypatch.setattr(mesh, "warnings", problems("mesh"))
    return found


@pytest.fixture
def said() -> list[str]:
    """The errors that a person sees."""
    return []


@pytest.fixture
def hooks(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, list[str]], said: list[str]
) -> dict[str, Hook]:
    """The hooks that the program arms, by name, with what each calls."""
    assert found
    armed: dict[str, Hook] = {}

    def hook(name: str, callback: Hook, opts: pulumi.ResourceHookOptions) -> object:
        assert opts.on_dry_run  # a preview tells it, too
        armed[name] = callback
        return SimpleNamespace(name=name)

    monkeypatch.setattr(pulumi, "ResourceHook", hook)
    monkeypatch.setattr(pulumi.log, "error", said.append)
    monkeypatch.setattr(pulumi.runtime, "register_stack_transformation", lambda _: None)
    checks._check_before_changes(settings())  # noqa: SLF001
    return armed


CREATED = SimpleNamespace(type="kubernetes:x", new_inputs={})


def test_all_that_is_wrong_is_said_at_once_and_only_once(
    hooks: dict[str, Hook], found: dict[str, list[str]], said: list[str]
) -> None:
    found["cluster"] = ["no namespace", "no Istio"]
    for _ in range(2):
        with pytest.raises(Exception, match="nothing was changed") as ended:
            hooks["checks"](CREATED)
        assert type(ended.value).__name__ == "RunError"
    assert said == ["no namespace", "no Istio"]


def test_the_cluster_is_asked_once_for_all_resources(
    hooks: dict[str, Hook], found: dict[str, list[str]]
) -> None:
    assert found["asked"] == []  # nothing would change: it costs nothing
    for _ in range(3):
        hooks["checks"](CREATED)
    assert found["asked"] == ["cluster", "mesh"]


def test_what_is_odd_about_the_mesh_is_a_warning_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, hooks: dict[str, Hook], found: dict[str, list[str]]
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    found["mesh"] = ["it lets all out", "no sidecar"]
    for _ in range(2):
        hooks["checks"](CREATED)
    assert warned == ["it lets all out", "no sidecar"]
