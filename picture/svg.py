"""The picture: mesh on the left, what is outside of it on the right, the way out between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from picture import words
from picture.sheet import Box, Point, Sheet
from picture.wiring import Bypass, ServiceEntry, Wiring
from picture.words import Card, Line, Row, Tone

_WIDTH = 960.0
_MARGIN = 16.0
_PAD = 12.0
_MESH = (_MARGIN, 388.0)  # left edge and width
_OUTSIDE = (624.0, 320.0)
_GATE = (434.0, 160.0)
_GAP = 34.0  # between two cards, with an arrow in it
_STARS = 5


@dataclass(frozen=True)
class _Stops:
    """What a connection passes."""

    ratings: Box
    sidecar: Box
    gate: Box
    addresses: Box


def draw(wiring: Wiring) -> str:
    """Draw a wiring as an SVG document; the same one gives the same text."""
    sheet = Sheet(_WIDTH, words.title(wiring), words.description(wiring))
    paper = sheet.box((0.5, 0.5), _WIDTH - 1, kind="paper")
    top = _head(sheet, wiring)
    mesh = sheet.box((_MESH[0], top), _MESH[1], kind="mesh")
    outside = sheet.box((_OUTSIDE[0], top), _OUTSIDE[1], kind="outside")
    top, ratings, sidecar = _inside(sheet, mesh, wiring)
    gate = _card(sheet, (_GATE[0], top), _GATE[1], words.way_out(wiring))
    addresses = _outside(sheet, outside, wiring)
    _way_out(sheet, _Stops(ratings, sidecar, gate, addresses), wiring)
    bottom = max(mesh.bottom, outside.bottom, gate.bottom)
    mesh.close(bottom)
    outside.close(bottom)
    bottom = _foot(sheet, bottom + 10, wiring)
    paper.close(bottom + 9.5)
    return sheet.finished(bottom + 10)


def _head(sheet: Sheet, wiring: Wiring) -> float:
    room = _WIDTH - 2 * _MARGIN
    y = sheet.text(words.title(wiring), (_MARGIN, 18), room, size=18, bold=True, most=2)
    return sheet.text(words.summary(wiring), (_MARGIN, y + 2), room, size=13) + 14


def _foot(sheet: Sheet, top: float, wiring: Wiring) -> float:
    room = _WIDTH - 2 * _MARGIN
    y = top
    if wiring.unfinished:
        text = f"An interrupted run left unfinished: {', '.join(wiring.unfinished)}."
        y = sheet.text(text, (_MARGIN, y), room, tone=Tone.AROUND)
    text = "Drawn from the stack's state, as Pulumi last saw it. No secret is in it."
    return sheet.text(text, (_MARGIN, y), room, size=11, tone=Tone.MUTED)


def _zone_head(sheet: Sheet, zone: Box, name: str, lines: Iterable[Line]) -> float:
    left, room = zone.left + 16, zone.right - zone.left - 32
    y = sheet.text(name, (left, zone.top + 12), room, size=13, bold=True)
    for line in lines:
        y = _line(sheet, line, (left, y), room, size=11.5)
    return y + 10


def _inside(sheet: Sheet, mesh: Box, wiring: Wiring) -> tuple[float, Box, Box]:
    """Draw what is in the mesh; give where it begins, the container and its sidecar."""
    y = _zone_head(sheet, mesh, "In the mesh", words.place(wiring))
    reviews = _services(sheet, mesh, y, wiring)
    ratings, sidecar, pods = _pods(sheet, mesh, reviews, wiring)
    kept = _card(sheet, (mesh.left + 16, pods.bottom + _GAP), 232, words.secret(wiring))
    if wiring.workload and wiring.workload.secret == wiring.secret:
        sheet.arrow([(kept.middle, kept.top), (kept.middle, ratings.bottom)], dashed=True)
        sheet.text("password", (kept.middle + 8, pods.bottom + 9), 100, size=11, tone=Tone.MUTED)
    mesh.close(kept.bottom + 16)
    return reviews.top, ratings, sidecar


def _services(sheet: Sheet, mesh: Box, top: float, wiring: Wiring) -> Box:
    """Draw who asks whom before ratings is asked; give the last of them."""
    left, boxes = mesh.left + 16, []
    names = ("browser", "productpage", words.version_of(wiring, "reviews"))
    for name, width in zip(names, (76, 110, 110), strict=True):
        box = sheet.box((left, top), width)
        at = (box.middle, top + 9)
        y = sheet.text(name, at, width - 8, size=13, bold=True, anchor="middle", most=2)
        boxes.append(box.close(y + 9))
        left += width + 30
    for before, after in pairwise(boxes):
        sheet.arrow([(before.right + 3, top + 18), (after.left - 3, top + 18)])
    return boxes[-1]


def _pods(sheet: Sheet, mesh: Box, reviews: Box, wiring: Wiring) -> tuple[Box, Box, Box]:
    """Draw the pods of ratings; give the container, the sidecar beside it, and the pods."""
    left = mesh.left + 16
    y = reviews.bottom + 10
    for line in words.routes(wiring):
        y = _line(sheet, line, (left, y), reviews.middle - left - 14, size=11.5)
    card = words.workload(wiring)
    pods = _begin(sheet, (left, y + 10), mesh.right - 16 - left, card)
    routed = bool(wiring.routes.get("ratings"))
    sheet.arrow(
        [(reviews.middle, reviews.bottom + 3), (reviews.middle, pods.top - 3)], dashed=not routed
    )
    y = pods.bottom + 6
    ratings = sheet.box((left + _PAD, y), 200, dashed=not card.there)
    y = sheet.text("ratings", (ratings.left + 10, y + 8), 180, size=13, bold=True)
    if wiring.workload:
        there = wiring.workload
        dials = f"{there.host}:{there.port}"
        y = sheet.text("dials", (ratings.left + 10, y), 180, size=11, tone=Tone.MUTED)
        y = sheet.text(dials, (ratings.left + 10, y), 180, size=11.5, code=True, most=10)
        y = sheet.text(f"as {there.user}", (ratings.left + 10, y), 180, size=11, tone=Tone.MUTED)
    bottom = max(y + 8, ratings.top + 76)
    ratings.close(bottom)
    sidecar = sheet.box((pods.right - _PAD - 104, ratings.top), 104, dashed=not card.there)
    y = sheet.text(
        "sidecar", (sidecar.middle, sidecar.top + 8), 96, size=13, bold=True, anchor="middle"
    )
    says = "answers DNS" if wiring.workload and wiring.workload.captures_dns else "Envoy"
    sheet.text(says, (sidecar.middle, y), 96, size=11, tone=Tone.MUTED, anchor="middle")
    around = isinstance(wiring.way, Bypass)
    sidecar.close(bottom - 26 if around else bottom)
    return ratings, sidecar, pods.close(bottom + _PAD)


def _outside(sheet: Sheet, zone: Box, wiring: Wiring) -> Box:
    """Draw the server; give its addresses."""
    y = _zone_head(sheet, zone, "Outside the mesh: MySQL", words.names(wiring))
    left, width = zone.left + 16, zone.right - zone.left - 32
    addresses = _card(sheet, (left, y), width, words.addresses(wiring))
    account = _card(sheet, (left, addresses.bottom + _GAP), width, words.account(wiring))
    table = _card(sheet, (left, account.bottom + _GAP), width, words.table(wiring))
    for above, below, text in ((addresses, account, "logs in as"), (account, table, "reads")):
        x = left + 40
        sheet.arrow([(x, above.bottom + 3), (x, below.top - 3)], dashed=wiring.way is None)
        sheet.text(text, (x + 12, above.bottom + 9), width - 60, size=11, tone=Tone.MUTED)
    zone.close(table.bottom + 16)
    return addresses


def _way_out(sheet: Sheet, stops: _Stops, wiring: Wiring) -> None:
    """Draw the way from the container to the addresses, as far as it goes."""
    ratings, sidecar, gate = stops.ratings, stops.sidecar, stops.gate
    across = _across(gate, stops.addresses)
    tone = words.way_out(wiring).tone
    y = (sidecar.top + sidecar.bottom) / 2
    match wiring.way:
        case ServiceEntry():
            sheet.arrow([(ratings.right + 2, y), (sidecar.left - 2, y)], tone=tone)
            sheet.arrow(_up_to(gate, (sidecar.right + 2, y), 3), tone=tone)
            sheet.arrow(across, tone=tone)
        case Bypass():
            under = ratings.bottom - 12
            sheet.arrow(_up_to(gate, (ratings.right + 2, under), 3), tone=tone, dashed=True)
            sheet.arrow(across, tone=tone, dashed=True)
        case None if wiring.workload:
            closed = _up_to(gate, (sidecar.right + 2, y), 22)
            sheet.arrow([(ratings.right + 2, y), (sidecar.left - 2, y)])
            sheet.arrow(closed, tone=tone, head=False)
            sheet.cross(closed[-1], tone=tone)
        case None:
            pass


def _up_to(gate: Box, start: Point, short: float) -> list[Point]:
    """Go from the pods to the gate: from below, or from beside it where it is that long."""
    y = start[1]
    if gate.bottom + 2 * short < y:
        return [start, (gate.middle, y), (gate.middle, gate.bottom + short)]
    return [start, (gate.left - short, y)]


def _across(gate: Box, addresses: Box) -> list[Point]:
    """Go from the gate to the addresses: straight, where they are beside one another."""
    start, end = gate.right + 2, addresses.left - 3
    low, high = max(gate.top, addresses.top) + 16, min(gate.bottom, addresses.bottom) - 16
    if low <= high:
        y = (low + high) / 2
        return [(start, y), (end, y)]
    turn, y, then = (start + _OUTSIDE[0]) / 2, gate.bottom - 24, addresses.top + 24
    return [(start, y), (turn, y), (turn, then), (end, then)]


def _card(sheet: Sheet, at: Point, width: float, card: Card) -> Box:
    box = _begin(sheet, at, width, card)
    return box.close(box.bottom + _PAD - 4)


def _begin(sheet: Sheet, at: Point, width: float, card: Card) -> Box:
    """Draw a card, still open at its bottom."""
    box = sheet.box(at, width, tone=card.tone, dashed=not card.there)
    left, room = box.left + _PAD, width - 2 * _PAD
    y = sheet.text(card.kind, (left, box.top + 9), room, size=10.5, tone=Tone.MUTED)
    tone = card.tone if card.there else Tone.MUTED
    y = sheet.text(card.title, (left, y), room, size=13, bold=True, tone=tone) + 2
    for line in card.lines:
        if isinstance(line, Row):
            y = _row(sheet, line, (left, y))
        else:
            y = _line(sheet, line, (left, y), room)
    box.bottom = y
    return box


def _line(sheet: Sheet, line: Line, at: Point, room: float, size: float = 12) -> float:
    return sheet.text(
        line.text, at, room, size=size, tone=line.tone, code=line.code, most=8, whole=line.whole
    )


def _row(sheet: Sheet, row: Row, at: Point) -> float:
    x, y = at
    below = sheet.text(f"review {row.review}", at, 116)
    x += 120
    if row.rating is None:
        sheet.text("no rating", (x, y), 140, tone=Tone.MUTED)
    elif 0 <= row.rating <= _STARS:
        for i in range(_STARS):
            sheet.star((x + 6 + i * 15, y + 8), 6.5, full=i < row.rating)
        sheet.text(str(row.rating), (x + 82, y), 40)
    else:
        sheet.text(str(row.rating), (x, y), 140)
    return below
