"""The provider against the real server: what it takes over is given back as it was found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from provider import adopted_account, adopted_table
from provider.protocol.service import RefusedError
from provider.protocol.values import Properties
from tests.engine.parts import Database
from tests.engine.stand import PASSWORD, Stand

THEIRS = (
    "CREATE TABLE test.ratings (ReviewID INT NOT NULL, Rating INT, note VARCHAR(9) DEFAULT 'x', "
    "PRIMARY KEY (ReviewID)) COMMENT 'The \"DBA''s\" table: 100 % \\\\ ours, são'"
)
ROWS = {1: 3, 4: None, 7: 2}
ADOPTED = {1: 5, 2: 4, 4: None, 7: 2}


@pytest.fixture
def stand(database: Database, environment: dict[str, str]) -> Iterator[Stand]:
    database("CREATE DATABASE test")
    database(THEIRS)
    for review, rating in ROWS.items():
        database("INSERT INTO test.ratings (ReviewID, Rating) VALUES (%s, %s)", review, rating)
    stand = Stand(database, environment)
    stand.of_table["adopt"] = True
    yield stand
    database("DROP DATABASE test")


def found(stand: Stand) -> tuple[Any, ...]:
    """Give all that there is to be seen of the table."""
    return (*stand.database("SHOW CREATE TABLE test.ratings"), *rows(stand).items())


def rows(stand: Stand) -> dict[int, int | None]:
    return dict(stand.database("SELECT ReviewID, Rating FROM test.ratings"))


def adopted(stand: Stand, **inputs: object) -> Properties:
    """Plan it, then do it; gives its state."""
    stand.of_table.update(inputs)
    stand.table.plan("", None, stand.of_table)
    return stand.table.create("", stand.of_table)[1]


def updated(stand: Stand, state: Properties, **inputs: object) -> Properties:
    stand.of_table.update(inputs)
    stand.table.plan("", state, stand.of_table)
    return stand.table.update("", state, stand.of_table)


# --- the table


def test_a_row_that_was_added_stays_where_others_count_on_it_by_then(stand: Stand) -> None:
    state = adopted(stand)
    stand.database(
        "CREATE TABLE test.theirs (i INT, FOREIGN KEY (i) REFERENCES test.ratings (ReviewID) "
        "ON DELETE CASCADE)"
    )
    stand.database("INSERT INTO test.theirs VALUES (2)")
    stand.table.delete("", state)
    assert "ReviewID 2 of test.ratings cannot go" in "\n".join(stand.said.lines)
    assert rows(stand) == {**ROWS, 2: 4}
    assert stand.database("SELECT i FROM test.theirs") == [(2,)]


def test_a_table_is_taken_over_and_given_back_as_it_was_found(stand: Stand) -> None:
    before = found(stand)
    state = adopted(stand)
    assert rows(stand) == ADOPTED
    assert state["rows"] == {"1": 5, "2": 4}
    assert (state["adopted"], state["former"]) == (True, {"1": 3})
    said = "\n".join(stand.said.lines)
    assert "test.ratings is taken over as it is, and given back by `destroy`" in said
    assert "test.ratings has a row of others, ReviewID 1: 3 -> 5 until it is given back" in said
    again = stand.table.read("", state, stand.of_table)
    assert again is not None
    assert stand.table.diff("", again.state, stand.of_table) == []
    stand.said.lines.clear()
    stand.table.delete("", state)
    assert found(stand) == before
    assert stand.said.lines == []
    stand.table.delete("", state)  # as after a run that was cut off
    assert found(stand) == before
    assert stand.said.lines == []


def test_a_row_that_is_wanted_no_more_is_what_it_was(stand: Stand) -> None:
    before = found(stand)
    state = adopted(stand)
    state = updated(stand, state, rows={"7": 1})
    assert rows(stand) == {1: 3, 4: None, 7: 1}
    state = updated(stand, state, rows={"1": 2, "4": 4})
    assert rows(stand) == {1: 2, 4: 4, 7: 2}
    stand.table.delete("", state)
    assert found(stand) == before


def test_the_difference_says_what_a_row_becomes_again(stand: Stand) -> None:
    state = adopted(stand)
    stand.said.lines.clear()
    stand.table.diff("", state, {**stand.of_table, "rows": {}})
    assert stand.said.lines == ["ReviewID 1: 5 -> 3", "ReviewID 2: 4 -> no row"]


@pytest.mark.parametrize("wanted", [{"1": 5, "2": 4}, {"2": 1}, {}])
@pytest.mark.parametrize("writes", ["apply", "comment", None])
def test_a_run_that_is_cut_off_anywhere_loses_nothing(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, writes: str | None, wanted: dict[str, int]
) -> None:
    before = found(stand)
    if writes:
        with monkeypatch.context() as patched:
            patched.setattr(adopted_table, writes, cut_off)
            with pytest.raises(KeyboardInterrupt):
                adopted(stand)
    else:
        adopted(stand)  # and its state is lost
    state = adopted(stand, rows=wanted)
    assert rows(stand) == {**ROWS, **{int(review): rating for review, rating in wanted.items()}}
    stand.table.delete("", state)
    assert found(stand) == before


def cut_off(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_no_resource_knows_of_is_given_back_with_the_server(stand: Stand) -> None:
    before = found(stand)
    adopted(stand)  # and its state is lost
    state = {**{name: stand.of_table[name] for name in ("server", "owner", "database")}}
    stand.server.delete("", {**state, "uuid": state["server"], "adopt": ["Table/ratings"]})
    assert found(stand) == before


def test_a_table_whose_resource_is_replaced_stays_adopted(stand: Stand) -> None:
    before = found(stand)
    old = adopted(stand)
    new = adopted(stand)
    stand.said.lines.clear()
    stand.table.delete("", old)
    assert rows(stand) == ADOPTED
    assert stand.said.lines == []
    stand.table.delete("", new)
    assert found(stand) == before


def test_another_mark_of_the_stack_keeps_what_the_table_was(stand: Stand) -> None:
    before = found(stand)
    state = adopted(stand)
    state = updated(stand, state, owner="another-mark")
    stand.table.delete("", state)
    assert found(stand) == before


def test_it_is_refused_where_nobody_said_so_and_where_it_is_another_stacks(stand: Stand) -> None:
    before = found(stand)
    with pytest.raises(RefusedError, match=r"external-mysql:adopt: .* add Table/ratings there to"):
        adopted(stand, adopt=False)
    assert found(stand) == before
    adopted(stand, adopt=True)
    taken = found(stand)
    with pytest.raises(RefusedError, match="is another stack's, by its mark"):
        adopted(stand, owner="another-stack")
    assert found(stand) == taken


@pytest.mark.parametrize(
    ("alter", "inputs", "words"),
    [
        ("MODIFY Rating SMALLINT", {}, r"column Rating: smallint -> int"),
        ("MODIFY ReviewID BIGINT", {}, r"column ReviewID: bigint NOT NULL -> int NOT NULL"),
        ("DROP PRIMARY KEY", {}, r"primary key: gone -> ReviewID"),
        ("DROP COLUMN Rating", {}, r"column Rating: gone -> int"),
        ("ADD COLUMN who INT NOT NULL", {}, r"ReviewID 2 would be added, and its column who takes"),
        (
            "COMMENT 'x'",
            {"rows": {str(i): 5 for i in range(300)}},
            r"has 2048 characters, and what",
        ),
        ("COMMENT 'x'", {"exclusive": True}, r"exclusiveRows: test.ratings was adopted"),
    ],
)
def test_what_could_not_be_given_back_is_refused_in_one_line(
    stand: Stand, alter: str, inputs: Properties, words: str
) -> None:
    stand.database(f"ALTER TABLE test.ratings {alter}")
    before = stand.database("SHOW CREATE TABLE test.ratings")
    wanted = {**stand.of_table, **inputs}
    for change in (partial(stand.table.plan, "", None), partial(stand.table.create, "")):
        with pytest.raises(RefusedError, match=words) as refused:
            change(wanted)
        assert "\n" not in str(refused.value)
    assert stand.database("SHOW CREATE TABLE test.ratings") == before


def test_a_column_that_has_to_have_a_value_is_no_obstacle_where_no_row_is_added(
    stand: Stand,
) -> None:
    stand.database("ALTER TABLE test.ratings ADD COLUMN who INT NOT NULL")
    before = found(stand)
    state = adopted(stand, rows={"1": 5, "7": 5})
    assert rows(stand) == {1: 5, 4: None, 7: 5}
    stand.table.delete("", state)
    assert found(stand) == before


def test_a_view_of_that_name_is_not_taken_over(stand: Stand) -> None:
    stand.database("RENAME TABLE test.ratings TO test.real_ratings")
    stand.database("CREATE VIEW test.ratings AS SELECT ReviewID, Rating FROM test.real_ratings")
    with pytest.raises(RefusedError, match="its structure is not changed"):
        stand.table.create("", stand.of_table)


def test_the_structure_of_an_adopted_table_is_not_mended(stand: Stand) -> None:
    state = adopted(stand)
    stand.database("ALTER TABLE test.ratings MODIFY Rating BIGINT")
    with pytest.raises(RefusedError, match="column Rating: bigint -> int"):
        updated(stand, state, rows={"1": 1})
    assert rows(stand) == ADOPTED


def test_where_there_is_no_table_one_is_made_and_dropped(stand: Stand) -> None:
    stand.database("DROP TABLE test.ratings")
    state = adopted(stand)
    assert state["adopted"] is False
    stand.table.delete("", state)
    assert stand.database("SHOW TABLES FROM test") == []


def test_nobody_writes_a_row_between_look_and_write(stand: Stand) -> None:
    with stand.database.server.connect() as theirs, theirs.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE test.ratings SET Rating = 4 WHERE ReviewID = 1")  # not to be seen
        with pytest.raises(RefusedError, match="another session holds a lock"):
            adopted(stand)
        theirs.commit()
    state = adopted(stand)
    assert state["former"] == {"1": 4}
    stand.table.delete("", state)
    assert rows(stand) == {**ROWS, 1: 4}


# --- the account

THEIR_PASSWORD = "Th3irs:the-DBA's+own"  # noqa: S105
THEIR_ACCOUNT = "CREATE USER bookinfo IDENTIFIED BY %s REQUIRE SSL WITH MAX_USER_CONNECTIONS 7"
THEIR_RIGHTS = (
    "SELECT ON test.ratings",
    "SELECT, INSERT ON test.*",
    "UPDATE (Rating) ON test.ratings",
    "GRANT OPTION ON test.*",
)


@pytest.fixture
def reader(stand: Stand) -> Iterator[Stand]:
    stand.database(
        f"{THEIR_ACCOUNT} PASSWORD EXPIRE NEVER COMMENT 'the \"DBA''s\", 100 %%'", THEIR_PASSWORD
    )
    for right in THEIR_RIGHTS:
        stand.database(f"GRANT {right} TO bookinfo")
    for inputs in (stand.of_name, stand.of_account):
        inputs["adopt"] = True
    yield stand
    for user, host in stand.database("SELECT User, Host FROM mysql.user WHERE User LIKE 'bookin%'"):
        stand.database("DROP USER %s@%s", user, host)


def account_found(stand: Stand) -> list[tuple[Any, ...]]:
    """Give all that there is to be seen of the account, its password's hash too."""
    return [
        *stand.database("SHOW CREATE USER bookinfo"),
        *sorted(stand.database("SHOW GRANTS FOR bookinfo")),
    ]


def make_reader(stand: Stand) -> tuple[Properties, Properties, Properties]:
    """Make name, account and rights as the program does; gives the states."""
    stand.account_name.plan("", None, stand.of_name)
    name = stand.account_name.create("", stand.of_name)[1]
    inputs = {**stand.of_account, "user": name["name"]}
    stand.account.plan("", None, inputs)
    account = stand.account.create("", inputs)[1]
    return name, account, stand.rights.create("", {**stand.of_rights, "user": name["name"]})[1]


def take_reader_back(stand: Stand, *states: Properties) -> str:
    name, account, rights = states
    stand.said.lines.clear()
    stand.rights.delete("", rights)
    stand.account.delete("", account)
    stand.account_name.delete("", name)
    return "\n".join(stand.said.lines)


def logs_in(stand: Stand, password: str, user: str = "bookinfo") -> bool:
    try:
        with stand.account.configuration.connect_as(user, password):
            return True
    except RefusedError:
        return False


def test_an_account_is_taken_over_and_given_back_as_it_was_found(reader: Stand) -> None:
    before = account_found(reader)
    states = make_reader(reader)
    assert states[0]["name"] == "bookinfo"
    said = "\n".join(reader.said.lines)
    assert "'bookinfo'@'%' is taken over: whoever uses it goes on logging in with its" in said
    assert "INSERT ON `test`.*" in said
    assert logs_in(reader, PASSWORD)
    assert logs_in(reader, THEIR_PASSWORD)
    assert states[2]["rights"] == {"SELECT ON `test`.`ratings`": "granted"}
    seen = reader.rights.read("", states[2], reader.of_rights)
    assert seen is not None
    assert reader.rights.diff("", seen.state, reader.of_rights) == []
    assert reader.account.read("", states[1], reader.of_account) is not None
    assert reader.proof.create("", reader.of_proof)[1]["problem"] == ""
    assert take_reader_back(reader, *states) == ""
    assert account_found(reader) == before
    assert (logs_in(reader, PASSWORD), logs_in(reader, THEIR_PASSWORD)) == (False, True)
    assert take_reader_back(reader, *states) == ""  # as after a run that was cut off
    assert account_found(reader) == before


def test_what_was_changed_about_its_login_is_put_right_and_its_own_password_stays(
    reader: Stand,
) -> None:
    before = account_found(reader)
    name, account, rights = make_reader(reader)
    reader.database("ALTER USER bookinfo IDENTIFIED BY 'by hand' ACCOUNT LOCK")
    rights = reader.mended(rights)
    assert logs_in(reader, PASSWORD)
    assert logs_in(reader, THEIR_PASSWORD)
    take_reader_back(reader, name, account, rights)
    assert account_found(reader) == before


@pytest.mark.parametrize("cut_off_at", ["name", "account", "rights"])
def test_an_account_survives_a_run_that_is_cut_off_anywhere(reader: Stand, cut_off_at: str) -> None:
    before = account_found(reader)
    name = reader.account_name.create("", reader.of_name)[1]
    if cut_off_at != "name":
        reader.account.create("", reader.of_account)  # and its state is lost
    if cut_off_at == "rights":
        reader.rights.create("", reader.of_rights)  # likewise
    # What it had made is given back by what there is of it,
    reader.account_name.delete("", name)
    assert account_found(reader) == before
    # and the next run goes on with it.
    if cut_off_at != "name":
        reader.account.create("", reader.of_account)
    account = reader.account.create("", reader.of_account)[1]
    rights = reader.rights.create("", reader.of_rights)[1]
    assert logs_in(reader, PASSWORD)
    assert logs_in(reader, THEIR_PASSWORD)
    take_reader_back(reader, name, account, rights)
    assert account_found(reader) == before


@pytest.mark.parametrize("broken", ["_regrant", "Mark"])
def test_a_give_back_that_is_cut_off_anywhere_is_gone_on_with(
    reader: Stand, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    before = account_found(reader)
    states = make_reader(reader)
    with monkeypatch.context() as patched:
        patched.setattr(adopted_account, broken, Broken() if broken == "Mark" else cut_off)
        with pytest.raises(KeyboardInterrupt):
            take_reader_back(reader, *states)
    assert (logs_in(reader, PASSWORD), logs_in(reader, THEIR_PASSWORD)) == (False, True)
    assert take_reader_back(reader, *states) == ""
    assert account_found(reader) == before


class Broken:
    """A mark that is not taken away."""

    def __getattr__(self, _: str) -> str:
        raise KeyboardInterrupt


def test_an_admin_who_may_not_give_the_rights_again_says_what_to_run(reader: Stand) -> None:
    before = account_found(reader)
    states = make_reader(reader)
    reader.database("REVOKE GRANT OPTION ON test.* FROM deployer")
    try:
        with pytest.raises(RefusedError, match=r"run, as one who may: GRANT .* TO 'bookinfo'@'%'"):
            take_reader_back(reader, *states)
    finally:
        reader.database("GRANT GRANT OPTION ON test.* TO deployer")
    assert take_reader_back(reader, *states) == ""
    assert account_found(reader) == before


def succeeded(stand: Stand, states: tuple[Properties, ...], previous: str) -> Properties:
    """Rotate: another password, another name, an account of our own; gives its state."""
    of_name = {**stand.of_name, "password": f"{PASSWORD}+"}
    for olds in (stand.of_name, None):  # as the engine asks where it replaces
        stand.account_name.check("", of_name, olds)
    name = stand.account_name.create("", of_name)[1]["name"]
    assert name == "bookinfo_2"
    inputs = {**stand.of_account, "user": name, "password": f"{PASSWORD}+", "previous": previous}
    for olds in ({each: states[1][each] for each in stand.account.inputs}, None):
        stand.account.check("", inputs, olds)
    return stand.account.create("", inputs)[1]


@pytest.mark.parametrize("previous", ["drop", "keep", "cut"])
def test_a_rotation_gives_an_adopted_account_back_and_makes_another_one(
    reader: Stand, previous: str
) -> None:
    before = account_found(reader)
    states = make_reader(reader)
    after = succeeded(reader, states, previous)
    assert logs_in(reader, f"{PASSWORD}+", "bookinfo_2")
    assert logs_in(reader, THEIR_PASSWORD)
    assert logs_in(reader, PASSWORD) == (previous != "cut")
    said = take_reader_back(reader, *states)
    assert (account_found(reader) == before) == (previous != "keep")
    assert logs_in(reader, PASSWORD) == (previous == "keep")
    assert ("stays until the next rotation" in said) == (previous == "keep")
    reader.account.delete("", after)
    assert account_found(reader) == before
    assert reader.database("SELECT User FROM mysql.user WHERE User LIKE 'bookinfo\\_%'") == []


def test_where_there_is_no_account_one_is_made_and_dropped(reader: Stand) -> None:
    reader.database("DROP USER bookinfo")
    states = make_reader(reader)
    assert logs_in(reader, PASSWORD)
    assert take_reader_back(reader, *states) == ""
    assert "bookinfo" not in reader.database.accounts()


def test_an_account_whose_resource_is_replaced_stays_adopted(reader: Stand) -> None:
    before = account_found(reader)
    name, old, rights = make_reader(reader)
    new = reader.account.create("", reader.of_account)[1]
    reader.said.lines.clear()
    reader.account.delete("", old)
    assert reader.said.lines == []
    assert logs_in(reader, PASSWORD)
    take_reader_back(reader, name, new, rights)
    assert account_found(reader) == before


def test_another_mark_of_the_stack_keeps_what_the_account_was(reader: Stand) -> None:
    before = account_found(reader)
    name, account, rights = make_reader(reader)
    news = {**reader.of_account, "owner": "another-mark"}
    account = reader.account.update("", account, news)
    take_reader_back(reader, {**name, "owner": "another-mark"}, account, rights)
    assert account_found(reader) == before


def test_a_password_that_somebody_else_has_set_since_is_left_to_them(reader: Stand) -> None:
    states = make_reader(reader)
    reader.database("ALTER USER bookinfo IDENTIFIED BY 'by hand'")
    take_reader_back(reader, *states)
    assert logs_in(reader, "by hand")
    assert logs_in(reader, THEIR_PASSWORD)
    assert "external-mysql" not in str(account_found(reader))


def test_a_second_password_that_is_lost_is_said(reader: Stand) -> None:
    states = make_reader(reader)
    reader.database("ALTER USER bookinfo DISCARD OLD PASSWORD")
    said = take_reader_back(reader, *states)
    assert "has lost the password that it had before" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("ALTER USER bookinfo ACCOUNT LOCK", "it is locked"),
        ("ALTER USER bookinfo PASSWORD EXPIRE", "its password has expired"),
        ("ALTER USER bookinfo IDENTIFIED BY ''", "it has no password"),
        ("ALTER USER bookinfo REQUIRE X509", "it demands of its client X509"),
        ("ALTER USER bookinfo REQUIRE CIPHER 'x'", "it demands of its client CIPHER 'x'"),
        (
            "ALTER USER bookinfo IDENTIFIED BY 'Second:1' RETAIN CURRENT PASSWORD",
            "it has more to it: additional_password",
        ),
        (
            "ALTER USER bookinfo FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME 1",
            "it has more to it: Password_locking",
        ),
        ("ALTER USER bookinfo IDENTIFIED WITH sha256_password BY 'x'", "its plugin is sha256_"),
        ("GRANT PROCESS ON *.* TO bookinfo", "may not give it PROCESS ON *.* again"),
        ("GRANT SELECT ON mysql.* TO bookinfo", "may not give it SELECT ON `mysql`.* again"),
        ("GRANT bookinfo_role TO bookinfo", "it has rights by way of 'bookinfo_role'@'%'"),
        ("GRANT bookinfo TO bookinfo_role", "it is a role of 'bookinfo_role'@'%'"),
        ("CREATE USER bookinfo@localhost", "'bookinfo'@'localhost'"),
    ],
)
def test_an_account_that_could_not_be_given_back_is_refused_in_one_line(
    reader: Stand, change: str, words: str
) -> None:
    reader.database("CREATE ROLE bookinfo_role")
    reader.database(change)
    before = account_found(reader)
    for draw in (
        partial(reader.account_name.plan, "", None),
        partial(reader.account_name.create, ""),
    ):
        with pytest.raises(RefusedError) as refused:
            draw(reader.of_name)
        line = str(refused.value)
        assert line.startswith("external-mysql:adopt: ")
        assert words in line
        assert "\n" not in line
    assert account_found(reader) == before


def test_an_account_is_refused_where_nobody_said_so_and_where_it_is_another_stacks(
    reader: Stand,
) -> None:
    before = account_found(reader)
    with pytest.raises(RefusedError, match="add Account/bookinfo there to take over 'bookinfo'"):
        reader.account_name.create("", {**reader.of_name, "adopt": False})
    assert account_found(reader) == before
    make_reader(reader)
    with pytest.raises(RefusedError, match="is another stack's, by its mark"):
        reader.account_name.create("", {**reader.of_name, "owner": "another-stack"})
