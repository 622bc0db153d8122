"""An object in the cluster: that nobody has one of that name, and that only our own is deleted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from cluster.kinds import KINDS, Named
from cluster.mark import FORMER, MENDED, PLUGIN, Mark, annotations_of
from cluster.references import USED_BY_PODS
from cluster.strays import strays
from provider.api_server import GONE_FOR_GOOD, Away
from provider.configuration import Configuration
from provider.holding import Claim, claimed, keep, let_go, take
from provider.pods import wait_until_unused
from provider.protocol.engine import Engine
from provider.protocol.service import Change, Checked, Found
from provider.protocol.values import UNKNOWN, Properties, Value
from provider.resource import InCluster, anything, changed, flag, owner, replaced, text


def kind(value: Value) -> str:
    """Accept the kind of an object."""
    if value not in KINDS:
        raise ValueError(f"{value!r} is none of {', '.join(KINDS)}")
    return str(value)


class Object(InCluster):
    """Stands before an object that pulumi-kubernetes makes, and goes after it.

    That overwrites and deletes whatever has the name, and so is told to leave what it made. This
    one sees before each change that nobody else has the name, or takes over what is there, where
    somebody wants that; and deletes the object if it is ours, or gives it back as it was.

    Inputs: `cluster`, the identity of the one that is meant; `kind`, `namespace` and `name`, of the
    object; `owner`, the stack's mark; `adopt`, whether to take over what is there; `fixed`, what of
    its spec cannot be changed; `content`, a digest of the object, so that this one comes before
    each change of it.

    State besides: `holder`, its part of the mark; `named`, the object's name; `annotations`, which
    the object is to have; `former`, what it was before it was adopted, empty where it was not;
    `strays`, what others have set in it by now, path -> who; `mended`, how often that was taken
    away again: another number is another annotation, so that pulumi-kubernetes applies the object
    once more, though it finds no difference itself.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        "cluster": text,
        "kind": kind,
        "namespace": text,
        "name": text,
        "owner": owner,
        "adopt": flag,
        "fixed": anything,
        "content": text,
    }
    secrets = ("former",)  # whoever made it may have written a password there

    def __init__(self, configuration: Configuration, engine: Engine) -> None:
        super().__init__(configuration, engine)
        self._leaves_pods = False

    def check(self, urn: str, news: Properties, olds: Properties | None = None) -> Checked:
        """Draw this resource's part of the mark: another one for one that replaces it."""
        checked = super().check(urn, news, olds)
        holder = (olds or {}).get("holder") or str(uuid.uuid4())
        return Checked({**checked.inputs, "holder": holder}, checked.failures)

    def diff(self, urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare: another name is another object, and what others have set in it goes."""
        found = state.get("strays", {})
        for path, who in found.items():
            self.engine.info(urn, f"{_what(state)}: {path} was set by {who}; it is put right")
        return [
            *replaced(state, inputs, ("cluster", "kind", "namespace", "name")),
            *changed(state, inputs, ("owner", "content")),
            *([Change("strays", shown=False)] if found else []),
        ]

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """Refuse a name that is taken before anything is changed."""
        if UNKNOWN in (inputs["cluster"], inputs["namespace"], inputs["name"]):
            named = state["named"] if state else UNKNOWN
            return self._state(inputs, named, state)
        with self.ask(inputs):
            named = state["named"] if state else self.name(urn, inputs)
            self._claimed(urn, inputs, named)
        # What it was is seen once it is adopted.
        former = {"former": UNKNOWN} if state is None and inputs["adopt"] else {}
        return {**self._state(inputs, named, state), **former}

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Refuse a name that is taken; put the mark on what is there and may be had."""
        with self.ask(inputs) as api:
            named = self.name(urn, inputs)
            claim = self._claim(urn, inputs, named)
            mark = Mark(inputs["owner"], inputs["holder"])
            former, ours = take(api, claim, mark, self.configuration.cluster.context)
            if ours:
                self.handed_over.add(mark.holder)
        what = claim.what
        return str(what), {**self._state(inputs, named, None), "former": former}

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        """See whether it is there, with this resource's mark, and what others have set in it."""
        with self.ask(state) as api:
            found = api.get(_what(state).path)
        if found is None or Mark.of(found) != Mark(state["owner"], state["holder"]):
            return None
        return Found({**state, "strays": strays(found)}, inputs)

    def update(self, urn: str, state: Properties, inputs: Properties) -> Properties:
        """See that it is still ours before it is changed; put a new owner into the mark."""
        self.configuration.former_owners.add(state["owner"])
        with self.ask(inputs) as api:
            claim = self._claim(urn, inputs, state["named"])
            mark = Mark(inputs["owner"], state["holder"])
            former = keep(api, claim, mark, self.configuration.cluster.context)
        kept = former or state["former"]
        return {**self._state(inputs, state["named"], state), "former": kept}

    def delete(self, urn: str, state: Properties) -> None:
        """Delete the object if it is ours, or give it back."""
        what = _what(state)
        try:
            with self.ask(state) as api:
                found = api.get(what.path)
                if found is None or not self._is_held(urn, what, found, state):
                    return
                if what.kind in USED_BY_PODS:
                    wait_until_unused(api, what)
                was = annotations_of(found).get(FORMER) or state["former"]
                if why := let_go(api, what, found, was):
                    self.engine.warn(urn, self._stays(what, why))
        except Away as away:
            # What a pod needs is found by the pod alone, where nobody may list Secrets.
            if self.is_left(away) and (what.kind not in USED_BY_PODS or self._leaves_pods):
                self._leaves_pods |= what.kind == "Deployment"
                return
            if not self.configuration.cluster.is_given_up():
                raise
            self.engine.warn(urn, f"{what} is given up unseen, for {GONE_FOR_GOOD} is set")

    def name(self, _urn: str, inputs: Properties) -> str:
        """Give the name that the object is to have."""
        return str(inputs["name"])

    def annotations(self, inputs: Properties) -> Properties:
        """Give what the object is to carry."""
        return {**PLUGIN, **Mark(inputs["owner"], inputs["holder"]).annotations}

    def _state(self, inputs: Properties, named: Value, state: Properties | None) -> Properties:
        before = state or {}
        mended = before.get("mended", 0) + bool(before.get("strays"))
        return {
            **inputs,
            "named": named,
            "annotations": {
                **self.annotations(inputs),
                **({MENDED: str(mended)} if mended else {}),
            },
            "former": before.get("former", ""),
            "strays": {},
            "mended": mended,
        }

    def _claim(self, urn: str, inputs: Properties, named: str) -> Claim:
        what = Named(inputs["kind"], inputs["namespace"], named)
        return Claim(what, self.owners(urn, inputs), inputs["adopt"], inputs["fixed"])

    def _claimed(self, urn: str, inputs: Properties, named: str) -> None:
        with self.ask(inputs) as api:
            claimed(api, [self._claim(urn, inputs, named)], self.configuration.cluster.context)

    def _is_held(self, urn: str, what: Named, found: Mapping[str, Any], state: Properties) -> bool:
        """Say whether an object is this resource's; tell people where it is not."""
        mark = Mark.of(found)
        if mark == Mark(state["owner"], state["holder"]):
            return True
        if mark and mark.holder in self.handed_over:
            return False
        ours = mark is not None and mark.owner == state["owner"]
        why = (
            "it has the mark of another resource of this stack" if ours else "somebody else made it"
        )
        self.engine.warn(urn, self._stays(what, why))
        return False

    def _stays(self, what: Named, why: str) -> str:
        delete = what.kubectl("delete", self.configuration.cluster.context)
        return f"{what} stays, for {why}; if nobody needs it, `{delete}`"


def _what(state: Properties) -> Named:
    return Named(state["kind"], state["namespace"], state["named"])
