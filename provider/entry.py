"""What lets pods out to the database: the old one stands until nothing goes its way any more.

Where the database moves, old pods dial the old place until they are gone. So there is a
ServiceEntry for the new place before the pods are rolled, and the old one goes last: each has a
name of its own. Of two entries for one host Istio takes the older, so that one is made to hold both
meanwhile. NetworkPolicies add up by themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cluster.mark import PURPOSE, annotations_of
from mesh.egress import holding_both
from provider.api_server import Away
from provider.holding import HAND, renamed
from provider.object import Object
from provider.pods import wait_for_those_that_end
from provider.protocol.service import Change
from provider.protocol.values import UNKNOWN, Properties
from provider.resource import anything, replaced, text

_DIGITS = 8


class Entry(Object):
    """Stands before a ServiceEntry or a NetworkPolicy, as `Object` does.

    Inputs besides: `purpose`, where it leads, in words: another purpose is another entry, under
    another name; `spec`, of the entry; `pods`, the labels of those that go its way.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        **Object.inputs,
        "purpose": text,
        "spec": anything,
        "pods": anything,
    }

    def diff(self, urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare: another purpose is another entry."""
        return [*super().diff(urn, state, inputs), *replaced(state, inputs, ("purpose",))]

    def name(self, urn: str, inputs: Properties) -> str:
        """Give the plain name, or another one while that is taken by the one for the old place."""
        claim = self._claim(urn, inputs, inputs["name"])
        with self.ask(inputs) as api:
            there = api.get(claim.what.path)
        if there is None or not claim.is_ours(there):
            return claim.what.name
        if annotations_of(there).get(PURPOSE, inputs["purpose"]) == inputs["purpose"]:
            return claim.what.name
        digest = hashlib.sha256(inputs["purpose"].encode()).hexdigest()
        return f"{claim.what.name}-{digest[:_DIGITS]}"

    def annotations(self, inputs: Properties) -> Properties:
        """Say on the object what it is for, too."""
        return {**super().annotations(inputs), PURPOSE: inputs["purpose"]}

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """Say what will stand beside it for a while."""
        planned = super().plan(urn, state, inputs)
        if state is None and UNKNOWN not in (planned["named"], inputs["cluster"], inputs["owner"]):
            self._others(urn, inputs, planned["named"])
        return planned

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Have the entries for other places hold this one too, until they go."""
        made = super().create(urn, inputs)
        named = made[1]["named"]
        with self.ask(inputs) as api:
            for name, spec in self._others(urn, inputs, named).items():
                if inputs["kind"] != "ServiceEntry":
                    continue
                if both := holding_both(spec, inputs["spec"]):
                    path = renamed(self._claim(urn, inputs, named), name).what.path
                    api.patch(path, {"spec": both}, HAND)
        return made

    def delete(self, urn: str, state: Properties) -> None:
        """Let the last pods end that go this way, then delete it."""
        try:
            with self.ask(state) as api:
                wait_for_those_that_end(api, state["namespace"], state["pods"])
        except Away:
            if not self.configuration.cluster.is_given_up():
                raise
        super().delete(urn, state)

    def _others(self, urn: str, inputs: Properties, named: str) -> dict[str, Mapping[str, Any]]:
        """Give the specs of this stack's other ones of its kind, and say that they stay."""
        claim = self._claim(urn, inputs, named)
        folder, _, _ = claim.what.path.rpartition("/")
        with self.ask(inputs) as api:
            listed: Sequence[Mapping[str, Any]] = (api.get(folder) or {}).get("items", [])
        others = {
            str(each["metadata"]["name"]): each["spec"]
            for each in listed
            if each["metadata"]["name"] != named and claim.is_ours(each)
        }
        for name in others:
            self.engine.info(
                urn,
                f"{renamed(claim, name).what} stays beside {named} until the pods no longer use "
                "it: it goes last, and not at all if they cannot be rolled",
            )
        return others
