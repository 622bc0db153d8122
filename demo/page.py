"""Bookinfo's page, as a person sees it: the product, its details, the reviews and their stars."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

UNAVAILABLE = "Ratings service is currently unavailable"

_PATIENCE = 20
"""Seconds; the page itself waits up to 3 s twice for the reviews."""

_COLOR = re.compile(r"\btext-(?P<color>\w+)-500\b")

# The page is on this machine: a proxy in the environment would look for it elsewhere.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Review:
    """A review, and what stands above it.

    Attributes:
        reviewer: Who wrote it.
        text: What was written.
        stars: How many stars are filled; None where there are no stars.
        color: Of the stars: red is reviews v3, black v2; empty where there are none.
        complaint: What stands there instead of the stars; empty where nothing does.
    """

    reviewer: str
    text: str
    stars: int | None
    color: str
    complaint: str


@dataclass(frozen=True)
class Page:
    """What the page shows.

    Attributes:
        status: HTTP status; 0 where nobody answered.
        product: Title of the product.
        details: Its details by their headings; empty where they could not be fetched.
        reviews: The reviews in order; empty where they could not be fetched.
        problems: What the page says it could not fetch.
    """

    status: int
    product: str
    details: dict[str, str]
    reviews: list[Review]
    problems: list[str]

    @property
    def stars(self) -> list[int | None]:
        """The stars of each review."""
        return [review.stars for review in self.reviews]

    @property
    def says_unavailable(self) -> bool:
        """Whether every review says that there are no ratings now."""
        return bool(self.reviews) and all(r.complaint == UNAVAILABLE for r in self.reviews)

    @property
    def rest_is_there(self) -> bool:
        """Whether all but the ratings is as it should be: product, details and reviews."""
        return bool(self.product and self.details and self.reviews) and not self.problems

    def __str__(self) -> str:
        """Say in a line what a person sees."""
        reviews = [
            f"{review.reviewer}: {_stars(review.stars) or review.complaint or 'no stars'}"
            for review in self.reviews
        ]
        product = self.product or (f"HTTP status {self.status}" if self.status else "no page")
        return "; ".join([product, *reviews, *self.problems])


def fetch(address: str) -> Page:
    """Ask for the page and read it; where nobody answers, it is empty and has that for a problem.

    Args:
        address: Its URL.
    """
    try:
        with _DIRECT.open(address, timeout=_PATIENCE) as answer:
            return read(answer.read().decode(), answer.status)
    except urllib.error.HTTPError as error:  # an answer too
        return read(error.read().decode(), error.code)
    except OSError as error:
        return Page(0, "", {}, [], [f"no answer from {address} ({error})"])


def read(html: str, status: int = 200) -> Page:
    """Read what `templates/productpage.html` of Bookinfo's productpage makes."""
    soup = BeautifulSoup(html, "html.parser")
    headings, values = (
        [_text(cell) for cell in soup.select(f"table {tag}")] for tag in ("th", "td")
    )
    return Page(
        status=status,
        product=_text(soup.h1),
        details=dict(zip(headings, values, strict=True)),
        reviews=[_review(section) for section in soup.select("section")],
        problems=[_text(said) for said in soup.find_all("p") if "Error fetching" in _text(said)],
    )


def _review(section: Tag) -> Review:
    # Each filled star has this for its id; the empty ones have none.
    filled = section.find_all("svg", id="glyphicon glyphicon-star")
    return Review(
        reviewer=_text(section.find("div", class_="font-semibold")),
        text=_text(section.blockquote).strip('"'),
        stars=len(filled) or None,
        color=_color(filled[0].parent) if filled else "",
        complaint=_text(section.find("p", class_="text-red-500")),
    )


def _color(row: Tag | None) -> str:
    found = _COLOR.search(" ".join(row.get_attribute_list("class"))) if row else None
    return found["color"] if found else ""


def _text(tag: Tag | None) -> str:
    return tag.get_text(" ", strip=True) if tag else ""


def _stars(stars: int | None) -> str:
    return "★" * stars + "☆" * (5 - stars) if stars else ""
