"""The rights of an account: what is taken for one, what differs, and how that is said.

What holds on a real server is seen in tests/engine.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Any, cast

import pymysql
import pytest

from mysql.account import Account, twin_of
from mysql.mark import Mark
from provider.connection import DatabaseProblem
from provider.grants import with_password
from provider.protocol.service import Change, Kind
from provider.protocol.values import UNKNOWN, Properties
from provider.rights import Rights
from tests.unit.provider.fakes import HOLDER, OWNER, SERVER, URN, Answer, Answers, At, Said, error

SELECT = "SELECT ON `test`.`ratings`"
FILE = "FILE ON *.*"
INPUTS: Properties = {
    "server": SERVER,
    "user": "bookinfo",
    "host": "%",
    "password": "s3cret",
    "owner": OWNER,
    "rights": {SELECT: "granted"},
    "tls": False,
}
STATE: Properties = {
    **INPUTS,
    "login": {"plugin": "caching_sha2_password", "digest": "5f2a", "turn": "1"},
    "changed": {},
    "namesakes": [],
}


def resource(said: Said | None = None) -> Rights:
    return Rights(At(Answers()).configuration(), (said or Said()).engine())


def differs(said: Said | None = None, state: Any = None, **news: Any) -> list[Change]:
    return list(resource(said).diff(URN, {**STATE, **(state or {})}, {**INPUTS, **news}))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("rights", {"DROP EVERYTHING": "granted"}, "DROP EVERYTHING"),
        ("rights", [SELECT], "is no map of rights"),
        ("user", "root", "is the server's own account"),
        ("host", "10.0.'", "is no host part of an account"),
        ("owner", "o'brien", "is no mark"),
        ("tls", "yes", "is neither true nor false"),
        ("password", "", "is no text"),
    ],
)
def test_wrong_input_is_refused_by_its_name(name: str, value: object, words: str) -> None:
    (failure,) = resource().check(URN, {**INPUTS, name: value}).failures
    assert failure.property == name
    assert words in failure.reason


def test_an_account_as_it_was_left_is_no_difference_and_nothing_is_said() -> None:
    said = Said()
    assert differs(said) == []
    assert said.infos == []


def test_a_right_that_somebody_granted_is_named_and_is_taken_back() -> None:
    said = Said()
    state = {"rights": {SELECT: "granted", FILE: "granted"}}
    assert differs(said, state) == [Change(f'rights["{FILE}"]', kind=Kind.DELETE)]
    assert said.infos == ["'bookinfo'@'%' also holds FILE ON *.*: it is taken back"]


def test_a_right_that_somebody_revoked_is_named_and_is_granted() -> None:
    said = Said()
    assert differs(said, {"rights": {}}) == [Change(f'rights["{SELECT}"]', kind=Kind.ADD)]
    assert said.infos == [f"'bookinfo'@'%' lacks {SELECT}: it is granted"]


def test_a_login_that_somebody_changed_is_named_and_is_put_right() -> None:
    said = Said()
    state = {"changed": {"locked": "nobody can log in"}}
    assert differs(said, state) == [Change('changed["locked"]', kind=Kind.DELETE)]
    assert said.infos == ["'bookinfo'@'%' was changed, locked: nobody can log in; it is put right"]


@pytest.mark.parametrize("name", ["server", "user", "host"])
def test_another_account_has_rights_of_its_own(name: str) -> None:
    assert differs(None, None, **{name: "other"}) == [Change(name, replaces=True)]


@pytest.mark.parametrize("name", ["password", "owner", "tls"])
def test_another_login_is_set_in_place(name: str) -> None:
    assert differs(None, None, **{name: "other"}) == [Change(name)]


@pytest.mark.parametrize("name", ["rights", "user", "host"])
def test_what_is_not_known_yet_may_differ(name: str) -> None:
    assert differs(None, None, **{name: UNKNOWN}) == [Change("rights")]


def test_a_preview_knows_the_rights_and_not_what_the_server_makes_of_the_password() -> None:
    known = {"login": UNKNOWN, "changed": {}, "namesakes": []}
    assert resource().plan(URN, STATE, INPUTS) == {**INPUTS, **known}


def test_an_account_that_would_be_taken_for_it_is_named_with_the_statement() -> None:
    said = Said()
    other = "'bookinfo'@'10.%'"
    assert differs(said, {"namesakes": [other]}) == [Change("namesakes")]
    (line,) = said.warnings
    assert f"DROP USER {other}" in str(line)


def test_the_rights_go_with_the_account() -> None:
    connection = Answers()
    Rights(At(connection).configuration(), Said().engine()).delete(URN, STATE)
    assert connection.statements == []


# --- what is mended

READER = Account("bookinfo")
OURS = {"external-mysql": {"owner": OWNER, "holder": HOLDER}}
REVOKE = f"REVOKE FILE ON *.* FROM {READER}"
HASH = "$A$005$hash"
LEFT: Properties = {
    **STATE,
    "login": {**STATE["login"], "digest": sha256(HASH.encode()).hexdigest()},
}


class Server(Answers):
    """A server with the reader's account, as far as it can be told what it has.

    Args:
        rights: What it holds besides USAGE, until `mends` was run.
        mends: Start of the statement after which it is as it should be.
        more: What else is kept of its login; gone after the statement that takes it away.
        metadata: Its ATTRIBUTE.
        answers: Start of a statement -> the error that answers it.
    """

    def __init__(
        self,
        *rights: str,
        mends: str = "REVOKE",
        more: dict[str, object] | None = None,
        metadata: object = OURS,
        **answers: pymysql.MySQLError,
    ) -> None:
        super().__init__({"SELECT VERSION()": [("9.7.4",)], **answers})
        self.mends = mends
        self.attributes = {"metadata": metadata, **(more or {})}
        self._shows(rights)

    def execute(self, statement: str, values: object = None) -> int:
        found = super().execute(statement, values)
        if statement.startswith(self.mends):
            self._shows((SELECT,))
        if "DISCARD OLD PASSWORD" in statement:
            del self.attributes["additional_password"]
            self._shows((SELECT,))
        return found

    def _shows(self, rights: tuple[str, ...]) -> None:
        row = {
            "User": "bookinfo",
            "Host": "%",
            "plugin": "caching_sha2_password",
            "authentication_string": HASH,
            "User_attributes": json.dumps(self.attributes),
        }
        shown = [{"Grants": f"GRANT {right} TO `bookinfo`@`%`"} for right in rights]
        # SHOW GRANTS is asked for what the tables do not have, so that tables are read from those.
        tables = [right for right in rights if right == SELECT]
        table = {"User": "bookinfo", "Host": "%", "Db": "test", "Table_name": "ratings"}
        self.answers |= {
            "SELECT * FROM mysql.user": cast("Answer", [row]),
            "SHOW GRANTS": cast("Answer", shown),
            "SELECT User, Host, Db, Table_name, Table_priv": cast(
                "Answer", [{**table, "Table_priv": "Select"} for _ in tables]
            ),
        }


def mended(server: Server, state: Properties | None = LEFT) -> Properties:
    rights = Rights(At(server).configuration(), Said().engine())
    if state is None:
        return rights.create(URN, INPUTS)[1]
    return rights.update(URN, state, INPUTS)


def test_what_is_as_it_should_be_is_not_touched_and_its_turn_is_counted() -> None:
    server = Server(SELECT)
    assert mended(server) == {**LEFT, "login": {**LEFT["login"], "turn": "2"}}
    assert mended(server, None)["login"]["turn"] == "1"
    assert server.changes() == []


def test_a_right_too_many_is_revoked() -> None:
    server = Server(SELECT, FILE)
    assert mended(server)["rights"] == {SELECT: "granted"}
    assert server.changes() == [REVOKE]


def test_what_else_somebody_added_to_the_login_is_taken_away_without_the_password() -> None:
    server = Server(SELECT, more={"additional_password": "$A$005$other"})
    assert mended(server)["changed"] == {}
    executed = [s for s in server.statements if s not in ("COMMIT", "ROLLBACK")]
    run = dict(zip(executed, server.values, strict=True))
    first, second = (statement for statement in run if statement.startswith("ALTER USER"))
    assert run[first] == ("s3cret",)
    assert (second, run[second]) == (f"ALTER USER {READER} DISCARD OLD PASSWORD", None)


def test_what_nobody_knows_how_to_take_away_is_said() -> None:
    server = Server(SELECT, more={"multi_factor_authentication": []})
    with pytest.raises(DatabaseProblem) as refused:
        mended(server)
    line = str(refused.value)
    assert line.startswith(f"the login of {READER} could not be put right (more: multi_factor")
    assert "s3cret" not in line


TWIN = Account(twin_of("bookinfo", "5f2a3c1e"))


def left_behind(owner: str | None) -> dict[str, Answer]:
    """Answers of a server with an account of a twin's name, with the mark of that owner."""
    mark = Mark(owner, HOLDER).attribute if owner else None
    return {
        "SHOW COLUMNS FROM mysql.user": [("User_attributes",)],
        "SELECT User, Host, User_attributes->'$.metadata'": [(TWIN.user, TWIN.host, mark)],
    }


def swapped(server: Server) -> tuple[list[str], str, str]:
    """Mend by a swap; gives what was run after the REVOKE, and the twins: the new one, the old."""
    revoke, create, *rest = (each for each in server.changes())
    assert revoke == REVOKE
    rename = next(each for each in server.changes() if each.startswith("RENAME USER"))
    _, old, twin, _ = re.split(r" TO |, ", rename.removeprefix("RENAME USER "))
    assert create.startswith(f"CREATE USER {twin} IDENTIFIED WITH 'caching_sha2_password' BY s3cr")
    return rest, twin, old


def test_what_the_admin_may_not_revoke_goes_by_a_swap_and_the_mark_stays() -> None:
    server = Server(SELECT, FILE, mends="RENAME USER", REVOKE=error(1227))
    assert mended(server)["rights"] == {SELECT: "granted"}
    rest, twin, old = swapped(server)
    assert rest == [
        f"ALTER USER {twin} ATTRIBUTE '{Mark(OWNER, HOLDER).attribute}'",
        f"GRANT {SELECT} TO {twin}",
        f"RENAME USER {READER} TO {old}, {twin} TO {READER}",
        f"DROP USER {old}",
    ]
    assert twin != old
    for name in (twin, old):
        assert name.startswith(f"'{twin_of('bookinfo', '')}")
        assert name.endswith("'@'%'")


@pytest.mark.parametrize("code", [1227, 3532, 4006])
def test_where_no_swap_can_be_the_right_is_named_with_what_takes_it(code: int) -> None:
    server = Server(SELECT, FILE, REVOKE=error(1045), RENAME=error(code))
    with pytest.raises(DatabaseProblem) as refused:
        mended(server)
    rest, twin, _ = swapped(server)
    assert rest[-1] == f"DROP USER IF EXISTS {twin}"
    line = str(refused.value)
    assert line == (
        f"{READER} is not as it should be, and admin may not put it right (MySQL error 1045); "
        f"it holds {FILE}: {REVOKE}"
    )


@pytest.mark.parametrize("state", [LEFT, None])
def test_what_a_swap_that_was_cut_off_left_behind_goes_before_anything_is_looked_at(
    state: Properties | None,
) -> None:
    server = Server(SELECT)
    server.answers |= left_behind(OWNER)
    mended(server, state)
    assert server.changes() == [f"DROP USER {TWIN}"]
    looked = next(s for s in server.statements if s.startswith("SELECT * FROM mysql.user"))
    assert server.statements.index(f"DROP USER {TWIN}") < server.statements.index(looked)


@pytest.mark.parametrize("answers", [left_behind("another-stack"), left_behind(None)])
def test_what_only_has_the_name_of_a_twin_stays(answers: dict[str, Answer]) -> None:
    server = Server(SELECT)
    server.answers |= answers
    mended(server)
    assert server.changes() == []


def test_whatever_else_stops_a_swap_leaves_no_twin_behind() -> None:
    server = Server(SELECT, FILE, REVOKE=error(1227), RENAME=error(1205))
    with pytest.raises(pymysql.MySQLError):
        mended(server)
    rest, twin, _ = swapped(server)
    assert rest[-1] == f"DROP USER IF EXISTS {twin}"


@pytest.mark.parametrize(
    ("metadata", "state", "ours"),
    [
        (OURS, LEFT, True),
        (OURS, None, True),
        ({"external-mysql": {"owner": OWNER, "holder": "another-resource"}}, LEFT, True),
        ({"external-mysql": {"owner": "another-stack", "holder": HOLDER}}, LEFT, False),
        ({"external-mysql": {"owner": "another-stack", "holder": HOLDER}}, None, False),
        # Without a mark its password tells, where it is known.
        (None, LEFT, True),
        (None, STATE, False),
        (None, None, False),
    ],
)
def test_an_account_that_somebody_else_made_is_neither_mended_nor_read(
    metadata: object, state: Properties | None, *, ours: bool
) -> None:
    server = Server(SELECT, metadata=metadata)
    server.answers["SHOW COLUMNS"] = [("User_attributes",)]
    if state is not None:
        rights = Rights(At(server).configuration(), Said().engine())
        assert (rights.read(URN, state, INPUTS) is not None) == ours
    if ours:
        mended(server, state)
        return
    with pytest.raises(DatabaseProblem, match=r"^somebody else has made the account"):
        mended(server, state)
    assert server.changes() == []


def test_what_mysql_says_of_a_statement_never_quotes_the_password() -> None:
    connection = Answers({"ALTER USER": error(1064, f"... near 'BY '{INPUTS['password']}''")})
    with (
        At(connection).configuration().connect() as admin,
        admin.cursor() as cursor,
        pytest.raises(pymysql.MySQLError) as said,
    ):
        with_password(cursor, "ALTER USER u IDENTIFIED BY %s", INPUTS["password"])
    assert INPUTS["password"] not in str(said.value)
    assert "***" in str(said.value)
