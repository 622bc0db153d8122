"""What an engineer who points the program at a production database counts on, each seen broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sandbox.kubectl import Kubectl
from sandbox.stack import Run, Stack
from tests.engine.parts import Database

READER = "'bookinfo'@'%'"


def remedy(run: Run, stack: Stack) -> str:
    """Run the command that the errors of a run print, and give what it printed."""
    (command,) = {
        command for error in run.errors for command in re.findall(r"`pulumi ([^`]+)`", error)
    }
    return stack.run(*command.split(), "--yes").text


@contextmanager
def of_others(database: Database, make: str, unmake: str) -> Iterator[None]:
    database(make)
    try:
        yield
    finally:
        database(unmake)


# --- 1. rights

EXTRA = [
    *(
        (f"{right} ON test.ratings", f"{right} ON `test`.`ratings`")
        for right in ("DROP", "ALTER", "INDEX", "TRIGGER", "CREATE VIEW", "SHOW VIEW", "REFERENCES")
    ),
    *(
        (f"{right} ON test.*", f"{right} ON `test`.*")
        for right in ("LOCK TABLES", "EXECUTE", "CREATE TEMPORARY TABLES", "EVENT")
    ),
    *(
        (f"{right} ON *.*", f"{right} ON *.*")
        for right in ("FILE", "PROCESS", "RELOAD", "CREATE USER", "SHOW DATABASES")
    ),
    ("SELECT (Host) ON mysql.user", "SELECT (`Host`) ON `mysql`.`user`"),
    ("BACKUP_ADMIN ON *.*", "BACKUP_ADMIN ON *.*"),
]


def test_each_right_beyond_select_is_named_by_a_preview_and_taken_back_by_up(
    stack: Stack, database: Database
) -> None:
    for granted, _ in EXTRA:
        database(f"GRANT {granted} TO {READER}")
    database("CREATE ROLE keeper")
    database(f"GRANT keeper TO {READER}")  # and never activated
    try:
        preview = stack.preview("--refresh", "--diff").text
        for _, named in (*EXTRA, ("", "ROLE 'keeper'@'%'")):
            assert f"{READER} also holds {named}: it is taken back" in preview
        stack.up("--refresh")
        grants = {line for (line,) in database(f"SHOW GRANTS FOR {READER}")}
        assert grants == {
            "GRANT USAGE ON *.* TO `bookinfo`@`%`",
            "GRANT SELECT ON `test`.`ratings` TO `bookinfo`@`%`",
        }
        stack.up("--refresh", "--expect-no-changes")
    finally:
        database("DROP ROLE keeper")


def test_another_account_that_matches_better_is_named(
    stack: Stack, database: Database, ready: Callable[[], object]
) -> None:
    with of_others(
        database, "CREATE USER 'bookinfo'@'198.%'", "DROP USER IF EXISTS 'bookinfo'@'198.%'"
    ):
        run = stack.up("--refresh", ok=False)
        (error,) = [each for each in run.errors if "DROP USER 'bookinfo'@'198.%'" in each]
        assert f"'bookinfo'@'198.%' would be taken for {READER}" in error
        database(error.partition("remove it: ")[2])
        stack.up("--refresh")
        ready()
        stack.up("--refresh", "--expect-no-changes")


def test_a_revoked_grant_is_granted_again(
    stack: Stack, database: Database, ready: Callable[[], object]
) -> None:
    database(f"REVOKE SELECT ON test.ratings FROM {READER}")
    text = stack.up("--refresh").text
    assert f"{READER} lacks SELECT ON `test`.`ratings`: it is granted" in text
    ready()
    stack.up("--refresh", "--expect-no-changes")


def test_a_login_that_somebody_changed_is_named_and_put_right(
    stack: Stack, database: Database, ready: Callable[[], object]
) -> None:
    database(f"ALTER USER {READER} IDENTIFIED BY 'typed by somebody' REQUIRE X509 ACCOUNT LOCK")
    preview = stack.preview("--refresh").text
    for named in ("password", "tls", "locked"):
        assert f"{READER} was changed, {named}: " in preview
    stack.up("--refresh")
    ready()
    stack.up("--refresh", "--expect-no-changes")
    assert stack.outputs()["ratings"] == {"1": 5, "2": 4}


# --- 2. what others made in the database


def test_destroy_leaves_what_others_made_says_so_and_goes_on(
    stack: Stack, database: Database
) -> None:
    database("CREATE TABLE test.theirs (i INT)")
    database("INSERT INTO test.ratings VALUES (7, 3)")
    text = stack.destroy().text
    try:
        assert "the table test.ratings stays" in text
        assert "ReviewID 7" in text
        assert "the database test stays" in text
        assert "table theirs" in text
        assert stack.resources() == []
        assert database.rows() == {7: 3}
        assert "bookinfo" not in database.accounts()
    finally:
        database("DROP DATABASE test")
        stack.up()


# --- 3. rows of others


def test_a_row_of_others_is_never_taken_over(stack: Stack, database: Database) -> None:
    database("INSERT INTO test.ratings VALUES (7, 3)")
    stack.set(ratings={"7": 2})
    for run in (stack.preview(ok=False), stack.up(ok=False)):
        (error,) = [each for each in run.errors if "ReviewID 7" in each]
        assert "is a row that this stack did not make" in error
    assert database.rows() == {1: 5, 2: 4, 7: 3}
    stack.set(ratings=None)
    stack.up()
    assert database.rows() == {1: 5, 2: 4, 7: 3}
    database("DELETE FROM test.ratings WHERE ReviewID = 7")


# --- 4. one row, and all rows


def test_one_rating_is_set_and_the_other_stays(stack: Stack, database: Database) -> None:
    stack.run("config", "set", "--path", "external-mysql:ratings.1", "1")
    stack.up()
    assert database.rows() == {1: 1, 2: 4}
    stack.run("config", "rm", "external-mysql:ratings")
    stack.up()


def test_all_ratings_are_set_to_one(stack: Stack, database: Database) -> None:
    stack.run("config", "set", "--path", "external-mysql:ratings.all", "1")
    preview = stack.preview().text
    assert "ReviewID 1: 5 -> 1" in preview
    assert "ReviewID 2: 4 -> 1" in preview
    stack.up()
    assert database.rows() == {1: 1, 2: 1}
    stack.run("config", "rm", "--path", "external-mysql:ratings.all")
    stack.up()
    assert database.rows() == {1: 5, 2: 4}


def test_null_deletes_a_row(stack: Stack, database: Database) -> None:
    stack.run("config", "set", "--path", "external-mysql:ratings.2", "null")
    stack.up()
    assert database.rows() == {1: 5}
    stack.set(ratings=None)
    stack.up()


# --- 5. remedies


def test_an_account_that_somebody_changed_is_mended_by_the_command_that_the_proof_prints(
    stack: Stack, database: Database, ready: Callable[[], object]
) -> None:
    for change, named in (
        (f"ALTER USER {READER} IDENTIFIED BY 'typed by somebody'", "cannot log in"),
        (f"GRANT DROP ON test.ratings TO {READER}", "DROP ON `test`.`ratings`"),
    ):
        database(change)
        # Another row, so that it is proven again.
        stack.set(ratings={"3": 3} if "cannot" in named else None)
        run = stack.up(ok=False)
        assert any(named in each for each in run.errors)
        remedy(run, stack)
    ready()
    stack.up("--refresh", "--expect-no-changes")


# --- 8. the table's key


def test_a_lost_primary_key_is_seen_and_mended(stack: Stack, database: Database) -> None:
    database("ALTER TABLE test.ratings DROP PRIMARY KEY")
    text = stack.up("--refresh").text
    assert "primary key: gone -> ReviewID" in text
    assert database("SHOW KEYS FROM test.ratings")


def test_duplicates_behind_a_lost_key_are_named(stack: Stack, database: Database) -> None:
    database("ALTER TABLE test.ratings DROP PRIMARY KEY")
    database("INSERT INTO test.ratings VALUES (1, 3)")
    run = stack.up("--refresh", ok=False)
    assert any("has ReviewID 1 more than once" in each for each in run.errors)
    database("DELETE FROM test.ratings WHERE Rating = 3")
    stack.up("--refresh")
    stack.up("--refresh", "--expect-no-changes")


# --- 10. passwords


def test_a_generated_password_has_signs_of_every_kind(stack: Stack, cluster: Kubectl) -> None:
    secret = stack.outputs()["secret"]
    password = cluster(
        "get", "secret", secret, "-o", "go-template={{.data.password | base64decode}}"
    )
    kinds = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[-_.:+]")
    assert all(len(re.findall(kind, password)) >= 2 for kind in kinds)


# --- 13. rows of others in numbers


def test_many_rows_of_others_are_counted_in_one_line_and_kept_out_of_the_state(
    stack: Stack, database: Database
) -> None:
    database(
        "INSERT INTO test.ratings WITH RECURSIVE n (i) AS "
        "(SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 299) SELECT i, 3 FROM n"
    )
    text = stack.up("--refresh").text
    assert (
        "test.ratings has 200 rows (ReviewID 100, 101, 102, 103, 104 and others) that this stack "
        "did not make" in text
    )
    assert '"299"' not in stack.state()
    database("DELETE FROM test.ratings WHERE ReviewID >= 100")
    stack.up("--refresh")


# --- a resource in another one's place


OF_OURS = [
    f"--replace=**mysql-extra:index:{kind}**"
    for kind in ("Server", "Schema", "RatingsTable", "Account", "Rights", "Proof")
]


def test_whatever_of_ours_is_replaced_stays_as_it_is(stack: Stack, database: Database) -> None:
    text = stack.up(*OF_OURS, "--replace=**mysql:index/grant:Grant**").text
    assert "stays" not in text
    assert database.rows() == {1: 5, 2: 4}
    stack.up("--refresh", "--expect-no-changes")


def test_another_mark_is_put_on_all_that_has_the_one_before(
    stack: Stack, database: Database
) -> None:
    assert "stays" not in stack.up("--replace=**RandomUuid**").text
    assert database.rows() == {1: 5, 2: 4}
    stack.up("--refresh", "--expect-no-changes")


def test_where_all_is_replaced_and_the_mark_too_nothing_is_lost_and_an_update_mends_it(
    stack: Stack, database: Database
) -> None:
    # The engine tells nobody whose it was.
    (line,) = set(stack.up("--replace=**RandomUuid**", *OF_OURS, ok=False).errors[:1])
    assert "this stack did not make it" in line
    assert database.rows() == {1: 5, 2: 4}
    stack.up()
    assert database.rows() == {1: 5, 2: 4}
    stack.up("--refresh", "--expect-no-changes")
