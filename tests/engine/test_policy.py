"""The policy pack on the real engine: each rule refuses, lets pass, is exempted, and waits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from guard.rules import RULES
from sandbox import layout
from sandbox.database import Server
from sandbox.stack import Run, Stack, in_sandbox
from tests.engine.policies import (
    PACK,
    PLANTED,
    PROGRAM,
    in_another_language,
    refused,
    said,
)
from tests.unit.policy import resources as r

DATABASE = "mysql:index/database:Database"

_TO_SERVERS = ("KUBECONFIG", "MYSQL_")

Declared = Mapping[str, Any]


@pytest.fixture(scope="module")
def environment_without_servers() -> dict[str, str]:
    """The sandbox's shell, but for what leads to its servers: nothing is made on one."""
    shell = {**in_sandbox(), "PULUMI_CONFIG_PASSPHRASE": "policy tests"}
    return {name: value for name, value in shell.items() if not name.startswith(_TO_SERVERS)}


@pytest.fixture
def guarded(tmp_path: Path, environment_without_servers: dict[str, str]) -> Iterator[Stack]:
    """An empty stack of a program that declares what a test lists."""
    for file in ("Pulumi.yaml", "__main__.py"):
        (tmp_path / file).symlink_to(PROGRAM / file)
    own = {"PULUMI_BACKEND_URL": f"file://{tmp_path}", "TMPDIR": str(tmp_path)}
    stack = Stack(tmp_path, {**environment_without_servers, **own}, "prod")
    stack.run("stack", "init", stack.name)
    yield stack
    assert PLANTED not in "".join(map(str, _events(stack)))


def declare(stack: Stack, *resources: Declared) -> None:
    (stack.folder / "resources.json").write_text(json.dumps(resources))


def _events(stack: Stack) -> Iterator[Any]:
    for line in stack.transcript:
        if "policyEvent" in line or "policyAnalyze" in line:
            yield line


def with_pack(stack: Stack, *options: str, update: bool = False, ok: bool = True) -> Run:
    command = stack.up if update else stack.preview
    return command("--policy-pack", PACK, *options, ok=ok)


# --- each rule, wrong and right


def of(name: str, inputs: dict[str, Any], kind: str, *, protect: bool = False) -> Declared:
    return {"name": name, "type": kind, "inputs": inputs, "protect": protect}


def workload(name: str, **changes: Any) -> Declared:
    inputs = r.container(**changes).inputs
    labels = {"app": name}
    inputs["metadata"] = {"name": name, "namespace": "default"}
    inputs["spec"]["selector"] = {"matchLabels": labels}
    inputs["spec"]["template"]["metadata"] = {"labels": labels}
    return of(name, {"apiVersion": "apps/v1", "kind": "Deployment", **inputs}, r.DEPLOYMENT)


def entry(name: str, **spec: Any) -> Declared:
    inputs = r.entry(**spec).inputs
    inputs["metadata"]["name"] = name
    inputs["spec"] = {key: value for key, value in inputs["spec"].items() if value is not None}
    head = {"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry"}
    return of(name, {**head, **inputs}, r.ENTRY)


def grant(name: str, **changes: Any) -> Declared:
    return of(name, {"host": "%", **r.grant(**changes).inputs}, "mysql:index/grant:Grant")


RIGHT = (
    workload("right-workload"),
    entry("right-entry", addresses=["203.0.113.1"]),
    grant("right-grant"),
    of("right-database", {"name": "test"}, DATABASE, protect=True),
)
WRONG = (
    workload("wrong-literal", env=[{"name": "MYSQL_DB_PASSWORD", "value": PLANTED}]),
    workload("wrong-container", securityContext={"privileged": True}),
    workload("wrong-image", image="ratings:latest"),
    entry("wrong-nowhere", addresses=None),
    entry("wrong-wide", addresses=["10.0.0.0/8"]),
    entry("wrong-everywhere", addresses=["203.0.113.2"], exportTo=["*"]),
    entry("wrong-same-a", addresses=["203.0.113.3"]),
    entry("wrong-same-b", addresses=["203.0.113.3"]),
    grant("wrong-grant", privileges=["INSERT"]),
    of("wrong-database", {"name": "test"}, DATABASE),
)
REFUSED = {
    "literal-password": {"wrong-literal"},
    "beyond-select": {"wrong-grant"},
    "entry-without-addresses": {"wrong-nowhere"},
    "wide-block": {"wrong-wide"},
    "exported-everywhere": {"wrong-everywhere"},
    "admin-without-tls": {"wrong-tls"},
    "unrestricted-container": {"wrong-container"},
    "moving-image": {"wrong-image"},
    "unprotected-database": {"wrong-database"},
}


def test_each_rule_refuses_what_is_wrong_with_its_remedy_and_nothing_else(guarded: Stack) -> None:
    declare(guarded, *RIGHT, *WRONG)
    refused = said(with_pack(guarded, ok=False), "mandatory")
    same = set(refused.pop("same-address"))
    assert {rule: set(resources) for rule, resources in refused.items()} == REFUSED
    assert same in ({"wrong-same-a"}, {"wrong-same-b"})  # whichever the engine sees second
    assert {*refused, "same-address"} == {rule.name for rule in RULES}
    for rule in RULES:
        for message in refused.get(rule.name, {}).values():
            assert message.startswith(rule.says)
            assert message.rstrip().endswith(rule.remedy)


def test_an_exemption_shows_its_reason_and_one_without_a_reason_is_none(guarded: Stack) -> None:
    declare(guarded, entry("wide", addresses=["10.0.0.0/8"]))
    config = guarded.folder / "policies.json"
    options = ("--policy-pack-config", str(config))
    config.write_text(json.dumps({"wide-block": {"exempt": {"wide": " "}}}))
    run = with_pack(guarded, *options, ok=False)
    assert any("wide-block" in line and "exempt.wide" in line for line in run.errors), run.text
    for key in ("wide", f"urn:pulumi:prod::guarded::{r.ENTRY}::wide"):
        exempt = {"wide-block": {"exempt": {key: "the provider's own"}}}
        config.write_text(json.dumps({**exempt, "admin-without-tls": "disabled"}))
        (message,) = said(run := with_pack(guarded, *options), "advisory")["exempt"].values()
        assert "wide-block: 10.0.0.0/8 is wider than /16: the provider's own" in message
        assert said(run, "mandatory") == {}


def test_limits_and_levels_are_settings(guarded: Stack) -> None:
    declare(guarded, entry("wide", addresses=["10.0.0.0/8"]), of("db", {"name": "t"}, DATABASE))
    config = guarded.folder / "policies.json"
    config.write_text(
        json.dumps(
            {
                "wide-block": {"ipv4": 8},
                "unprotected-database": {"dev": ["prod"]},
                "admin-without-tls": "advisory",
            }
        )
    )
    run = with_pack(guarded, "--policy-pack-config", str(config))
    assert said(run, "mandatory") == {}
    assert set(said(run, "advisory")) == {"admin-without-tls"}


def test_a_setting_that_is_none_is_refused(guarded: Stack) -> None:
    declare(guarded, entry("narrow"))
    config = guarded.folder / "policies.json"
    config.write_text(json.dumps({"wide-block": {"exemptt": {}}, "admin-without-tls": "disabled"}))
    run = with_pack(guarded, "--policy-pack-config", str(config), ok=False)
    message = said(run, "mandatory")["wide-block"]["narrow"]
    assert "exemptt is no setting of wide-block; there are: " in message
    assert "exempt, ipv4, ipv6" in message


def test_what_a_preview_cannot_know_is_said_and_decided_before_up_makes_it(guarded: Stack) -> None:
    declare(guarded, entry("late", addresses=[{"late": "10.0.0.0/8"}]))
    config = guarded.folder / "policies.json"
    config.write_text(json.dumps({"admin-without-tls": "disabled"}))
    options = ("--policy-pack-config", str(config))
    preview = with_pack(guarded, *options)
    assert said(preview, "mandatory") == {}
    message = said(preview, "advisory")["undecided"]["late"]
    assert "wide-block: spec.addresses[0] is not known yet; `pulumi up` decides it" in message
    assert "same-address: spec.addresses[0] is not known yet" in message

    up = with_pack(guarded, *options, update=True, ok=False)
    assert set(said(up, "mandatory")) == {"wide-block"}
    assert "undecided" not in said(up, "advisory")
    assert "late" not in {urn.rpartition("::")[2] for urn in _made(guarded)}


def _made(stack: Stack) -> list[str]:
    return [each["urn"] for each in stack.exported() if each["type"] == r.ENTRY]


def test_a_program_in_yaml_meets_the_same_rules(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").symlink_to(PROGRAM / "in-yaml.yaml")
    run = in_another_language(tmp_path, "pulumi-language-yaml")
    assert refused(run, entry="entries:default/entry")


def test_a_first_preview_of_the_program_passes_its_own_policies(
    tmp_path: Path, environment: dict[str, str], server: Server
) -> None:
    settings = {
        "host": server.at.host,
        "nameserver": str(layout.HOST_V4),
        "context": layout.CONTEXT,
        "namespace": "kube-public",  # every cluster has it; nothing is made there
        "image": layout.RATINGS_MYSQL2_IMAGE,
        "destinationRules": True,
    }
    stack = Stack.make(tmp_path, environment, settings)
    run = with_pack(stack)
    assert said(run, "mandatory") == {}
    # The right is on the table that is not there yet.
    undecided = said(run, "advisory").pop("undecided")
    assert set(undecided) == {"reader-rights"}
    assert set(said(run, "advisory")) == {"undecided"}
    stack.set(egress="mesh-dns", exportTo=["*"])
    assert set(said(with_pack(stack, ok=False), "mandatory")) == {"exported-everywhere"}
