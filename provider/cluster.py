"""The cluster: which one it is, and whether all that is to be made there can be.

Everything that is made stands on it: it refuses before anything has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from cluster.api import Api, Object
from cluster.kinds import KINDS, Named, short
from cluster.mark import FORMER, Mark, annotations_of
from cluster.references import needed_by
from cluster.subsets import users
from provider.api_server import BY_NAME, Away, ClusterProblem
from provider.holding import Claim, claimed, let_go, virtual_services
from provider.protocol.service import Change, Checked, Found
from provider.protocol.values import UNKNOWN, Properties, Value
from provider.resource import InCluster, changed, owner, text


def objects(value: Value) -> Mapping[str, Mapping[str, Value]]:
    """Accept objects by their names, each with what of its spec cannot be changed."""
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is no map")  # noqa: TRY004 - one kind of refusal
    return {short(name): fixed for name, fixed in value.items()}


def names(value: Value) -> list[str]:
    """Accept the names of objects."""
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list")  # noqa: TRY004 - likewise
    return [short(name) for name in value]


class Cluster(InCluster):
    """A cluster as this stack counts on it.

    Inputs: `namespace`, of what is made; `owner`, the stack's mark; `objects`, what is to be made
    there, as `Kind/name` -> what of its spec cannot be changed; `adopt`, which of them are taken
    over if they are there already.

    State besides: `context` and `kubeconfig`; `identity`, by which it is known.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        "namespace": text,
        "owner": owner,
        "objects": objects,
        "adopt": names,
    }

    def check(self, urn: str, news: Properties, olds: Properties | None = None) -> Checked:
        """Add where it is, so that another place is a difference."""
        checked = super().check(urn, news, olds)
        at = self.configuration.cluster
        where = {"context": at.context, "kubeconfig": at.kubeconfig}
        return Checked({**checked.inputs, **where}, checked.failures)

    def diff(self, _urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare."""
        return changed(state, inputs, (*self.inputs, "context", "kubeconfig"))

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """Look at it already: nothing else has been changed yet."""
        return self._look(urn, state, inputs)

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Look at it."""
        state = self._look(urn, None, inputs)
        return str(state["identity"]), state

    def update(self, urn: str, state: Properties, inputs: Properties) -> Properties:
        """Look at it again; another cluster in its place is refused."""
        return self._look(urn, state, inputs)

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found:
        """See that it is still the same one."""
        with self.configuration.cluster.asked(state["identity"]):
            return Found(state, inputs)

    def delete(self, _urn: str, state: Properties) -> None:
        """Let go of what no other resource knows of any more.

        A run that was cut off may have left it, or one in which the API server was silent.
        """
        try:
            with self.configuration.cluster.asked(state["identity"]) as api:
                for what, found in _left(api, state):
                    let_go(api, what, found, annotations_of(found).get(FORMER, ""))
        except Away as away:
            if not self.configuration.cluster.is_given_up():
                names = ", ".join(what.short for what in _all(state))
                raise type(away)(f"{away}; what is there is left: {names}") from None

    def _look(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        if UNKNOWN in (inputs["namespace"], inputs["objects"]):
            return {**inputs, "identity": state["identity"] if state else UNKNOWN}
        at = self.configuration.cluster
        identity = state["identity"] if state else at.identity(inputs["namespace"])
        if identity.startswith(f"{BY_NAME} "):
            self.engine.warn(
                urn,
                f"external-mysql:context: nothing but its name tells {at.context} from other "
                f"clusters; let the deployer get the namespace {inputs['namespace']}",
            )
        if state:
            self.configuration.former_owners.add(state["owner"])
        owners = self.owners(urn, inputs)
        with at.asked(identity) as api:
            claims = [
                Claim(what, owners, what.short in inputs["adopt"], inputs["objects"][what.short])
                for what in _all(inputs)
            ]
            claimed(api, claims, at.context)
            if state:
                _refuse_to_drop_what_is_used(api, set(_all(state)) - set(_all(inputs)), owners)
        return {**inputs, "identity": identity}


def _left(api: Api, state: Properties) -> Iterator[tuple[Named, Object]]:
    """Give all that has the stack's mark, each with nothing left that needs it.

    Secrets and ConfigMaps are named by what is in them, and a deployer may list none: whoever uses
    one names it.
    """
    needed: list[Named] = []
    for what in sorted(_all(state), key=lambda each: _FIRST.get(each.kind, 0), reverse=True):
        named = {what.name: api.get(what.path)}
        if what.kind in _OF_SEVERAL_NAMES:
            listed = (api.get(KINDS[what.kind].path(what.namespace)) or {}).get("items", [])
            named |= {str(each["metadata"]["name"]): each for each in listed}
        for name, found in named.items():
            if found and _is_of(found, state):
                if what.kind == "Deployment":
                    needed += needed_by(found["spec"]["template"], what.namespace)
                yield replace(what, name=name), found
    for what in needed:
        found = api.get(what.path)
        if found and _is_of(found, state):
            yield what, found


def _is_of(found: Object, state: Properties) -> bool:
    mark = Mark.of(found)
    return mark is not None and mark.owner == state["owner"]


_FIRST = {"VirtualService": 2, "Deployment": 1}
"""What goes before what it leads to, or needs."""
_OF_SEVERAL_NAMES = ("NetworkPolicy", "ServiceEntry")


def _all(inputs: Properties) -> list[Named]:
    return [
        Named(kind, inputs["namespace"], name)
        for kind, _, name in (each.partition("/") for each in sorted(inputs["objects"]))
    ]


def _refuse_to_drop_what_is_used(
    api: Api, gone: Collection[Named], owners: Collection[str]
) -> None:
    """See that no route leads to a subset that goes with its rule, but one that goes too."""
    for rule in (each for each in gone if each.kind == "DestinationRule"):
        found = api.get(rule.path)
        if found is None or not Claim(rule, owners).is_ours(found):
            continue
        if using := users(
            found, [each for each in virtual_services(api, rule) if _name(each) not in gone]
        ):
            raise ClusterProblem(
                f"external-mysql:destinationRules: {rule} cannot go, for it names subsets that are "
                f"routed to by {', '.join(using)}; keep the setting true, or lead that elsewhere "
                "first"
            )


def _name(service: Object) -> Named:
    metadata = service["metadata"]
    return Named("VirtualService", metadata["namespace"], metadata["name"])
