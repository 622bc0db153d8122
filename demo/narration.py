"""The story as it is told: each step's title, what it does, what is to be said of what is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from demo.analysis import Complaint
from demo.ratings import Answer
from demo.stage import Asked
from demo.story import (
    RANGE,
    Database,
    Look,
    Mongo,
    NextDoor,
    OneStar,
    Story,
    Switched,
    WayOut,
)
from demo.watch import Effect


@dataclass(frozen=True)
class Step:
    """One step of the story.

    Attributes:
        number: As in the story's list.
        title: What it is about.
        does: What is done, as one would type it.
        play: Does it.
        tell: Says in lines what is seen.
        picture: Name of the page's picture after it.
    """

    number: str
    title: str
    does: str
    play: Callable[[Story], Any]
    tell: Callable[[Any], Sequence[str]]
    picture: str


def _look(seen: Look) -> list[str]:
    return [
        f"the page: {seen.page}",
        f"the ratings pod, asked directly: {seen.asked.answer}",
        _on_the_way(seen.asked),
    ]


def _on_the_way(asked: Asked) -> str:
    black_hole, arrived = _count(asked.left.black_hole), _count(asked.arrived)
    return f"its sidecar sent {black_hole} to BlackHoleCluster; {arrived} came to MySQL"


def _one_star(seen: OneStar) -> list[str]:
    return [*(f"the preview: {line}" for line in seen.diff), *_look(seen.look)]


def _switched(seen: Switched) -> list[str]:
    return [
        _times("the API server has deleted it; the first refused request", seen.off),
        _times("the API server has taken it; the first answered request", seen.on),
    ]


def _times(what: str, effects: Sequence[Effect[Answer]]) -> str:
    seconds = [effect.seconds for effect in effects]
    each = ", ".join(f"{1000 * s:.0f}" for s in seconds)
    asked = sum(effect.asked for effect in effects)
    return f"{what}: {1000 * median(seconds):.0f} ms later in the median ({each}; {asked} requests)"


def _switched_by_setting(seen: tuple[Look, Look]) -> list[str]:
    off, on = seen
    return [f"off: {off.page}", f"on: {on.page}"]


def _way_out(seen: WayOut) -> list[str]:
    told = [f"the pod tells its sidecar {name}: {to}" for name, to in seen.annotations.items()]
    addresses = ", ".join(seen.entry["addresses"]) if seen.entry else ""
    entry = f"the ServiceEntry lets {addresses} through" if seen.entry else "no ServiceEntry"
    return [entry, *told, *_look(seen.look)]


def _two_databases(seen: tuple[Database, Database]) -> list[str]:
    return [
        f"{each.host} is {', '.join(each.looked_up)} to its pod, which reads {each.answer}"
        for each in seen
    ]


def _next_door(seen: NextDoor) -> list[str]:
    return [
        f'exportTo ["."]: {seen.kept_in.answer}',
        _on_the_way(seen.kept_in),
        f'exportTo ["*"]: {seen.let_through.answer}',
        _on_the_way(seen.let_through),
    ]


def _mongo(seen: Mongo) -> list[str]:
    listeners = [f"Envoy listens on {name}: {', '.join(f)}" for name, f in seen.filters.items()]
    protocol = seen.entry["ports"][0]["protocol"]
    return [
        f"Istio's webhook takes the protocol {protocol}, and refuses one that there is not",
        *listeners,
    ]


def _complaints(seen: Sequence[Complaint]) -> list[str]:
    return [str(each) for each in seen] or ["no message about anything that the stack has made"]


def _count(connections: int) -> str:
    return f"{connections} connection{'' if connections == 1 else 's'}"


STEPS = (
    Step(
        "1",
        "Routes to ratings v2-mysql, and no ServiceEntry",
        "pulumi up, with egress: off",
        Story.without_entry,
        _look,
        "1-no-service-entry",
    ),
    Step(
        "2",
        "The ServiceEntry, with the addresses that DNS gives",
        "pulumi up, with egress: lookup",
        Story.with_entry,
        _look,
        "2-service-entry",
    ),
    Step(
        "3",
        "All ratings set to 1, to see that this database is the one in use",
        'pulumi preview --diff and pulumi up, with ratings: {"all": 1}',
        Story.one_star,
        _one_star,
        "3-one-star",
    ),
    Step(
        "4",
        "The ServiceEntry goes and comes while requests run",
        "kubectl delete and kubectl apply, three times each",
        Story.switched,
        _switched,
        "4-gone-and-back",
    ),
    Step(
        "4",
        "The same by the setting",
        "pulumi up, with egress: off, then with egress: lookup",
        Story.switched_by_setting,
        _switched_by_setting,
        "4-by-setting",
    ),
    Step(
        "5a",
        "A CIDR range instead of addresses",
        f"pulumi up, with egress: cidrs and cidrs: [{RANGE}]",
        Story.by_range,
        _way_out,
        "5a-range",
    ),
    Step(
        "5b",
        "Around the sidecar, where the range is known",
        f"pulumi up, with egress: bypass and cidrs: [{RANGE}]",
        Story.around_by_range,
        _way_out,
        "5b-around-by-range",
    ),
    Step(
        "5b",
        "Around the sidecar, where no range is known",
        "pulumi up, with egress: bypass",
        Story.around_by_port,
        _way_out,
        "5b-around-by-port",
    ),
    Step(
        "5c",
        "The mesh's own DNS, and two databases on port 3306",
        'pulumi up for each of two namespaces, with egress: mesh-dns and exportTo: ["*"]',
        Story.two_databases,
        _two_databases,
        "5c-mesh-dns",
    ),
    Step(
        "6",
        "A pod in another namespace, with the right password",
        'pulumi up, with exportTo: ["."], then with exportTo: ["*"]',
        Story.next_door,
        _next_door,
        "6-next-door",
    ),
    Step(
        "7",
        "MongoDB's wire protocol",
        "pulumi up, with protocol: MONGO",
        Story.mongo,
        _mongo,
        "7-mongo",
    ),
    Step(
        "8",
        "What Istio's own linter says",
        "pulumi up, with the defaults; istioctl analyze, compared with before",
        Story.new_complaints,
        _complaints,
        "8-at-last",
    ),
)
