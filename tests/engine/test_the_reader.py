"""The provider against the real server: the reader's rights and login, mended and proven."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pymysql
import pytest

from provider.protocol.service import RefusedError
from tests.engine.parts import Database
from tests.engine.stand import PASSWORD, Stand

READER = "'bookinfo'@'%'"


@pytest.fixture
def stand(database: Database, environment: dict[str, str]) -> Iterator[Stand]:
    stand = Stand(database, environment)
    stand.make()
    yield stand
    for user, host in database("SELECT User, Host FROM mysql.user WHERE User LIKE 'bookinfo%'"):
        database(f"DROP USER '{user}'@'{host}'")
    database("DROP DATABASE test")


LOGINS = {
    "password": f"ALTER USER {READER} IDENTIFIED BY 'typed by somebody'",
    "locked": f"ALTER USER {READER} ACCOUNT LOCK",
    "expired": f"ALTER USER {READER} PASSWORD EXPIRE",
    "tls": f"ALTER USER {READER} REQUIRE X509",
    "limits": f"ALTER USER {READER} WITH MAX_QUERIES_PER_HOUR 1",
    "plugin": f"ALTER USER {READER} IDENTIFIED WITH sha256_password BY '{PASSWORD}'",
    "more": f"ALTER USER {READER} IDENTIFIED BY '{PASSWORD}' RETAIN CURRENT PASSWORD",
}


@pytest.mark.parametrize(("named", "change"), LOGINS.items(), ids=list(LOGINS))
def test_a_login_that_somebody_changed_is_named_and_put_right(
    stand: Stand, named: str, change: str
) -> None:
    _, state = stand.make_reader()
    stand.database(change)
    stand.mended(state)
    assert any(f"{READER} was changed, {named}: " in line for line in stand.said.lines)
    stand.proof.create("", stand.of_proof)


def test_the_reader_sees_its_rows_and_is_refused_all_else(stand: Stand) -> None:
    stand.make_reader()
    _, state = stand.proof.create("", stand.of_proof)
    assert state["ratings"] == {"1": 5, "2": 4}
    assert "INSERT, UPDATE, DELETE" in state["refused"]["refused (MySQL error 1142)"]


@pytest.mark.parametrize(
    "right", ["DROP ON test.ratings", "EXECUTE ON test.*", "PROCESS ON *.*", "SHUTDOWN ON *.*"]
)
def test_the_proof_fails_with_a_right_too_many(stand: Stand, right: str) -> None:
    stand.make_reader()
    stand.database(f"GRANT {right} TO {READER}")
    with pytest.raises(RefusedError, match="can do more than SELECT"):
        stand.proof.create("", stand.of_proof)


def test_a_schema_that_is_open_to_everybody_fails_the_proof(stand: Stand) -> None:
    stand.make_reader()
    stand.database("CREATE USER ''@'%'")
    stand.database("GRANT INSERT ON test.* TO ''@'%'")
    try:
        with pytest.raises(RefusedError, match="INSERT"):
            stand.proof.create("", stand.of_proof)
    finally:
        stand.database("DROP USER ''@'%'")


def test_a_login_that_becomes_another_account_fails_the_proof(stand: Stand) -> None:
    stand.make_reader()
    stand.database(f"CREATE USER 'bookinfo'@'198.18.%' IDENTIFIED BY '{PASSWORD}'")
    with pytest.raises(RefusedError, match=r"becomes 'bookinfo'@'198\.18\.%'"):
        stand.proof.create("", stand.of_proof)


def test_rights_are_mended_without_a_failed_login_or_read(stand: Stand) -> None:
    """Neither by REVOKE nor where the admin may not revoke, and swaps the account."""
    _, state = stand.make_reader()
    stop, failures, reads = threading.Event(), list[str](), 0

    def read() -> None:
        nonlocal reads
        while not stop.is_set():
            try:
                with (
                    stand.database.connect_as("bookinfo", PASSWORD) as connection,
                    connection.cursor() as cursor,
                ):
                    cursor.execute("SELECT Rating FROM test.ratings")
                reads += 1
            except pymysql.MySQLError as error:
                failures.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for right in ("DROP ON test.ratings", "FILE ON *.*", "BACKUP_ADMIN ON *.*") * 3:
            stand.database(f"GRANT {right} TO {READER}")
            state = stand.mended(state)
    finally:
        stop.set()
        reader.join()
    assert failures == []
    assert reads > 10
    assert stand.database("SELECT User FROM mysql.user WHERE User LIKE 'bookinfo_twin%'") == []


def test_what_the_admin_may_not_take_back_is_named_with_the_statement(stand: Stand) -> None:
    _, state = stand.make_reader()
    stand.database(f"GRANT SYSTEM_USER ON *.* TO {READER}")
    with pytest.raises(RefusedError, match=r"REVOKE SYSTEM_USER ON \*\.\*") as refusal:
        stand.rights.update("", state, stand.of_rights)
    statement = str(refusal.value).partition("SYSTEM_USER ON *.*: ")[2].partition(";")[0]
    stand.database(statement)
    stand.rights.update("", state, stand.of_rights)


def test_an_account_in_the_place_of_ours_is_neither_changed_nor_dropped(stand: Stand) -> None:
    account, state = stand.make_reader()
    stand.database(f"DROP USER {READER}")
    stand.database(f"CREATE USER {READER} IDENTIFIED BY 'somebody else has'")
    assert stand.rights.read("", state, stand.of_rights) is None
    assert stand.account.read("", account, stand.of_account) is None
    for refused in (stand.rights.create, stand.account.create):
        inputs = stand.of_rights if refused == stand.rights.create else stand.of_account
        with pytest.raises(RefusedError, match="somebody else has made the account"):
            refused("", inputs)
    stand.account.delete("", account)
    assert "stays" in stand.said.lines[-1]
    stand.database.connect_as("bookinfo", "somebody else has").close()


def test_an_account_goes_with_its_twins(stand: Stand) -> None:
    account, _ = stand.make_reader()
    ((attribute,),) = stand.database(
        "SELECT User_attributes->>'$.metadata' FROM mysql.user WHERE User = 'bookinfo'"
    )
    stand.database("CREATE USER bookinfo_twin_00000000 ATTRIBUTE %s", attribute)
    stand.database("CREATE USER bookinfo_twin_11111111")  # whose it is, nobody knows
    stand.account.delete("", account)
    assert stand.database.accounts() & {"bookinfo", "bookinfo_twin_00000000"} == set()
    assert "bookinfo_twin_11111111" in stand.database.accounts()


def test_an_account_that_was_made_and_not_marked_is_known_by_its_password(stand: Stand) -> None:
    _, state = stand.account_name.create("", stand.of_name)
    stand.database("CREATE USER bookinfo IDENTIFIED BY %s", PASSWORD)
    stand.account_name.delete("", state)
    assert "bookinfo" not in stand.database.accounts()


def generations(stand: Stand) -> set[str]:
    return {user for user in stand.database.accounts() if user.startswith("bookinfo")}


def test_the_account_before_is_kept_until_the_next_rotation(stand: Stand) -> None:
    first, _ = stand.make_reader()
    second = stand.succeed(first, "keep")
    stand.account.delete("", first)
    assert generations(stand) == {"bookinfo", "bookinfo_2"}
    stand.database.connect_as("bookinfo", PASSWORD).close()
    third = stand.succeed(second, "keep")
    stand.account.delete("", second)
    assert generations(stand) == {"bookinfo_2", "bookinfo_3"}
    stand.account.delete("", third)
    assert generations(stand) == set()
    assert not any("DROP USER" in line for line in stand.said.lines)


def test_an_account_that_is_cut_is_gone_with_its_sessions(stand: Stand) -> None:
    first, _ = stand.make_reader()
    with stand.database.connect_as("bookinfo", PASSWORD) as session, session.cursor() as cursor:
        cursor.execute("SELECT 1")
        stand.succeed(first, "cut")
        assert generations(stand) == {"bookinfo_2"}
        with pytest.raises(pymysql.MySQLError):
            cursor.execute("SELECT 1")
    with pytest.raises(pymysql.MySQLError, match="1045"):
        stand.database.connect_as("bookinfo", PASSWORD)
    stand.account.delete("", first)
    assert not any("bookinfo" in line for line in stand.said.lines)
