"""The rights of one account, from rows as a server has them.

That a real server takes each statement is seen in tests/engine/test_rights_on_a_real_server.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysql.account import Account
from mysql.grant_tables import QUERIES, TABLES, Facts, read, tables
from mysql.identifiers import quote
from mysql.login import Login, login
from mysql.rights import Difference, Right, difference, held, namesakes, select_on

READER = Account("reader", "%")
AT = {"User": "reader", "Host": "%"}
WANTED = select_on("test", "ratings")
SELECT = {**AT, "Db": "test", "Table_name": "ratings", "Table_priv": "Select"}

# What names are made of where somebody means ill.
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("`'\"\\ %_.*()@,\né"), st.characters(codec="utf-8", exclude_characters="\0")
    ),
    min_size=1,
    max_size=12,
)
ACCOUNTS = st.builds(Account, HOSTILE, HOSTILE)
PRIVILEGES = st.sampled_from(["SELECT", "GRANT OPTION", "CREATE TEMPORARY TABLES", "FILE"])


@st.composite
def rights(draw: st.DrawFn) -> Right:
    schema, table, column = (quote(draw(HOSTILE)) for _ in range(3))
    privilege, account, option = draw(PRIVILEGES), str(draw(ACCOUNTS)), draw(st.booleans())
    right = draw(
        st.sampled_from(
            [
                Right("*.*", "BACKUP_ADMIN", option),
                Right("*.*", privilege),
                Right(f"{schema}.*", privilege),
                Right(f"{schema}.{table}", privilege),
                Right(f"{schema}.{table}", f"SELECT ({column})"),
                Right(f"PROCEDURE {schema}.{table}", "EXECUTE"),
                Right(account, "PROXY", option),
                Right(account, "ROLE", option),
            ]
        )
    )
    ways = ["", "@@mandatory_roles", f"ROLE {draw(ACCOUNTS)}", str(draw(ACCOUNTS))]
    return Right(right.on, right.privilege, right.option, draw(st.sampled_from(ways)))


def facts(
    mandatory: str = "", shown: tuple[str, ...] = (), **rows: Sequence[Mapping[str, Any]]
) -> Facts:
    return Facts(rows, mandatory, shown)


def lines(found: Facts, account: Account = READER) -> list[str]:
    return [str(right) for right in sorted(held(found, account))]


@given(rights())
def test_every_right_is_read_back_from_its_line(right: Right) -> None:
    assert Right.parse(str(right)) == right


@given(rights(), rights())
def test_no_two_rights_have_the_same_line(one: Right, other: Right) -> None:
    assert (str(one) == str(other)) == (one == other)


@given(rights(), ACCOUNTS)
def test_no_name_gets_out_of_its_quotes(right: Right, account: Account) -> None:
    for statement in (right.grant(account), right.revoke(account)):
        bare = re.sub(r"`(?:[^`]|``)*`|'(?:[^'\\]|''|\\.)*'", "", statement, flags=re.DOTALL)
        assert re.fullmatch(r"[A-Z_ .*@()]+", bare)


@pytest.mark.parametrize("text", ["", "SELECT", "SELECT ON ratings", "SELECT ON `a`.`b`; DROP"])
def test_other_text_is_no_right(text: str) -> None:
    with pytest.raises(ValueError, match="is no right of an account"):
        Right.parse(text)


HELD: dict[str, tuple[Facts, str, str]] = {
    "global": (
        facts(user=[{**AT, "Select_priv": "N", "File_priv": "Y"}]),
        "FILE ON *.*",
        "REVOKE FILE ON *.* FROM 'reader'@'%'",
    ),
    "global, named otherwise": (
        facts(user=[{**AT, "Repl_client_priv": "Y"}]),
        "REPLICATION CLIENT ON *.*",
        "REVOKE REPLICATION CLIENT ON *.* FROM 'reader'@'%'",
    ),
    "global leave to grant": (
        facts(user=[{**AT, "Grant_priv": "Y"}]),
        "GRANT OPTION ON *.*",
        "REVOKE GRANT OPTION ON *.* FROM 'reader'@'%'",
    ),
    "dynamic": (
        facts(global_grants=[{**AT, "PRIV": "CLONE_ADMIN", "WITH_GRANT_OPTION": "Y"}]),
        "CLONE_ADMIN ON *.* WITH GRANT OPTION",
        "REVOKE CLONE_ADMIN ON *.* FROM 'reader'@'%'",
    ),
    "schemas by pattern": (
        facts(db=[{**AT, "Db": r"te\_%", "Create_tmp_table_priv": "Y"}]),
        r"CREATE TEMPORARY TABLES ON `te\_%`.*",
        r"REVOKE CREATE TEMPORARY TABLES ON `te\_%`.* FROM 'reader'@'%'",
    ),
    "table": (
        facts(tables_priv=[{**SELECT, "Table_priv": "Show view"}]),
        "SHOW VIEW ON `test`.`ratings`",
        "REVOKE SHOW VIEW ON `test`.`ratings` FROM 'reader'@'%'",
    ),
    "column": (
        facts(columns_priv=[{**SELECT, "Column_name": "a`b", "Column_priv": "Update"}]),
        "UPDATE (`a``b`) ON `test`.`ratings`",
        "REVOKE UPDATE (`a``b`) ON `test`.`ratings` FROM 'reader'@'%'",
    ),
    "routine": (
        facts(
            procs_priv=[
                {
                    **AT,
                    "Db": "test",
                    "Routine_name": "f",
                    "Routine_type": "FUNCTION",
                    "Proc_priv": "Alter Routine",
                }
            ]
        ),
        "ALTER ROUTINE ON FUNCTION `test`.`f`",
        "REVOKE ALTER ROUTINE ON FUNCTION `test`.`f` FROM 'reader'@'%'",
    ),
    "proxy": (
        facts(proxies_priv=[{**AT, "Proxied_user": "x", "Proxied_host": "", "With_grant": 1}]),
        "PROXY ON 'x'@'' WITH GRANT OPTION",
        "REVOKE PROXY ON 'x'@'' FROM 'reader'@'%'",
    ),
    "role": (
        facts(
            role_edges=[{**AT, "FROM_USER": "r", "FROM_HOST": "%", "WITH_ADMIN_OPTION": "Y"}],
        ),
        "ROLE 'r'@'%' WITH ADMIN OPTION",
        "REVOKE 'r'@'%' FROM 'reader'@'%'",
    ),
    "the server's memory alone": (
        facts(shown=("GRANT CLONE_ADMIN ON *.* TO `reader`@`%` WITH GRANT OPTION",)),
        "CLONE_ADMIN ON *.* WITH GRANT OPTION",
        "REVOKE CLONE_ADMIN ON *.* FROM 'reader'@'%'",
    ),
}


@pytest.mark.parametrize("way", HELD)
def test_a_right_is_named_and_mended_by_one_statement(way: str) -> None:
    found, line, statement = HELD[way]
    assert lines(found) == [line]
    extra = difference(held(found, READER), frozenset())
    assert extra.statements(READER) == [statement]
    assert extra.beyond == ()
    assert extra.extra[0].mend(READER) == statement


OF_OTHERS: dict[str, tuple[Facts, str, str]] = {
    "anybody's schema": (
        facts(db=[{"User": "", "Host": "%", "Db": "test", "Insert_priv": "Y"}]),
        "INSERT ON `test`.* via ''@'%'",
        "DROP USER ''@'%'",
    ),
    "the same name under another host": (
        facts(tables_priv=[{**SELECT, "Host": "10.%", "Table_priv": "Insert"}]),
        "INSERT ON `test`.`ratings` via 'reader'@'10.%'",
        "DROP USER 'reader'@'10.%'",
    ),
    "a pattern of proxies": (
        facts(
            proxies_priv=[
                {
                    "User": "read%",
                    "Host": "%",
                    "Proxied_user": "x",
                    "Proxied_host": "%",
                    "With_grant": 0,
                }
            ]
        ),
        "PROXY ON 'x'@'%' via 'read%'@'%'",
        "DROP USER 'read%'@'%'",
    ),
    "a mandatory role": (
        facts("r"),
        "ROLE 'r'@'%' via @@mandatory_roles",
        "only the server's owner can",
    ),
}


@pytest.mark.parametrize("way", OF_OTHERS)
def test_a_right_that_is_not_its_own_is_named_and_left_alone(way: str) -> None:
    found, line, mend = OF_OTHERS[way]
    assert lines(found) == [line]
    extra = difference(held(found, READER), frozenset())
    assert extra.statements(READER) == []
    assert extra.beyond == extra.extra
    assert extra.extra[0].mend(READER).startswith(mend)


def edge(role: str, to: str) -> dict[str, str]:
    return {
        "User": to,
        "Host": "%",
        "FROM_USER": role,
        "FROM_HOST": "%",
        "WITH_ADMIN_OPTION": "N",
    }


def test_roles_are_followed_to_what_they_give_and_go_with_one_statement() -> None:
    found = facts(
        user=[{"User": "inner", "Host": "%", "File_priv": "Y"}],
        role_edges=[edge("outer", "reader"), edge("inner", "outer"), edge("outer", "inner")],
    )
    assert lines(found) == [
        "ROLE 'inner'@'%' via ROLE 'outer'@'%'",
        "ROLE 'outer'@'%'",
        "ROLE 'outer'@'%' via ROLE 'inner'@'%'",
        "FILE ON *.* via ROLE 'inner'@'%'",
    ]
    extra = difference(held(found, READER), frozenset())
    assert extra.statements(READER) == ["REVOKE 'outer'@'%' FROM 'reader'@'%'"]
    assert extra.beyond == ()
    assert extra.extra[-1].mend(READER) == "it goes with that role"


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("", []),
        ("a", ["'a'@'%'"]),
        ("`a b`@`%`,'c'@LOCALHOST, d", ["'a b'@'%'", "'c'@'localhost'", "'d'@'%'"]),
        ('"e"@"10.%", `f``g` @ x', ["'e'@'10.%'", "'f`g'@'x'"]),
    ],
)
def test_mandatory_roles_are_read_however_they_are_quoted(text: str, roles: list[str]) -> None:
    assert lines(facts(text)) == [f"ROLE {role} via @@mandatory_roles" for role in roles]


def test_a_role_that_is_mandatory_too_is_not_revoked_in_vain() -> None:
    found = facts("r", role_edges=[edge("r", "reader")])
    assert lines(found) == ["ROLE 'r'@'%' via @@mandatory_roles"]


def test_rows_of_others_are_not_the_accounts() -> None:
    other = {"User": "Reader", "Host": "%"}
    assert lines(facts(user=[{**other, "File_priv": "Y"}], db=[{**other, "Db": "x"}])) == []
    # What applies by the client is no global right.
    namesake = {"User": "reader", "Host": "10.%", "File_priv": "Y"}
    assert lines(facts(user=[namesake])) == []


def test_a_host_part_has_no_case() -> None:
    found = facts(user=[{"User": "reader", "Host": "localhost", "File_priv": "Y"}])
    assert lines(found, Account("reader", "LocalHost")) == ["FILE ON *.*"]


def test_what_show_grants_has_beside_the_tables_is_not_named_twice() -> None:
    found = facts(
        shown=(
            "GRANT SELECT, CREATE ROLE ON *.* TO `reader`@`%` WITH GRANT OPTION",
            "GRANT BACKUP_ADMIN,CLONE_ADMIN ON *.* TO `reader`@`%` WITH GRANT OPTION",
            "GRANT ALL PRIVILEGES ON `x`.* TO `reader`@`%`",
            "GRANT SELECT, INSERT (`a`, `SELECT ON`) ON `test`.`ratings` TO `reader`@`%`",
            "GRANT EXECUTE ON PROCEDURE `test`.`é` TO `reader`@`%` WITH GRANT OPTION",
            "GRANT ALTER ROUTINE ON PROCEDURE `test`.`p` TO `reader`@`%`",
            "GRANT PROXY ON ``@`` TO `reader`@`%`",
            "GRANT `r`@`%` TO `reader`@`%`",
            "REVOKE INSERT ON `test`.* FROM `reader`@`%`",
        ),
        global_grants=[{**AT, "PRIV": "CLONE_ADMIN", "WITH_GRANT_OPTION": "N"}],
        tables_priv=[SELECT],
        procs_priv=[
            {
                **AT,
                "Db": "test",
                "Routine_name": name,
                "Routine_type": "PROCEDURE",
                "Proc_priv": privileges,
            }
            for name, privileges in (("Ã©", "Execute,Grant"), ("P", "Alter Routine"))
        ],
    )
    assert lines(found) == [
        "BACKUP_ADMIN ON *.* WITH GRANT OPTION",
        "CLONE_ADMIN ON *.* WITH GRANT OPTION",
        "CREATE ROLE ON *.*",
        "GRANT OPTION ON *.*",
        "SELECT ON *.*",
        "ALTER ROUTINE ON PROCEDURE `test`.`p`",
        "EXECUTE ON PROCEDURE `test`.`é`",
        "GRANT OPTION ON PROCEDURE `test`.`é`",
        "SELECT ON `test`.`ratings`",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "GRANT USAGE ON *.* TO `reader`@`%`",
        "GRANT ALL PRIVILEGES ON *.* TO 'reader'@'%'",
        "GRANT USAGE ON *.* TO `reader`@`%` WITH GRANT OPTION",
    ],
)
def test_usage_and_what_is_short_for_others_are_no_rights(line: str) -> None:
    option = ["GRANT OPTION ON *.*"] if line.endswith("OPTION") else []
    assert lines(facts(shown=(line,))) == option


def test_what_is_wanted_and_nothing_else_is_no_difference() -> None:
    found = difference(held(facts(user=[AT], tables_priv=[SELECT]), READER), WANTED)
    assert not found
    assert found == Difference()
    assert found.statements(READER) == []


def test_wanted_rights_that_come_another_way_are_given_for_their_own() -> None:
    found = facts(
        role_edges=[edge("r", "reader")],
        tables_priv=[{**SELECT, "User": "r"}, {**SELECT, "Host": "10.%"}],
    )
    lacks = difference(held(found, READER), WANTED)
    assert lacks.missing == tuple(WANTED)
    assert lacks.statements(READER) == [
        "GRANT SELECT ON `test`.`ratings` TO 'reader'@'%'",
        "REVOKE 'r'@'%' FROM 'reader'@'%'",
    ]


def test_grants_come_first_then_columns_and_the_leave_to_grant_last() -> None:
    table = "`test`.`ratings`"
    extra = (
        Right("*.*", "BACKUP_ADMIN"),
        Right("*.*", "GRANT OPTION"),
        Right("*.*", "INSERT"),
        Right("`test`.*", "INSERT"),
        Right(table, "INSERT"),
        Right(table, "INSERT (`Rating`)"),
    )
    said = Difference(tuple(WANTED), extra).statements(READER)
    assert [statement.partition(" 'reader'")[0].rpartition(" ")[0] for statement in said] == [
        f"GRANT SELECT ON {table}",
        f"REVOKE INSERT (`Rating`) ON {table}",
        "REVOKE BACKUP_ADMIN ON *.*",
        "REVOKE INSERT ON *.*",
        "REVOKE INSERT ON `test`.*",
        f"REVOKE INSERT ON {table}",
        "REVOKE GRANT OPTION ON *.*",
    ]


@given(st.frozensets(rights(), max_size=6), st.frozensets(rights(), max_size=3))
def test_the_difference_is_all_that_differs(
    has: frozenset[Right], wanted: frozenset[Right]
) -> None:
    found = difference(has, wanted)
    assert (has | set(found.missing)) - set(found.extra) == wanted
    said = found.statements(READER)
    own = [right for right in found.extra if not right.via]
    assert sorted(said) == sorted(
        [r.grant(READER) for r in found.missing] + [r.revoke(READER) for r in own]
    )
    assert said[: len(found.missing)] == [right.grant(READER) for right in found.missing]


def test_namesakes_are_those_that_a_client_could_become_instead() -> None:
    users = [
        ("reader", "%"),
        ("reader", "10.%"),
        ("Reader", "%"),
        ("", "%"),
        ("", "10.1.%"),
        ("other", "%"),
    ]
    found = facts(user=[{"User": user, "Host": host} for user, host in users])
    assert namesakes(found, READER) == (Account("", "10.1.%"), Account("reader", "10.%"))


def test_a_login_is_read_from_what_its_version_has() -> None:
    assert login(facts(user=[]), READER) is None
    old = {**AT, "plugin": "mysql_native_password", "authentication_string": b"*00"}
    before = login(facts(user=[old]), READER)
    assert before == Login("mysql_native_password", before.digest if before else "")
    new = {
        **old,
        "authentication_string": "*01",
        "account_locked": "Y",
        "password_expired": "Y",
        "ssl_type": "SPECIFIED",
        "ssl_cipher": b"",
        "x509_issuer": b"/CN=ca",
        "x509_subject": b"/CN=x",
        "max_questions": 0,
        "max_user_connections": 2,
        "password_lifetime": None,
        "User_attributes": '{"metadata": {"mark": 1}, "Restrictions": [], '
        '"additional_password": "$A$005$secret"}',
    }
    after = login(facts(user=[new]), READER)
    assert before is not None
    assert after is not None
    assert after.digest != before.digest
    assert after == Login(
        plugin="mysql_native_password",
        digest=after.digest,
        locked=True,
        expired=True,
        tls="ISSUER '/CN=ca' SUBJECT '/CN=x'",
        limits={"max_user_connections": 2},
        more=("additional_password",),
        attribute={"mark": 1},
    )
    assert "secret" not in repr(after)
    assert "*01" not in repr(after) + repr(facts(user=[new]))


class Server:
    """Answers queries by table, and notes what was asked."""

    def __init__(self, **rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows = rows
        self.asked: list[tuple[str, Mapping[str, object]]] = []

    def __call__(self, sql: str, values: Mapping[str, object]) -> Sequence[Mapping[str, Any]]:
        self.asked.append((sql, values))
        table = re.search(r"FROM mysql\.(\w+)|SHOW (GRANTS|GLOBAL)", sql)
        assert table is not None, sql
        return self.rows.get(table[1] or table[2], ())

    def tables(self) -> list[str]:
        return [found[1] for sql, _ in self.asked if (found := re.search(r"mysql\.(\w+)", sql))]


def test_everything_is_read_for_the_account_for_anybody_and_for_its_roles() -> None:
    server = Server(
        user=[AT],
        role_edges=[edge("outer", "reader"), edge("inner", "outer"), edge("none", "other")],
        GLOBAL=[{"Variable_name": "mandatory_roles", "Value": "must"}],
        GRANTS=[{"Grants for reader@%": "GRANT FILE ON *.* TO `reader`@`%`"}],
    )
    found = read(server, READER, "9.7.4")
    assert sorted(server.tables()) == sorted(TABLES)
    assert dict(server.asked)[QUERIES["db"]] == {
        "users": ["", "inner", "must", "outer", "reader"],
        "user": "reader",
    }
    assert "FILE ON *.*" in lines(found)
    assert "ROLE 'must'@'%' via @@mandatory_roles" in lines(found)


def test_of_a_server_without_roles_no_table_of_roles_is_read() -> None:
    server = Server(user=[AT], tables_priv=[SELECT])
    assert not difference(held(read(server, READER, "5.7.44-log"), READER), WANTED)
    assert sorted(server.tables()) == sorted(set(TABLES) - {"global_grants", "role_edges"})
    assert not any("SHOW GRANTS" in sql for sql, _ in server.asked)
    assert tables("8.0.36") == tables("9.7.4") == TABLES


def test_of_an_account_that_is_not_there_no_grants_are_asked() -> None:
    server = Server()
    assert lines(read(server, READER, "9.7.4")) == []
    assert not any("SHOW GRANTS" in sql for sql, _ in server.asked)
