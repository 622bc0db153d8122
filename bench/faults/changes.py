"""Changes of a stack that stands, while its pods and the page are asked without a pause."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from demo.load import Load, load, no_rating, no_stars, node_port
from demo.stage import Place, Stage


@dataclass(frozen=True)
class Change:
    """One change: other settings, or other options of `pulumi up`."""

    name: str
    settings: Mapping[str, Any]
    options: Sequence[str] = ()


@dataclass(frozen=True)
class Seen:
    """What became of the requests during a change, through the Service and through the page."""

    change: str
    service: Load
    page: Load


CHANGES = (
    Change("nothing, for comparison", {}),
    Change("a rotation", {"rotation": "2"}),
    Change("a rotation, the account before kept", {"rotation": "3", "previousAccount": "keep"}),
    Change("the password replaced", {}, ("--replace=**RandomPassword**",)),
    Change("the account's name replaced", {}, ("--replace=**AccountName**",)),
    Change("another name of the account", {"reader": "librarian"}),
    Change("the Secret replaced", {}, ("--replace=**Secret**",)),
    Change("the ServiceEntry replaced", {}, ("--replace=**ServiceEntry**",)),
    Change("the routes replaced", {}, ("--replace=**VirtualService**",)),
    Change("the Deployment replaced", {}, ("--replace=**Deployment**",)),
    Change("three pods", {"replicas": 3}),
    Change("one pod again", {}),
    Change("another way out: mesh-dns", {"egress": "mesh-dns"}),
    Change("another way out: bypass", {"egress": "bypass"}),
    Change("the first way out again", {}),
    Change("one rating", {"ratings": {"1": 1}}),
    Change("the reader over TLS", {"readerTls": True}),
    Change("the reader without TLS again", {}),
)

_ONE_OF_THE_PAGES = 5


def measure(
    stage: Stage, least: int, started: Callable[[str], None], changes: Sequence[Change] = CHANGES
) -> list[Seen]:
    """Make the changes one after the other.

    Args:
        stage: Where.
        least: How many requests there are to be a change, a fifth of them at the page, each of
            which is several behind it.
        started: Is told the name of each change, and what became of it.
        changes: Which.
    """
    home, seen = stage.home, []
    home.settle()
    with node_port(home.kubectl) as address:
        for change in changes:
            started(change.name)
            with load(address, no_rating) as service, load(stage.address, no_stars, 2) as page:
                make(home, change)
                page.reaches(least // _ONE_OF_THE_PAGES)
                service.reaches(least - page.sent)
            seen.append(Seen(change.name, service, page))
            started(f"{change.name}: {service} at the Service, {page} at the page")
    return seen


def make(home: Place, change: Change) -> None:
    """Make a change, with requests before and after it."""
    if change.options:
        home.stack.up(*change.options)
    home.settle(**change.settings)


def table(seen: Sequence[Seen]) -> Table:
    """Show it."""
    shown = Table("change", "Service: sent", "failed", "page: sent", "failed", "why")
    for each in seen:
        why = {**each.service.failures, **each.page.failures}
        shown.add_row(
            each.change,
            f"{each.service.sent:,}",
            str(each.service.failed),
            f"{each.page.sent:,}",
            str(each.page.failed),
            "; ".join(why),
        )
    return shown
