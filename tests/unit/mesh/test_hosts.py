"""DNS names of databases: one spelling, and only names that a ServiceEntry can work with."""

from __future__ import annotations

import re
import string
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mesh.hosts import normalise_host

# What lower() turns into ASCII or into more letters, digits of other scripts, another full stop.
FOREIGN = "é\xdf\u0661\u0130\u212a\u3002"

LETTERS = string.ascii_letters + string.digits
INNER = st.text(LETTERS + "-", max_size=61)
LABELS = st.builds(lambda a, b, c: a + b + c, st.sampled_from(LETTERS), INNER, st.just("x"))
TOP_LEVEL = st.text(string.ascii_letters, min_size=2, max_size=20).filter(
    lambda label: label.lower() != "localhost"
)
HOSTS = (
    st.lists(LABELS, min_size=1, max_size=4)
    .flatmap(lambda labels: TOP_LEVEL.map(lambda top: ".".join([*labels, top])))
    .filter(lambda host: len(host) <= 253)
)


@given(HOSTS)
def test_every_valid_name_is_taken_in_lower_case(host: str) -> None:
    assert normalise_host(host) == host.lower()


@given(HOSTS, st.sampled_from(["", "."]), st.sampled_from(["", " ", "\n"]))
def test_one_name_has_one_spelling(host: str, final_dot: str, space: str) -> None:
    spelled = f"{space}{host.upper()}{final_dot}{space}"
    assert normalise_host(spelled) == normalise_host(host.lower())


@given(st.text(string.printable + FOREIGN, max_size=80))
@example("mysql.example.com.")
@example("MYSQL.example.com")
@example("..")
@example("mysql.example.com..")
def test_what_is_taken_stays_as_it_is_and_is_a_dns_name(text: str) -> None:
    try:
        host = normalise_host(text)
    except ValueError:
        return
    assert normalise_host(host) == host
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", host)
    assert max(map(len, host.split("."))) <= 63
    assert len(host) <= 253


@given(HOSTS, st.data())
def test_no_name_with_an_underscore_or_an_asterisk_is_taken(host: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(host)))
    for sign in "_*":
        with pytest.raises(ValueError, match=r"underscore|wildcard"):
            normalise_host(host[:place] + sign + host[place:])


@given(
    st.one_of(
        st.builds(IPv4Address, st.integers(0, 2**32 - 1)),
        st.builds(IPv6Address, st.integers(0, 2**128 - 1)),
    )
)
def test_no_address_is_taken_for_a_name(address: IPv4Address | IPv6Address) -> None:
    for spelled in (str(address), f"[{address}]", f"{address}."):
        with pytest.raises(ValueError, match="is an IP address"):
            normalise_host(spelled)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        (".", "is empty"),
        ("192.0.2.1", "is an IP address"),
        ("fe80::1%eth0", "is an IP address"),
        ("::ffff:192.0.2.1", "is an IP address"),
        ("localhost", "is each pod's own loopback"),
        ("LOCALHOST.", "is each pod's own loopback"),
        ("mysql.localhost", "is each pod's own loopback"),
        ("*", "is a wildcard"),
        ("*.example.com", "is a wildcard"),
        ("my_sql.example.com", "has an underscore"),
        ("mysql", "has no domain"),
        ("mysql..example.com", "has '' between its dots"),
        ("-mysql.example.com", "has '-mysql' between its dots"),
        ("mysql-.example.com", "has 'mysql-' between its dots"),
        ("my sql.example.com", "has 'my sql' between its dots"),
        ("mysql.example.com:3306", "has 'com:3306' between its dots"),
        ("https://mysql.example.com", "has 'https://mysql' between its dots"),
        ("müsli.example.com", "has 'müsli' between its dots"),
        ("mysql.example.\u0661", "has '\u0661' between its dots"),
        ("10.0.0.256", "ends in a number"),
        ("mysql.example.1", "ends in a number"),
        (f"{'a' * 64}.example.com", "has a label of 64 characters, and DNS takes 63"),
        (".".join(["a" * 49] * 6), "is 299 characters long, and DNS takes 253"),
    ],
)
def test_a_name_that_cannot_work_is_refused_with_the_reason(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)) as refused:
        normalise_host(text)
    message = str(refused.value)
    assert message.startswith(repr(text))
    assert "mysql.example.com" in message
    assert "\n" not in message


def test_the_longest_name_that_dns_takes_is_taken() -> None:
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    assert len(longest) == 253
    assert normalise_host(longest) == longest
    with pytest.raises(ValueError, match="254 characters"):
        normalise_host(longest + "d")
