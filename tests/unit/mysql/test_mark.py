"""The mark that says whose a table or an account is: what is written is read, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysql.mark import Mark

UUIDS = st.uuids().map(str)
MARKS = st.builds(Mark, UUIDS, UUIDS)
KEPT = st.builds(Mark, UUIDS, UUIDS, UUIDS)
_LONGEST_COMMENT = 2048
"""https://dev.mysql.com/doc/refman/9.7/en/create-table.html"""


@given(MARKS)
def test_the_mark_of_a_table_is_read_back(mark: Mark) -> None:
    assert Mark.of_comment(mark.comment) == mark
    assert len(mark.comment) <= _LONGEST_COMMENT


@given(st.one_of(MARKS, KEPT))
def test_the_mark_of_an_account_is_read_back_as_text_and_as_what_it_says(mark: Mark) -> None:
    for attribute in (mark.attribute, mark.attribute.encode(), json.loads(mark.attribute)):
        assert Mark.of_attribute(attribute) == mark


@given(KEPT)
def test_an_account_that_is_kept_says_who_keeps_it_and_is_its_holders_as_before(mark: Mark) -> None:
    before = Mark(mark.owner, mark.holder)
    assert Mark.of_attribute(before.attribute) == before != mark
    # MySQL merges what is new into what is there, and takes nothing away.
    (there,), (kept,) = (json.loads(each.attribute).values() for each in (before, mark))
    assert (there | kept, kept | there) == (kept, there)


def test_who_keeps_an_account_is_said_of_it_alone() -> None:
    assert Mark.of_attribute(Mark("0f3b", "5f2a").attribute) == Mark("0f3b", "5f2a", kept="")
    assert Mark.of_comment(Mark("0f3b", "5f2a", kept="91ce").comment) == Mark("0f3b", "5f2a")


@given(st.one_of(MARKS, KEPT))
def test_a_mark_needs_no_escaping_in_sql(mark: Mark) -> None:
    assert not set(mark.comment + mark.attribute) & set("'\\%")


def test_who_looks_at_a_table_is_told_what_the_mark_means() -> None:
    assert Mark("0f3b", "5f2a").comment == (
        "external-mysql 0f3b/5f2a: made by this stack, and dropped by it unless others add to it"
    )


def test_a_mark_is_read_whatever_it_says_of_itself() -> None:
    for more in ("", ": ", ": made by\nthis stack", ": a/b: c"):
        assert Mark.of_comment(f"external-mysql 0f3b/5f2a{more}") == Mark("0f3b", "5f2a")


def test_what_others_put_into_an_accounts_attribute_stays_beside_the_mark() -> None:
    mark = Mark("0f3b", "5f2a")
    merged = {"comment": "ask Ann before you drop it", **json.loads(mark.attribute)}
    assert Mark.of_attribute(json.dumps(merged)) == mark


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "VIEW",
            "external-mysql",
            "external-mysql ",
            "external-mysql /",
            "external-mysql /5f",
        ),
        *("external-mysql 0f3b: made by this stack", "external-mysql 0f3b/: made by this stack"),
        *("my external-mysql 0f3b/5f2a: made by this stack", "external-mysql 0f3b/5f2a made by"),
    ],
)
def test_a_table_of_another_comment_is_nobodys(text: str) -> None:
    assert Mark.of_comment(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *(None, "null", "[]", "5", '"external-mysql"', "{}"),
        *('{"comment": "external-mysql 0f3b/5f2a"}', '{"external-mysql": null}'),
        *('{"external-mysql": "0f3b"}', '{"external-mysql": ["owner", "holder"]}'),
        *('{"external-mysql": {"owner": "0f3b"}}', '{"external-mysql": {"holder": "5f2a"}}'),
        '{"owner": "0f3b", "holder": "5f2a"}',
    ],
)
def test_an_account_of_another_attribute_is_nobodys(text: str | None) -> None:
    assert Mark.of_attribute(text) is None


@given(MARKS, MARKS)
def test_no_stack_and_no_resource_takes_anothers_mark_for_its_own(one: Mark, other: Mark) -> None:
    for read in (Mark.of_comment(one.comment), Mark.of_attribute(one.attribute)):
        assert read
        assert (read.owner == other.owner) == (one.owner == other.owner)
        assert (read == other) == (one == other)
