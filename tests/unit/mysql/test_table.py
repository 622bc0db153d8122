"""The table in SQL: what it is to be, what is wrong with one, and the statement that mends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysql.mark import Mark
from mysql.table import COLUMNS, KEY, Definition, comment, create, in_words, qualified, repair

MARK = Mark("0f3b1a52-7c1d-4c59-9a53-2f1a6d6c7e11", "5f2a3c1e-0b7d-4a6f-8d0e-6f1b2c3d4e5f")
ARTICLE = Definition(COLUMNS, KEY, [])
# As `READ_COLUMNS` gives them: name, type, whether it may be NULL, key.
REVIEW = ("ReviewID", "int", "NO", "PRI")
RATING = ("Rating", "int", "YES", "")


def test_it_is_made_as_the_article_has_it_and_with_the_mark_of_whose_it_is() -> None:
    statement = create("test", MARK)
    made, _, mark = statement.partition(" COMMENT=")
    assert made == (
        "CREATE TABLE `test`.`ratings` (`ReviewID` int NOT NULL, `Rating` int, "
        "PRIMARY KEY (`ReviewID`)) ENGINE=InnoDB"
    )
    assert Mark.of_comment(mark.strip("'")) == MARK


def test_another_comment_is_the_one_value_of_its_statement() -> None:
    assert comment("a`b") == "ALTER TABLE `a``b`.`ratings` COMMENT = %s"


def test_a_database_of_another_name_stays_one_identifier() -> None:
    assert qualified("a`b") == "`a``b`.`ratings`"


def test_the_articles_table_is_read_as_such_and_needs_no_mending() -> None:
    held = Definition.of([REVIEW, RATING])
    assert held == ARTICLE
    assert repair("test", held) is None
    assert in_words(held) == []


def test_a_display_width_as_older_servers_show_it_is_no_difference() -> None:
    held = Definition.of([("ReviewID", "int(11)", "NO", "PRI"), ("Rating", "int(11)", "YES", "")])
    assert held == ARTICLE


def test_columns_of_others_are_read_apart_and_stay() -> None:
    held = Definition.of([REVIEW, RATING, ("Remark", "varchar(40)", "YES", "")])
    assert held == Definition(COLUMNS, KEY, ["Remark"])
    assert repair("test", held) is None


@pytest.mark.parametrize(
    ("held", "steps", "words"),
    [
        (
            [REVIEW, ("Rating", "bigint", "YES", "")],
            "MODIFY COLUMN `Rating` int",
            ["column Rating: bigint -> int"],
        ),
        (
            [REVIEW, ("Rating", "int", "NO", "")],
            "MODIFY COLUMN `Rating` int",
            ["column Rating: int NOT NULL -> int"],
        ),
        (
            [REVIEW, ("Rating", "int unsigned", "YES", "")],
            "MODIFY COLUMN `Rating` int",
            ["column Rating: int unsigned -> int"],
        ),
        ([REVIEW], "ADD COLUMN `Rating` int", ["column Rating: gone -> int"]),
        (
            [("ReviewID", "int", "NO", ""), RATING],
            "ADD PRIMARY KEY (`ReviewID`)",
            ["primary key: gone -> ReviewID"],
        ),
        (
            [REVIEW, ("Rating", "int", "NO", "PRI")],
            "MODIFY COLUMN `Rating` int, DROP PRIMARY KEY, ADD PRIMARY KEY (`ReviewID`)",
            ["column Rating: int NOT NULL -> int", "primary key: ReviewID, Rating -> ReviewID"],
        ),
        (
            [("Remark", "text", "YES", "")],
            (
                "ADD COLUMN `ReviewID` int NOT NULL, ADD COLUMN `Rating` int, "
                "ADD PRIMARY KEY (`ReviewID`)"
            ),
            [
                "column ReviewID: gone -> int NOT NULL",
                "column Rating: gone -> int",
                "primary key: gone -> ReviewID",
            ],
        ),
    ],
    ids=[
        *("another type", "not null", "unsigned", "column gone"),
        *("key gone", "wider key", "nothing left"),
    ],
)
def test_what_somebody_changed_is_said_and_mended(
    held: list[tuple[str, str, str, str]], steps: str, words: list[str]
) -> None:
    definition = Definition.of(held)
    assert repair("test", definition) == f"ALTER TABLE `test`.`ratings` {steps}"
    assert in_words(definition) == words


@given(
    st.dictionaries(st.sampled_from([*COLUMNS, "Remark"]), st.sampled_from(["int", "text"])),
    st.lists(st.sampled_from([*COLUMNS, "Remark"]), unique=True),
)
def test_it_is_said_whenever_something_is_mended(columns: dict[str, str], key: list[str]) -> None:
    held = Definition(columns, key)
    assert bool(in_words(held)) == bool(repair("test", held))
