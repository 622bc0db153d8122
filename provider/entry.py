"""What lets pods out to the database: the old one stands until nothing goes its way any more.

Where the database moves, old pods dial the old place until they are gone. So there is a
ServiceEntry for the new place before the pods are rolled, and the old one goes last: each has a
name of its own. Of two entries for one host Istio takes the older, so that one is made to hold both
meanwhile. NetworkPolicies add up by themselves.

What is to be closed waits for no pod, nor for anything else: whatever is broken, it goes first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cluster.api import Api
from cluster.kinds import KINDS, Named
from cluster.mark import FORMER, HAND, PURPOSE, Mark, annotations_of
from mesh.egress import holding_both
from provider.api_server import Away
from provider.configuration import Configuration
from provider.holding import let_go, renamed
from provider.object import Object
from provider.pods import wait_for_those_that_end
from provider.protocol.engine import Engine
from provider.protocol.service import Change, Checked, Found
from provider.protocol.values import UNKNOWN, Properties
from provider.resource import anything, flag, replaced, text

_DIGITS = 8


class Entry(Object):
    """Stands before a ServiceEntry or a NetworkPolicy, as `Object` does.

    Inputs besides: `purpose`, where it leads, in words: another purpose is another entry, under
    another name; `spec`, of the entry; `pods`, the labels of those that go its way; `closed`,
    whether it is to go at once: that is given alone, and the others are those that it stood with.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        **Object.inputs,
        "purpose": text,
        "spec": anything,
        "pods": anything,
        "closed": flag,
    }

    def __init__(self, configuration: Configuration, engine: Engine) -> None:
        super().__init__(configuration, engine)
        self._closing: set[str] = set()

    def check(self, urn: str, news: Properties, olds: Properties | None = None) -> Checked:
        """Let what closes another one take all from that: so it waits for no other resource."""
        if not news["closed"]:
            return super().check(urn, news, olds)
        self._closing.add(urn)
        if olds:
            self._stands[urn] = olds
        return Checked({**self.predecessor(urn), "closed": True})

    def diff(self, urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare: another purpose is another entry; one that is to be closed goes first."""
        if _is_closed(state) or _is_closed(inputs):
            if _is_closed(state) == _is_closed(inputs):
                return []
            return [Change("closed", replaces=True, goes_first=_is_closed(inputs))]
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
        if _is_closed(inputs):
            return inputs
        planned = super().plan(urn, state, inputs)
        if state is None and UNKNOWN not in (planned["named"], inputs["cluster"], inputs["owner"]):
            self._others(urn, inputs, planned["named"])
        return planned

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Have the entries for other places hold this one too, until they go; or close them."""
        if _is_closed(inputs):
            self._close_all(urn, inputs)
            return "closed", inputs
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

    def read(self, urn: str, state: Properties, inputs: Properties) -> Found | None:
        """See whether it is there; where it is closed, there is nothing to see."""
        return Found(state, inputs) if _is_closed(state) else super().read(urn, state, inputs)

    def delete(self, urn: str, state: Properties) -> None:
        """Let the last pods end that go this way, if it is not to be closed; then delete it."""
        if _is_closed(state):
            return
        if urn not in self._closing:
            self._wait(state)
        super().delete(urn, state)

    def _wait(self, state: Properties) -> None:
        try:
            with self.ask(state) as api:
                wait_for_those_that_end(api, state["namespace"], state["pods"])
        except Away as away:
            if not (self.is_left(away) or self.configuration.cluster.is_given_up()):
                raise

    def _close_all(self, urn: str, inputs: Properties) -> None:
        """Delete those too that wait for their last pods; say what others have in its place."""
        if "cluster" not in inputs:
            return  # there was none
        with self.ask(inputs) as api:
            for each in _listed(api, KINDS[inputs["kind"]].path(inputs["namespace"])):
                what = Named(inputs["kind"], inputs["namespace"], each["metadata"]["name"])
                mark = Mark.of(each)
                if mark and mark.owner == inputs["owner"]:
                    let_go(api, what, each, annotations_of(each).get(FORMER, ""))
                elif what.name == inputs["name"]:
                    delete = what.kubectl("delete", self.configuration.cluster.context)
                    self.engine.warn(
                        urn,
                        f"{what} is not this stack's, and may lead out; to close it, `{delete}`",
                    )

    def _others(self, urn: str, inputs: Properties, named: str) -> dict[str, Mapping[str, Any]]:
        """Give the specs of this stack's other ones of its kind, and say that they stay."""
        claim = self._claim(urn, inputs, named)
        with self.ask(inputs) as api:
            listed = _listed(api, KINDS[inputs["kind"]].path(inputs["namespace"]))
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


def _is_closed(state: Properties) -> bool:
    return bool(state.get("closed"))  # an older state lacks it


def _listed(api: Api, folder: str) -> Sequence[Mapping[str, Any]]:
    items: Sequence[Mapping[str, Any]] = (api.get(folder) or {}).get("items", [])
    return items
