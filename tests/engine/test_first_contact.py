"""The first contact with a server: over TLS, by an admin who may do enough; or nothing is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mysql.account import Account
from provider.admin_rights import grants
from sandbox import layout, pki
from sandbox.stack import Stack
from tests.engine.parts import Database, refused

AUTHORITY = layout.HERE.certificate(pki.AUTHORITY)


def test_tls_is_on_where_nobody_says_otherwise(empty_stack: Stack) -> None:
    empty_stack.up(MYSQL_TLS_CONFIG="")
    empty_stack.destroy()


def test_an_authority_of_ones_own_is_a_setting(empty_stack: Stack, tmp_path: Path) -> None:
    authority = tmp_path / "authority"
    authority.mkdir()
    file = authority / "ca.pem"
    file.write_bytes(AUTHORITY.read_bytes())
    unknown = {"SSL_CERT_FILE": "", "MYSQL_TLS_CA": ""}

    line = refused(empty_stack.preview_and_up(ok=False, **unknown), empty_stack)
    assert "the authority of the certificate of the MySQL server" in line
    assert "name it in mysql:ca or MYSQL_TLS_CA" in line

    known = {**unknown, "MYSQL_TLS_CA": str(file)}
    line = refused(empty_stack.preview_and_up(ok=False, **known), empty_stack)
    assert f"`export SSL_CERT_DIR={authority}`" in line

    trusted: dict[str, Any] = {**known, "SSL_CERT_DIR": str(authority)}
    empty_stack.up(**trusted)
    assert empty_stack.outputs()["ratings"] == {"1": 5, "2": 4}
    empty_stack.run("destroy", "--yes", **trusted)


def test_a_server_that_takes_tls_alone_is_used_by_pods_over_tls(
    empty_stack: Stack, database: Database
) -> None:
    database("SET GLOBAL require_secure_transport = ON")
    try:
        line = refused(empty_stack.preview_and_up(ok=False), empty_stack)
        assert line.startswith("readerTls: it is false, and this MySQL 9")
        empty_stack.set(readerTls=True)
        line = refused(empty_stack.preview_and_up(ok=False, MYSQL_TLS_CA=""), empty_stack)
        assert line.startswith("readerTls: pods know only the well-known authorities, and would ")
        assert line.endswith("; name its authority in mysql:ca or MYSQL_TLS_CA")
        empty_stack.up(MYSQL_TLS_CA=str(AUTHORITY))
        ((demand,),) = database("SELECT ssl_type FROM mysql.user WHERE User = 'bookinfo'")
        assert demand == "ANY"
        empty_stack.up(
            "--refresh",
            "--expect-no-changes",
            MYSQL_TLS_CA=str(AUTHORITY),
        )
        empty_stack.destroy()
    finally:
        database("SET GLOBAL require_secure_transport = OFF")


# --- the admin


def test_an_admin_who_may_too_little_is_told_what_to_grant(
    empty_stack: Stack, database: Database
) -> None:
    poor = Account("poor")
    database(f"CREATE USER {poor} IDENTIFIED BY 'poor but honest' REQUIRE SSL")
    login: dict[str, Any] = {"MYSQL_USERNAME": poor.user, "MYSQL_PASSWORD": "poor but honest"}
    try:
        line = refused(empty_stack.preview_and_up(ok=False, **login), empty_stack)
        ((version,),) = database("SELECT VERSION()")
        said = line.partition("as one who may: ")[2].split("; ")
        assert said == list(grants(poor, "test", version).values())
        for statement in said:
            database(statement)
        empty_stack.up(**login)
        empty_stack.run("destroy", "--yes", **login)
    finally:
        database(f"DROP USER {poor}")


# --- protection


def test_the_database_is_protected_until_somebody_says_otherwise(
    empty_stack: Stack, database: Database
) -> None:
    empty_stack.set(protect=None)
    empty_stack.up()
    refused = empty_stack.run("destroy", "--yes", ok=False)
    assert any("protected" in each for each in refused.errors)
    assert database.rows() == {1: 5, 2: 4}
    # As the README has it.
    empty_stack.run("config", "set", "external-mysql:protect", "false")
    empty_stack.up()
    empty_stack.destroy()
    assert "test" not in database.schemas()


# --- another database


def test_another_database_takes_table_and_right_along_and_leaves_no_right_behind(
    empty_stack: Stack, database: Database, environment: dict[str, str]
) -> None:
    deployer = environment["MYSQL_USERNAME"]
    database(f"GRANT ALL ON books.* TO '{deployer}'@'%' WITH GRANT OPTION")
    # An image of one's own, which may read what it likes; none that is here, so nobody waits.
    own = {"image": "registry.example.com/own:1", "egress": "off", "reader": "librarian"}
    empty_stack.set(database="books", **own)
    empty_stack.up()
    database(f"GRANT ALL ON others.* TO '{deployer}'@'%' WITH GRANT OPTION")
    empty_stack.set(database="others", **own)
    empty_stack.up()
    grants = {line for (line,) in database("SHOW GRANTS FOR librarian")}
    assert "GRANT SELECT ON `others`.`ratings` TO `librarian`@`%`" in grants
    assert not any("books" in line for line in grants)
    assert "books" not in database.schemas()
    empty_stack.up("--refresh", "--expect-no-changes")
    empty_stack.destroy()
    assert database.schemas() & {"books", "others"} == set()
