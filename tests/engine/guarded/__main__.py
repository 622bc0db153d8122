"""Declares what `resources.json` lists, without types: as the engine shows it for any language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_mysql as mysql
import pulumi_random as random

LATE = random.RandomUuid("late").result
PROVIDERS: dict[str, pulumi.ProviderResource] = {
    # Writes what it would apply, and needs no cluster for it.
    "kubernetes": kubernetes.Provider("rendered", render_yaml_to_directory="rendered"),
    **{
        name: mysql.Provider(
            name, endpoint="mysql.example.com:3306", username="admin", password="-", tls=tls
        )
        for name, tls in (("right-tls", "true"), ("wrong-tls", "false"))
    },
}


class Declared(pulumi.CustomResource):
    """One resource."""

    def __init__(self, kind: str, name: str, inputs: dict[str, Any], *, protect: bool) -> None:
        """Declare it."""
        provider = PROVIDERS["kubernetes" if kind.startswith("kubernetes:") else "right-tls"]
        opts = pulumi.ResourceOptions(provider=provider, protect=protect)
        super().__init__(kind, name, inputs, opts)


def late(value: Any) -> Any:
    """Give `{"late": value}` as an output that no preview knows."""
    if isinstance(value, dict):
        if value.keys() == {"late"}:
            return LATE.apply(lambda _: value["late"])
        return {key: late(inner) for key, inner in value.items()}
    return [late(inner) for inner in value] if isinstance(value, list) else value


for each in json.loads(Path("resources.json").read_text()):
    Declared(each["type"], each["name"], late(each["inputs"]), protect=each.get("protect", False))
