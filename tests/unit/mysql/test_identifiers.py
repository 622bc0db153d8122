"""Names that go into SQL: what is accepted needs no escaping anywhere."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysql.identifiers import account_host, account_name, quote, schema_name

PLAIN = st.text(string.ascii_letters + string.digits + "_$", min_size=1, max_size=32)


@given(st.text())
def test_whatever_is_quoted_stays_one_identifier(name: str) -> None:
    inner = quote(name)[1:-1]
    assert inner.replace("``", "").count("`") == 0
    assert inner.replace("``", "`") == name


@given(PLAIN.filter(lambda name: name.lower() not in {"mysql", "sys", "ndbinfo", "root"}))
def test_plain_names_are_taken_as_they_are(name: str) -> None:
    assert schema_name(name) == name
    assert account_name(name) == name


@given(st.text(max_size=70))
def test_what_is_taken_needs_no_escaping(name: str) -> None:
    for accept in (schema_name, account_name, account_host):
        try:
            accepted = accept(name)
        except ValueError as refused:
            assert repr(name) in str(refused)  # noqa: PT017
        else:
            assert accepted == (name.lower() if accept is account_host else name)
            assert accepted.isascii()
            assert not set(accepted) & set("'\"`\\ ;\n")


@pytest.mark.parametrize("name", ["mysql", "MySQL", "sys", "information_schema", "NDBINFO"])
def test_system_schemas_are_refused_in_any_case(name: str) -> None:
    with pytest.raises(ValueError, match="is a system schema of MySQL"):
        schema_name(name)


@pytest.mark.parametrize("name", ["root", "Root", "mysql.sys", "MYSQL.session"])
def test_the_servers_own_accounts_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is the server's own account"):
        account_name(name)


def test_names_are_as_long_as_mysql_takes_them_and_no_longer() -> None:
    assert schema_name("a" * 64)
    assert account_name("a" * 32)
    assert account_host("a" * 255)
    for accept, longest in ((schema_name, 64), (account_name, 32), (account_host, 255)):
        with pytest.raises(ValueError, match="a"):
            accept("a" * (longest + 1))


@pytest.mark.parametrize(
    "host", ["%", "localhost", "10.0.%", "10.0.0.0/255.255.0.0", "2001:db8::%", "pod_.example.com"]
)
def test_a_host_part_is_a_name_an_address_or_a_pattern(host: str) -> None:
    assert account_host(host) == host


@pytest.mark.parametrize("host", ["Pod_.Example.COM", "2001:DB8::%", "LOCALHOST"])
def test_a_host_part_has_no_case_and_is_written_as_mysql_keeps_it(host: str) -> None:
    assert account_host(host) == host.lower()
