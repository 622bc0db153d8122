"""The story, step by step: what each step does, and what is seen of it.

https://istio.io/latest/blog/2018/egress-tcp/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from demo import page
from demo.analysis import Complaint, analyze
from demo.entry import Entry
from demo.pod import Pod, Reader, visitor
from demo.ratings import Answer
from demo.sidecar import Connections
from demo.stage import Asked, Place, Stage
from demo.watch import Effect, eventually, until_effect
from sandbox.errors import SandboxError
from sandbox.layout import HERE

ONE_STAR = {"all": 1}
OTHERS = {"1": 2, "2": 3}
"""The ratings in the other database."""
RANGE = "198.18.53.24/29"
"""Holds the database of the ratings, and none of the sandbox's other ones."""

_ROW = re.compile(r"ReviewID \d+: .+")
_MONGO = "envoy.filters.network.mongo_proxy"
_ANNOTATIONS = ("traffic.sidecar.istio.io", "proxy.istio.io")


@dataclass(frozen=True)
class Look:
    """The page, and behind it one question to the pod that reads the database.

    Attributes:
        page: What a person sees.
        asked: What became of the question.
    """

    page: page.Page
    asked: Asked


@dataclass(frozen=True)
class OneStar:
    """The ratings set to 1 by the setting.

    Attributes:
        preview: What `pulumi preview --diff` printed before.
        look: What is seen after.
    """

    preview: str
    look: Look

    @property
    def diff(self) -> list[str]:
        """The rows in it, e.g. `ReviewID 1: 5 -> 1`."""
        return _ROW.findall(self.preview)


@dataclass(frozen=True)
class Switched:
    """The ServiceEntry deleted and created while requests ran.

    Attributes:
        off: The effect of each deletion.
        on: The effect of each creation.
    """

    off: list[Effect[Answer]]
    on: list[Effect[Answer]]


@dataclass(frozen=True)
class WayOut:
    """Another way out of the mesh.

    Attributes:
        entry: The spec of the ServiceEntry; None without one.
        annotations: What the pod tells its sidecar.
        look: What is seen.
        before: Which way the pod's connections had gone since its start.
    """

    entry: Mapping[str, Any] | None
    annotations: Mapping[str, str]
    look: Look
    before: Connections


@dataclass(frozen=True)
class Database:
    """One of two databases behind the mesh's own DNS.

    Attributes:
        host: Its name.
        looked_up: What its pod is told are the addresses of that name.
        listeners: What the sidecar of its pod listens on for port 3306.
        answer: What its pod reads there.
    """

    host: str
    looked_up: list[str]
    listeners: list[str]
    answer: Answer


@dataclass(frozen=True)
class NextDoor:
    """A pod in another namespace, with a password and a name but no business there.

    Attributes:
        kept_in: What became of its question while the entry was for its own namespace.
        let_through: What became of it once the entry was for all.
    """

    kept_in: Asked
    let_through: Asked


@dataclass(frozen=True)
class Mongo:
    """The same component for MongoDB's wire protocol.

    Attributes:
        entry: The spec of the ServiceEntry, as the API server took it.
        misspelt: What Istio's webhook said to the same entry with a protocol that there is not.
        filters: The filters of Envoy's listener for each address of the database.
    """

    entry: Mapping[str, Any]
    misspelt: str
    filters: Mapping[str, list[str]]


class Story:
    """The story on its stage. Each step brings about what it needs, so they can come in any order.

    Args:
        stage: What it plays on.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.home = stage.home
        self.elsewhere = stage.elsewhere

    def without_entry(self) -> Look:
        """Step 1: routes to v2-mysql and no ServiceEntry."""
        self.home.settle(egress="off")
        return self._look(lambda seen: seen.says_unavailable)

    def with_entry(self) -> Look:
        """Step 2: the ServiceEntry with the addresses that DNS gives."""
        self.home.settle()
        return self._look(_shows(5, 4))

    def one_star(self) -> OneStar:
        """Step 3: the ratings set to 1, previewed before."""
        self.home.settle()
        preview = self.home.preview(ratings=ONE_STAR).text
        self.home.settle(ratings=ONE_STAR)
        return OneStar(preview, self._look(_shows(1, 1)))

    def switched(self, times: int = 3) -> Switched:
        """Step 4: the ServiceEntry off and on again while requests run, each way so many times.

        The pod is asked directly: its readiness, through which the page would see it, is looked at
        every 2 s only.
        """
        self.home.settle()
        pod = self.home.pod()
        off, on = [], []
        (name,) = self.home.kubectl.names("serviceentries")
        with closing(Entry(HERE.kubeconfig, self.home.kubectl.namespace, name)) as entry:
            for _ in range(times):
                off.append(until_effect(entry.delete, pod.ratings, lambda said: not said.ratings))
                on.append(until_effect(entry.apply, pod.ratings, lambda said: bool(said.ratings)))
        return Switched(off, on)

    def switched_by_setting(self) -> tuple[Look, Look]:
        """Step 4, by `pulumi up`: the setting `egress` to off and back."""
        self.home.settle()
        return self.without_entry(), self.with_entry()

    def by_range(self) -> WayOut:
        """Step 5a: a CIDR range instead of addresses."""
        return self._way_out(egress="cidrs", cidrs=[RANGE])

    def around_by_range(self) -> WayOut:
        """Step 5b: around the sidecar, for a known range."""
        return self._way_out(egress="bypass", cidrs=[RANGE])

    def around_by_port(self) -> WayOut:
        """Step 5b, where no range is known: around the sidecar for the whole port."""
        return self._way_out(egress="bypass")

    def two_databases(self) -> tuple[Database, Database]:
        """Step 5c: the mesh's own DNS, two databases on port 3306, every pod sees both entries."""
        by_name = {"egress": "mesh-dns", "exportTo": ["*"]}
        self.home.settle(**by_name)
        self.elsewhere.settle(**by_name, ratings=OTHERS)
        try:
            return _database(self.home), _database(self.elsewhere)
        finally:
            # Its entry is for all, and would be in the way of other steps.
            self.elsewhere.destroy()

    def next_door(self) -> NextDoor:
        """Step 6: a pod in another namespace asks for the database of this one."""
        self.elsewhere.destroy()
        self.home.settle()
        with self.visitor("next-door") as pod:
            kept_in = self.home.ask(pod)
            self.home.settle(exportTo=["*"])
            eventually(pod.ratings, lambda said: bool(said.ratings), "ratings for the pod there")
            return NextDoor(kept_in, self.home.ask(pod))

    def mongo(self) -> Mongo:
        """Step 7: the protocol MONGO."""
        self.home.settle(protocol="MONGO")
        pod, port = self.home.pod(), self.home.server.at.port
        filters = eventually(
            partial(pod.filters, port), lambda seen: _MONGO in str(seen), "a listener for MONGO"
        )
        entry = self._entry()
        return Mongo(entry["spec"], self._misspelt(entry), filters)

    def new_complaints(self) -> list[Complaint]:
        """At last: what `istioctl analyze` says that it did not say before the stack was up."""
        self.home.settle()
        home, elsewhere = self.home.kubectl, self.elsewhere.kubectl
        now = analyze(home.environment, (home.namespace, elsewhere.namespace))
        return sorted(now - self.stage.complaints, key=str)

    def visitor(
        self, name: str, place: Place | None = None, **pod: Mapping[str, str]
    ) -> AbstractContextManager[Pod]:
        """Have a pod of ratings v2 that may read the home's database for a while.

        Args:
            name: Its name.
            place: Where it is; by default elsewhere.
            pod: Its `labels` and `annotations`.
        """
        place = place or self.elsewhere
        return visitor(place.kubectl, name, self._reader_for(place), **pod)

    def _way_out(self, **settings: Any) -> WayOut:  # noqa: ANN401 - a setting is what YAML can say
        self.home.settle(**settings)
        pod = self.home.pod()
        before = pod.connections()
        look = self._look(_shows(5, 4))
        return WayOut(
            entry=self._entry()["spec"] if self._has_entry() else None,
            annotations=self._told_to_sidecar(pod),
            look=look,
            before=before,
        )

    def _look(self, shows: Callable[[page.Page], bool]) -> Look:
        seen = eventually(partial(page.fetch, self.stage.address), shows, "the page")
        return Look(seen, self.home.ask())

    def _has_entry(self) -> bool:
        return bool(self.home.kubectl.names("serviceentries"))

    def _entry(self) -> Mapping[str, Any]:
        entry: Mapping[str, Any]
        (entry,) = self.home.kubectl.get("serviceentries")["items"]
        return entry

    def _told_to_sidecar(self, pod: Pod) -> Mapping[str, str]:
        annotations = self.home.kubectl.get("pod", pod.name)["metadata"]["annotations"]
        return {name: value for name, value in annotations.items() if name.startswith(_ANNOTATIONS)}

    def _misspelt(self, entry: Mapping[str, Any]) -> str:
        port = {**entry["spec"]["ports"][0], "protocol": "MONGOOSE"}
        wrong = {
            "apiVersion": entry["apiVersion"],
            "kind": entry["kind"],
            "metadata": {"name": "misspelt"},
            "spec": {**entry["spec"], "ports": [port]},
        }
        try:
            self.home.kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(wrong))
        except SandboxError as refused:
            return str(refused)
        return ""

    def _reader_for(self, place: Place) -> Reader:
        """Have the reader's password in a Secret where another place's pods find it."""
        reader = self.home.reader()
        data = self.home.kubectl.get("secret", reader.secret)["data"]
        place.kubectl.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "visitors"},
                "data": data,
            }
        )
        return Reader(reader.host, reader.user, "visitors")


def _shows(*stars: int) -> Callable[[page.Page], bool]:
    return lambda seen: seen.stars == list(stars)


def _database(place: Place) -> Database:
    host, port = place.server.at.host, place.server.at.port
    pod = place.pod()
    return Database(
        host=host,
        looked_up=pod.look_up(host),
        listeners=sorted(pod.filters(port)),
        answer=pod.ratings(),
    )
