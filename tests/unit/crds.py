"""Istio's resources as the API server takes them: the schemas of the CRDs in Istio's own module."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from sandbox import toolchain

_CRDS = Path("manifests/charts/base/files/crd-all.gen.yaml")

Schema = dict[str, Any]


def problems(manifest: Mapping[str, Any]) -> list[str]:
    """Say what the API server would refuse, or silently prune, in an object; a line for each."""
    group, _, version = manifest["apiVersion"].partition("/")
    validator = _validator(group, version, manifest["kind"])
    return [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(dict(manifest))
    ]


@cache
def _validator(group: str, version: str, kind: str) -> Draft202012Validator:
    (crd,) = (crd for crd in _crds(kind) if crd["spec"]["group"] == group)
    (served,) = (v for v in crd["spec"]["versions"] if v["name"] == version and v["served"])
    schema = _without_pruning(served["schema"]["openAPIV3Schema"])
    # The API server's own: in no CRD, and in every object.
    schema["properties"] |= {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
    }
    return Draft202012Validator(schema)


@cache
def _crds(kind: str) -> list[Schema]:
    """Parse only those of a kind: the whole file is a megabyte of YAML."""
    text = (toolchain.ensure(["istio"])["istio"] / _CRDS).read_text()
    return [
        yaml.load(document, Loader=yaml.CSafeLoader)
        for document in text.split("\n---\n")
        if f"\n    kind: {kind}\n" in document
    ]


def _without_pruning(schema: Schema) -> Schema:
    """Refuse the fields that a schema does not name.

    The API server prunes them without a word.
    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
    """
    tightened = dict(schema)
    if "properties" in schema:
        tightened["properties"] = {
            name: _without_pruning(inner) for name, inner in schema["properties"].items()
        }
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            tightened["additionalProperties"] = False
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            tightened[inner] = _without_pruning(schema[inner])
    if schema.get("x-kubernetes-int-or-string"):
        tightened["type"] = ["integer", "string"]
    elif schema.get("nullable"):
        tightened["type"] = [schema["type"], "null"]
    return tightened
