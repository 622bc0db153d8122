"""What is tried of an account that may only SELECT, and what the server's answers mean."""

from __future__ import annotations

from collections import Counter

import pytest

from mysql.account import Account
from mysql.attempts import ATTEMPTS, Answer, Attempt, beyond_select, in_words

READER = Account("bookinfo", "10.0.%")
AN_ATTEMPT = Attempt("INSERT", "INSERT INTO {table} () VALUES ()")
BY_NAME = {attempt.name: attempt for attempt in ATTEMPTS}


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (None, Answer.ALLOWED),
        (1044, Answer.REFUSED),  # to database
        (1045, Answer.REFUSED),  # for user
        (1142, Answer.REFUSED),  # for table
        (1143, Answer.REFUSED),  # for column
        (1227, Answer.REFUSED),  # you need (at least one of) the ... privilege(s)
        (1370, Answer.REFUSED),  # for routine
        (1401, Answer.REFUSED),  # XA RECOVER
        (1419, Answer.REFUSED),  # a trigger, with a binary log
        (6427, Answer.REFUSED),  # a spatial reference system
        (1064, Answer.NOT_HERE),  # syntax
        (1193, Answer.NOT_HERE),  # unknown system variable
        (3658, Answer.NOT_HERE),  # unsupported feature
        (0, Answer.UNKNOWN),  # closed already
        (1053, Answer.UNKNOWN),  # server shutdown
        (1205, Answer.UNKNOWN),  # lock wait timeout
        (1213, Answer.UNKNOWN),  # deadlock
        (1226, Answer.UNKNOWN),  # the account's limit
        (1290, Answer.UNKNOWN),  # --read-only
        (1317, Answer.UNKNOWN),  # interrupted
        (1820, Answer.UNKNOWN),  # password expired
        (2006, Answer.UNKNOWN),  # server has gone away
        (2013, Answer.UNKNOWN),  # lost connection
        (4031, Answer.UNKNOWN),  # disconnected for inactivity
        (1050, Answer.ALLOWED),  # table exists: past the privilege
        (1054, Answer.ALLOWED),  # unknown column: likewise
        (1146, Answer.ALLOWED),  # no such table
        (1305, Answer.ALLOWED),  # no such routine
        (1410, Answer.ALLOWED),  # may not create a user with GRANT: past GRANT OPTION
    ],
)
def test_an_answer_is_a_refusal_only_if_the_server_says_that_a_privilege_is_missing(
    error: int | None, answer: Answer
) -> None:
    assert AN_ATTEMPT.read(error) is answer


@pytest.mark.parametrize(("rows", "answer"), [(0, Answer.REFUSED), (1, Answer.ALLOWED)])
def test_where_the_server_hides_in_place_of_refusing_no_rows_are_the_refusal(
    rows: int, answer: Answer
) -> None:
    assert BY_NAME["SHOW DATABASES"].read(None, rows) is answer


def test_a_routine_that_may_not_be_seen_is_said_not_to_be_there() -> None:
    assert BY_NAME["SHOW_ROUTINE"].read(1305) is Answer.REFUSED
    assert BY_NAME["EXECUTE"].read(1305) is Answer.ALLOWED


def test_names_are_quoted() -> None:
    sql = BY_NAME["DELETE"].sql(READER, "a`b", "c`d")
    assert sql == "DELETE FROM `a``b`.`c``d` WHERE FALSE"


def test_names_are_quoted_inside_what_is_prepared() -> None:
    sql = BY_NAME["CREATE VIEW"].sql(READER, "it's", "c\\d")
    assert sql == ("PREPARE attempt FROM 'CREATE VIEW `it''s`.`c\\\\d` AS SELECT 1 AS a, 1 AS a'")


def test_the_account_is_the_one_that_tries() -> None:
    assert BY_NAME["CREATE USER"].sql(READER, "test", "ratings") == f"CREATE USER {READER}"


def test_each_attempt_has_a_name_and_a_statement_of_its_own() -> None:
    names = Counter(attempt.name for attempt in ATTEMPTS)
    statements = Counter(attempt.sql(READER, "test", "ratings") for attempt in ATTEMPTS)
    assert {*names.values(), *statements.values()} == {1}


def test_the_attempts_that_could_make_others_wait_come_last() -> None:
    waits = [attempt.waits for attempt in ATTEMPTS]
    assert waits == sorted(waits)
    assert [attempt.name for attempt in ATTEMPTS if attempt.waits] == ["DROP", "TRIGGER"]


def test_a_refusal_is_said_short() -> None:
    assert in_words(1142) == "refused (MySQL error 1142)"
    assert in_words(None) == "refused (shown nothing)"


SELECT = "GRANT SELECT ON `test`.`ratings` TO `bookinfo`@`%`"


@pytest.mark.parametrize(
    ("grants", "beyond"),
    [
        (["GRANT USAGE ON *.* TO `bookinfo`@`%`", SELECT], []),
        ([SELECT + " WITH GRANT OPTION"], ["SELECT ON `test`.`ratings` WITH GRANT OPTION"]),
        (["GRANT PROCESS ON *.* TO `bookinfo`@`%`", SELECT], ["PROCESS ON *.*"]),
        (["GRANT CLONE_ADMIN ON *.* TO `bookinfo`@`%`"], ["CLONE_ADMIN ON *.*"]),
        (["GRANT SELECT ON `test`.* TO `bookinfo`@`%`"], ["SELECT ON `test`.*"]),
        (["GRANT SELECT ON `test`.`secret` TO `bookinfo`@`%`"], ["SELECT ON `test`.`secret`"]),
        (["GRANT DROP ON `test`.`ratings` TO `bookinfo`@`%`"], ["DROP ON `test`.`ratings`"]),
        (["GRANT `writers`@`%` TO `bookinfo`@`%`"], ["`writers`@`%`"]),
        (["GRANT PROXY ON `root`@`%` TO `bookinfo`@`%`"], ["PROXY ON `root`@`%`"]),
        # Before MySQL 8.
        (["GRANT SELECT ON `test`.`ratings` TO 'bookinfo'@'%'"], []),
    ],
)
def test_what_the_account_has_besides_select_is_read_from_its_grants(
    grants: list[str], beyond: list[str]
) -> None:
    assert beyond_select(grants, "test", "ratings") == beyond
