"""A wiring in words: a sentence for the head of the picture, and what stands on each card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network

from picture.wiring import Account, Bypass, Destination, ServiceEntry, Table, Wiring, Workload

#: How many of a long list are named before "and 12 more".
MOST = 6

_WORKLOAD = "ratings v2-mysql"


class Tone(StrEnum):
    """How a card or a line is coloured; the words on it say the same."""

    PLAIN = "plain"
    MUTED = "muted"
    OPEN = "open"
    AROUND = "around"
    CLOSED = "closed"


@dataclass(frozen=True)
class Line:
    """One line of a card, which may be broken.

    Attributes:
        code: Whether it is a name out of the state, and no words.
        whole: What it stands for, where that is more than it says.
    """

    text: str
    tone: Tone = Tone.PLAIN
    code: bool = False
    whole: str = ""


@dataclass(frozen=True)
class Row:
    """One row of the table; a rating from 0 to 5 is drawn as stars."""

    review: int
    rating: int | None


@dataclass(frozen=True)
class Card:
    """One part of the wiring.

    Attributes:
        kind: What it is, in the field's words.
        title: Its own name.
        there: Whether the state has it.
    """

    kind: str
    title: str
    lines: tuple[Line | Row, ...] = ()
    tone: Tone = Tone.PLAIN
    there: bool = True


def summary(wiring: Wiring) -> str:
    """Say in one sentence how ratings reaches its database."""
    target = _target(wiring)
    match wiring.way:
        case ServiceEntry(addresses=()) as entry:
            way = f"through ServiceEntry {entry.name}, at looked-up addresses"
        case ServiceEntry() as entry:
            way = f"through ServiceEntry {entry.name}, at {_count(entry.addresses)}"
        case Bypass(addresses=()) as around:
            way = f"around its sidecar, by port {', '.join(around.ports)} at any address"
        case Bypass() as around:
            way = f"around its sidecar, at {_count(around.addresses)}"
        case None if wiring.workload is None:
            return f"{_WORKLOAD} is not made yet, and neither is its way out."
        case None:
            return f"{_WORKLOAD} has no way out to {target}: this stack opens none."
    if wiring.workload is None:
        return f"{_WORKLOAD} is not made yet; its way to {target} is there, {way}."
    return f"{_WORKLOAD} reaches {target} {way}."


def description(wiring: Wiring) -> str:
    """Say all of it, for whoever cannot see the picture."""
    cards = [
        workload(wiring),
        secret(wiring),
        way_out(wiring),
        addresses(wiring),
        account(wiring),
        table(wiring),
    ]
    return " ".join(
        [
            f"{summary(wiring)} The page asks reviews, reviews asks ratings.",
            *(f"{line.text}." for line in routes(wiring)),
            *(_in_words(card) for card in cards),
        ]
    )


def _in_words(card: Card) -> str:
    said = [_row(line) if isinstance(line, Row) else line.text for line in card.lines]
    return f"{card.kind} {card.title}: {'; '.join(said)}."


def _row(row: Row) -> str:
    return f"review {row.review} has {'no rating' if row.rating is None else row.rating}"


def title(wiring: Wiring) -> str:
    """Name the picture."""
    return f"Wiring of the stack {wiring.stack}"


def place(wiring: Wiring) -> Iterable[Line]:
    """Say which cluster and namespace the workload is in, as far as the state does."""
    namespace = wiring.workload.namespace if wiring.workload else ""
    if not namespace and isinstance(wiring.way, ServiceEntry):
        namespace = wiring.way.namespace
    named = {"cluster": wiring.context, "namespace": namespace}
    if any(named.values()):
        text = ", ".join(f"{what} {name}" for what, name in named.items() if name)
        yield Line(text, Tone.MUTED)


def names(wiring: Wiring) -> Iterable[Line]:
    """Name the database."""
    return _some(_hosts(wiring), Tone.MUTED)


def _hosts(wiring: Wiring) -> list[str]:
    """Give the names of the database, that which the pods dial first."""
    named = [wiring.workload.host] if wiring.workload else []
    if isinstance(wiring.way, ServiceEntry):
        named += wiring.way.hosts
    return list(dict.fromkeys(named))


def _port(wiring: Wiring) -> str:
    """Give the port of the database."""
    if isinstance(wiring.way, ServiceEntry):
        return wiring.way.port
    return wiring.workload.port if wiring.workload else ""


def _target(wiring: Wiring) -> str:
    host = next(iter(_hosts(wiring)), "its database")
    number = _port(wiring)
    return f"{host}:{number}" if number else host


def version_of(wiring: Wiring, service: str) -> str:
    """Name a service by the one version that gets all requests, if one does."""
    match wiring.routes.get(service):
        case (Destination(subset=subset),) if subset:
            return f"{service} {subset}"
        case _:
            return service


def routes(wiring: Wiring) -> list[Line]:
    """Say where the requests go."""
    lines = [
        Line(f"VirtualService {service}: {_shares(destinations)}")
        for service, destinations in wiring.routes.items()
    ]
    if not lines:
        lines.append(Line("No VirtualService of this stack: it routes nothing", Tone.AROUND))
    if wiring.subsets:
        lines.append(Line(f"DestinationRules of this stack: {len(wiring.subsets)}", Tone.MUTED))
    return lines


def _shares(destinations: Sequence[Destination]) -> str:
    match destinations:
        case (Destination(subset=subset),):
            return f"all to {subset or 'any version'}"
        case _:
            return ", ".join(f"{d.weight} % to {d.subset or 'any version'}" for d in destinations)


def workload(wiring: Wiring) -> Card:
    """Describe the pods."""
    kind = "Deployment"
    there = wiring.workload
    if there is None:
        return Card(kind, _WORKLOAD, (_NOT_THERE,), there=False)
    return Card(kind, there.name, (_readiness(there), Line(f"image {there.image}", Tone.MUTED)))


def _readiness(there: Workload) -> Line:
    if there.ready is None:
        pods = "1 pod" if there.pods == 1 else f"{there.pods} pods"
        return Line(f"{pods}, not waited for", Tone.MUTED)
    good = there.ready >= there.pods and not there.failed
    text = f"{there.ready} of {there.pods} pods ready"
    return Line(text, Tone.OPEN if good else Tone.AROUND)


def secret(wiring: Wiring) -> Card:
    """Describe where the password is kept; what it is, no state that is read here says."""
    kind = "Secret"
    if not wiring.secret:
        return Card(kind, "the reader's password", (_NOT_THERE,), there=False)
    lines = (Line("password, made at random", Tone.MUTED),)
    if wiring.workload and wiring.workload.secret != wiring.secret:
        lines = (Line("not the one that the pods take", Tone.AROUND),)
    return Card(kind, wiring.secret, lines)


def way_out(wiring: Wiring) -> Card:
    """Describe how a connection leaves the mesh, or that it does not."""
    match wiring.way:
        case ServiceEntry() as entry:
            opens = (
                f"opens {_count(entry.addresses)}, no other"
                if entry.addresses
                else "opens what sidecars look up for the host"
            )
            return Card(
                "ServiceEntry",
                entry.name,
                (
                    Line(opens),
                    Line(f"port {entry.port}, {entry.protocol}"),
                    Line(f"resolution {entry.resolution}", Tone.MUTED),
                    Line(_seen_by(entry), Tone.MUTED),
                ),
                Tone.OPEN,
            )
        case Bypass() as around:
            what = "these addresses" if around.addresses else f"port {', '.join(around.ports)}"
            return Card(
                "No ServiceEntry",
                "around the sidecar",
                (
                    Line(f"the pods' traffic to {what} is not redirected to it"),
                    Line("the mesh sees none of it", Tone.MUTED),
                ),
                Tone.AROUND,
            )
        case None if wiring.workload is None:
            return Card("Way out", "none", (_NOT_THERE,), there=False)
        case None:
            return Card(
                "No ServiceEntry",
                "closed",
                (
                    Line("this stack opens no way out"),
                    Line(
                        "in a mesh that is REGISTRY_ONLY the database is out of reach", Tone.MUTED
                    ),
                ),
                Tone.CLOSED,
            )


def _seen_by(entry: ServiceEntry) -> str:
    match entry.export_to:
        case ("*",):
            return "seen in all namespaces"
        case ("~",):
            return "seen in no namespace"
        case _:
            names = [entry.namespace if name == "." else name for name in entry.export_to]
            word = "namespace" if len(names) == 1 else "namespaces"
            return f"seen in {word} {_listed(names)} alone"


def addresses(wiring: Wiring) -> Card:
    """Describe where a connection may go."""
    kind = "Goes around" if isinstance(wiring.way, Bypass) else "Let through"
    match wiring.way:
        case ServiceEntry(addresses=(), hosts=names):
            line = Line(f"whatever DNS says for {_listed(names)}, asked again and again")
            return Card(kind, "looked up by sidecars", (line,))
        case Bypass(addresses=()) as around:
            return Card(
                kind, "any address", (Line(f"by port {', '.join(around.ports)}", Tone.AROUND),)
            )
        case ServiceEntry() | Bypass() as way:
            return Card(kind, _count(way.addresses), tuple(_some(way.addresses)))
        case None:
            return Card(kind, "no address", there=False)


def _some(names: Sequence[str], tone: Tone = Tone.PLAIN) -> Iterable[Line]:
    """Name the first of many, and say how many more there are; whoever points there sees them."""
    named = _named(names)
    for name in names[:named]:
        yield Line(name, tone, code=True)
    if more := names[named:]:
        yield Line(f"and {len(more)} more", Tone.MUTED, whole=", ".join(more))


def _count(blocks: Sequence[str]) -> str:
    """Say how much blocks open: addresses one by one, or ranges."""
    if all(_is_one_address(block) for block in blocks):
        return "1 address" if len(blocks) == 1 else f"{len(blocks)} addresses"
    return "1 range" if len(blocks) == 1 else f"{len(blocks)} ranges"


def _is_one_address(block: str) -> bool:
    try:
        return ip_network(block).num_addresses == 1
    except ValueError:  # written by somebody else
        return False


def account(wiring: Wiring) -> Card:
    """Describe the account, what it may do, and what it was refused."""
    kind = "User"
    there = wiring.account
    if there is None:
        return Card(kind, "the reader", (_NOT_THERE,), there=False)
    return Card(kind, f"'{there.user}'@'{there.host}'", tuple(_account_lines(there)))


def _account_lines(there: Account) -> Iterable[Line]:
    if not there.privileges:
        yield Line("has no grant yet", Tone.AROUND)
        return
    yield Line(f"may {', '.join(there.privileges)} on {there.granted_on}", Tone.OPEN)
    if there.refused:
        named = _named(there.refused)
        more = [f"{len(there.refused) - named} more"] if there.refused[named:] else []
        yield Line(
            f"tried and was refused: {_listed([', '.join(there.refused[:named]), *more])}",
            Tone.MUTED,
            whole=", ".join(there.refused),
        )
    else:
        yield Line("what it may not do was not tried", Tone.AROUND)


def table(wiring: Wiring) -> Card:
    """Describe the table and its rows."""
    kind = "Table"
    there = wiring.table
    if there is None:
        where = f" in the database {wiring.database}" if wiring.database else ""
        return Card(kind, f"ratings{where}", (_NOT_THERE,), there=False)
    return Card(kind, there.name, tuple(_rows(there)))


def _rows(there: Table) -> Iterable[Line | Row]:
    rows = [Row(review, rating) for review, rating in there.rows.items()]
    named = _named(rows)
    yield from rows[:named]
    if more := rows[named:]:
        whole = ", ".join(_row(row) for row in more)
        yield Line(f"and {len(more)} more", Tone.MUTED, whole=whole)
    if not rows:
        yield Line("no rows", Tone.MUTED)


def _named(items: Sequence[object]) -> int:
    """Say how many of a list are named: "and 1 more" takes as much room as the one."""
    return len(items) if len(items) <= MOST + 1 else MOST


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_NOT_THERE = Line("not made yet", Tone.AROUND)
