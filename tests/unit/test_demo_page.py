"""Bookinfo's page is understood as a person sees it."""

from __future__ import annotations

from demo.page import UNAVAILABLE, Page, Review, fetch, read

STAR = '<svg id="glyphicon glyphicon-star" class="h-5"><path d="M1"/></svg>'
EMPTY_STAR = '<svg xmlns="http://www.w3.org/2000/svg" fill="none" class="h-5"></svg>'
DETAILS = """
<table><thead><tr><th>ISBN-10</th><th>Publisher</th></tr></thead>
<tbody><tr><td>1234567890</td><td>PublisherA</td></tr></tbody></table>
"""
NO_REVIEWS = """
<p class="text-2xl text-red-500">Error fetching product reviews</p>
<p class="text-lg text-gray-600">Sorry, product reviews are currently unavailable for this book.</p>
"""


def stars(number: int, color: str = "red") -> str:
    row = STAR * number + EMPTY_STAR * (5 - number)
    return f'<div class="flex gap-x-1 text-{color}-500">{row}</div>'


def complaint(text: str) -> str:
    return f'<p class="text-red-500">{text}</p>'


def review(reviewer: str, above: str) -> str:
    return f"""
    <section class="px-6"><div>{above}
      <blockquote class="mt-10"><p>"Read by {reviewer}."</p></blockquote>
      <div><img src="/static/img/izzy.png" alt="Izzy">
        <div><div class="font-semibold text-gray-900">{reviewer}</div>
        <div class="mt-0.5">Reviews served by: reviews-v3-0</div></div>
      </div>
    </section>
    """


def page(*parts: str) -> Page:
    # The quote that is missing is missing in the template, too.
    head = '<nav><a href="#">BookInfo Sample</a></nav><h1>The Comedy of Errors</h1>'
    return read(f'{head}<div class="container lg:px-8><div class="x">{"".join(parts)}</div></div>')


def test_stars_are_counted_for_each_review() -> None:
    seen = page(DETAILS, review("Reviewer1", stars(5)), review("Reviewer2", stars(4, "black")))
    assert seen == Page(
        status=200,
        product="The Comedy of Errors",
        details={"ISBN-10": "1234567890", "Publisher": "PublisherA"},
        reviews=[
            Review("Reviewer1", "Read by Reviewer1.", 5, "red", ""),
            Review("Reviewer2", "Read by Reviewer2.", 4, "black", ""),
        ],
        problems=[],
    )
    assert seen.stars == [5, 4]
    assert seen.rest_is_there
    assert not seen.says_unavailable


def test_what_stands_in_place_of_the_stars_is_read() -> None:
    seen = page(DETAILS, *(review(name, complaint(UNAVAILABLE)) for name in ("A", "B")))
    assert seen.stars == [None, None]
    assert seen.says_unavailable
    assert seen.rest_is_there


def test_one_review_with_stars_is_not_unavailable() -> None:
    assert not page(review("A", complaint(UNAVAILABLE)), review("B", stars(1))).says_unavailable


def test_a_page_without_stars_as_reviews_v1_makes_it_is_not_unavailable() -> None:
    seen = page(DETAILS, review("A", ""))
    assert seen.stars == [None]
    assert not seen.says_unavailable


def test_a_page_without_reviews_says_so_and_is_not_whole() -> None:
    seen = page(DETAILS, NO_REVIEWS)
    assert seen.problems == ["Error fetching product reviews"]
    assert seen.reviews == []
    assert not seen.rest_is_there
    assert not seen.says_unavailable


def test_something_else_than_the_page_is_an_empty_page() -> None:
    seen = read("upstream connect error or disconnect/reset before headers", 503)
    assert seen == Page(503, "", {}, [], [])
    assert not seen.rest_is_there


def test_a_page_is_said_in_a_line() -> None:
    assert (
        str(page(DETAILS, review("A", stars(4)), review("B", complaint(UNAVAILABLE))))
        == f"The Comedy of Errors; A: ★★★★☆; B: {UNAVAILABLE}"
    )
    assert str(read("", 503)) == "HTTP status 503"


def test_a_page_that_nobody_serves_is_an_empty_page() -> None:
    seen = fetch("http://127.0.0.1:1/productpage")
    assert not seen.rest_is_there
    assert str(seen).startswith("no page; no answer from http://127.0.0.1:1/productpage (")
