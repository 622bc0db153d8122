"""The mark on objects: whose they are, seen by whoever looks at them."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.mark import MANAGER, PLUGIN, Mark


def object_with(annotations: dict[str, str] | None) -> dict[str, Any]:
    return {"metadata": {"name": "ratings", "annotations": annotations}}


def test_what_is_written_is_read_again() -> None:
    mark = Mark("owner", "holder")
    assert Mark.of(object_with({"note": "theirs", **mark.annotations})) == mark


@pytest.mark.parametrize("annotations", [None, {}, {"external-mysql/stack": "dev"}])
def test_what_has_no_mark_is_nobodys(annotations: dict[str, str] | None) -> None:
    assert Mark.of(object_with(annotations)) is None


def test_half_a_mark_still_says_whose_it_is() -> None:
    assert Mark.of(object_with({"external-mysql/owner": "owner"})) == Mark("owner", "")


def test_the_plugin_is_told_to_act_as_one_manager_whoever_set_a_field_before() -> None:
    assert PLUGIN == {
        "pulumi.com/patchFieldManager": MANAGER,
        "pulumi.com/patchForce": "true",
    }
