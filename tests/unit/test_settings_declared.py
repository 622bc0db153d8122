"""`Pulumi.yaml` declares the settings of `settings.py`, no more, no less and no different."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
import yaml
from pydantic_core import PydanticUndefined

from settings import PROJECT, Settings, load, names

REPOSITORY = Path(__file__).parents[2]
DECLARED: dict[str, dict[str, Any]] = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text())[
    "config"
]
FIELDS = {field.alias or name: field for name, field in Settings.model_fields.items()}
TYPES = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}


def type_of(annotation: Any) -> str:
    """Give the type of a field as the CLI knows it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return type_of(get_args(annotation)[0])
    if origin is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return "string"
    if origin in (Union, UnionType):
        (annotation,) = (a for a in get_args(annotation) if a is not NoneType)
        return type_of(annotation)
    return TYPES[origin or annotation]


def test_every_setting_is_declared_and_nothing_else() -> None:
    assert list(DECLARED) == names()


@pytest.mark.parametrize("name", names())
def test_a_setting_is_declared_with_its_type(name: str) -> None:
    assert DECLARED[name]["type"] == type_of(FIELDS[name].annotation)
    if DECLARED[name]["type"] == "array":
        (item,) = get_args(FIELDS[name].annotation)
        assert DECLARED[name]["items"] == {"type": type_of(item)}


@pytest.mark.parametrize("name", names())
def test_a_setting_is_declared_with_its_default(name: str) -> None:
    default = FIELDS[name].default
    if isinstance(default, dict):
        default = {str(key): value for key, value in default.items()}
    declared = DECLARED[name].get("default", PydanticUndefined)
    assert declared == default
    assert type(declared) is type(default) or isinstance(default, Enum)


@pytest.mark.parametrize("name", names())
def test_a_setting_is_declared_with_its_description(name: str) -> None:
    assert DECLARED[name]["description"] == FIELDS[name].description


def test_the_stack_of_the_sandbox_sets_only_what_is_declared_and_nothing_secret() -> None:
    config = yaml.safe_load((REPOSITORY / "Pulumi.dev.yaml").read_text())["config"]
    assert all(isinstance(value, str) for value in config.values())  # `secure:` would be a map
    assert load(config)
    assert {name.removeprefix(f"{PROJECT}:") for name in config} <= set(names())
