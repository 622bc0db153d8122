"""How inputs are read, and that nothing unknown is taken for known."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from guard.field import UNKNOWN, Field
from guard.pod import pods
from tests.unit.policy.resources import resource

GUARD = Path(__file__).resolve().parents[3] / "policy" / "guard"


def test_what_is_within_something_unknown_is_unknown_and_has_its_path() -> None:
    image = Field({"spec": UNKNOWN}).at("spec", "containers", "image")
    assert not image.is_known
    assert image.path == "spec"


def test_what_is_not_there_is_nothing() -> None:
    assert Field({"spec": "no object"}).at("spec", "containers").value is None
    assert list(Field({"containers": None})["containers"].each()) == []


def test_a_rule_cannot_take_an_unknown_for_true_or_false() -> None:
    with pytest.raises(TypeError):
        bool(UNKNOWN)


def test_a_name_may_have_colons() -> None:
    assert resource("a:b:C", "one::two", {}).name == "one::two"
    assert resource("a:b:C", "one", {}).stack == "prod"


@pytest.mark.parametrize("kind", ["kubernetes:apps/v1:DeploymentPatch", "kubernetes:batch/v1:Job"])
def test_pods_are_found_in_every_kind_that_describes_them(kind: str) -> None:
    spec: dict[str, object] = {"containers": []}
    (pod,) = pods(resource(kind, "x", {"spec": {"template": {"spec": spec}}}))
    assert pod.spec.value == spec


def test_the_rules_know_nothing_but_python_so_that_they_can_be_tried_without_an_engine() -> None:
    imported = {
        (file.stem, node.module.partition(".")[0])
        for file in GUARD.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert {file for file, module in imported if module == "pulumi_policy"} == {"pack"}
