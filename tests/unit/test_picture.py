"""The picture: what a person sees in it, what nobody does, and that it is the same for the same."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from mesh.egress import Egress
from picture.fit import broken, width
from tests.unit.picture_states import (
    ADDRESSES,
    HOST,
    Change,
    Exported,
    drawn,
    egress,
    exported,
    outputs,
    resources,
    setting,
    without,
)

SECRET = "hunter2-in-clear"  # noqa: S105 - of no account
SVG = "{http://www.w3.org/2000/svg}"
LONG = ".".join(["a-label-as-long-as-dns-lets-one-be-which-is-sixty-three-letters"] * 3)
MANY = [f"198.51.100.{i}/32" for i in range(18)]

WAYS = {
    "lookup": egress(Egress.LOOKUP, *ADDRESSES),
    "cidrs": egress(Egress.CIDRS, "203.0.113.0/24"),
    "mesh-dns": egress(Egress.MESH_DNS),
    "bypass": egress(Egress.BYPASS, "203.0.113.0/24"),
    "bypass by port": egress(Egress.BYPASS),
    "off": egress(Egress.OFF),
}

# What makes the longest texts, and the most of them.
LONGEST = {
    **WAYS,
    "many addresses": egress(Egress.LOOKUP, *MANY),
    "long host": egress(Egress.LOOKUP, *ADDRESSES, hosts=(LONG, *[f"{i}.{LONG}" for i in "abc"])),
    "long address": egress(Egress.LOOKUP, "2001:db8:1234:5678:9abc:def0:1234:5678/128"),
    "long names": setting("User", "user", to="W" * 32),
    "long secret": setting("Secret", "metadata", "name", to="w" * 253),
    "long schema": setting("RatingsTable", "database", to="数" * 64),
    "many namespaces": egress(Egress.LOOKUP, *ADDRESSES, export_to=tuple("n" * 63 for _ in "1234")),
    "many rows": setting(
        "RatingsTable", "rows", to={str(2**31 - i): 2**31 - i for i in range(1, 9)}
    ),
    "nothing": without("Deployment", "ServiceEntry", "User", "RatingsTable", "Secret"),
}


def texts(picture: str) -> list[str]:
    return ["".join(t.text or "" for t in text.iter(f"{SVG}tspan")) for text in lines(picture)]


def lines(picture: str) -> list[ET.Element]:
    return list(ET.fromstring(picture).iter(f"{SVG}text"))  # noqa: S314 - our own


def texts_together(picture: str) -> list[str]:
    """Give the texts whose lines were broken, each as one."""
    return [
        " ".join((t.text or "").strip() for t in text.iter(f"{SVG}tspan"))
        for text in lines(picture)
    ]


def test_every_stop_from_the_page_to_the_rows_is_in_it() -> None:
    shown = texts(drawn())
    for stop in (
        "productpage",
        "reviews v3",
        "ratings-v2-mysql",
        "mysql-external",
        *ADDRESSES,
        "'bookinfo'@'%'",
        "may SELECT on test.ratings",
        "test.ratings",
        "review 1",
    ):
        assert stop in shown


def test_the_sentence_at_its_head_says_how_the_database_is_reached() -> None:
    said = {name: texts(drawn(change))[1] for name, change in WAYS.items()}
    at = "mysql.example.com:3306"
    assert said == {
        "lookup": f"ratings v2-mysql reaches {at} through ServiceEntry mysql-external, "
        "at 2 addresses.",
        "cidrs": f"ratings v2-mysql reaches {at} through ServiceEntry mysql-external, at 1 range.",
        "mesh-dns": f"ratings v2-mysql reaches {at} through ServiceEntry mysql-external, "
        "at looked-up addresses.",
        "bypass": f"ratings v2-mysql reaches {at} around its sidecar, at 1 range.",
        "bypass by port": f"ratings v2-mysql reaches {at} around its sidecar, "
        "by port 3306 at any address.",
        "off": f"ratings v2-mysql has no way out to {at}: this stack opens none.",
    }


def test_a_reader_who_cannot_see_it_is_told_all_of_it() -> None:
    root = ET.fromstring(drawn())  # noqa: S314 - our own
    description = root.findtext(f"{SVG}desc") or ""
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Wiring of the stack dev"
    for part in ("mysql-external", *ADDRESSES, "'bookinfo'@'%'", "review 2 has 4"):
        assert part in description


def test_no_ciphertext_is_in_it() -> None:
    ciphertexts = re.findall(r'"ciphertext": "([^"]+)"', json.dumps(exported()))
    assert ciphertexts
    assert not any(text in drawn() for text in ciphertexts)


def secrets_in_clear(state: Exported) -> None:
    """Write secrets as `--show-secrets` does."""
    for resource in resources(state):
        for value in resource.get("outputs", {}).values():
            if isinstance(value, dict) and value.pop("ciphertext", None):
                value["plaintext"] = json.dumps(SECRET)


@pytest.mark.parametrize(
    "change",
    [
        secrets_in_clear,
        setting("RandomPassword", "result", to=SECRET),
        setting("User", "plaintextPassword", to=SECRET),
        setting("Rights", "password", to=SECRET),
        setting("mysql-extra", "password", to=SECRET),
        setting("Secret", "data", to={"password": SECRET}),
        setting(
            "Deployment",
            *("spec", "template", "spec", "containers", 0, "env", 4),
            to={"name": "MYSQL_DB_PASSWORD", "value": SECRET},
        ),
    ],
    ids=["shown secrets", "password", "account", "rights", "admin", "Secret", "environment"],
)
def test_a_secret_that_is_in_clear_in_the_state_is_not_in_it(change: Change) -> None:
    assert SECRET in json.dumps(exported(change))
    assert SECRET not in drawn(change)


def test_a_secret_where_none_is_expected_is_blotted_out() -> None:
    def marked(state: Exported) -> None:
        outputs(state, "User")["host"] = SECRET
        for resource in resources(state):
            if resource["type"].endswith(":User"):
                resource["additionalSecretOutputs"] = ["host"]

    picture = drawn(marked)
    assert SECRET not in picture
    assert "'bookinfo'@'[secret]'" in texts(picture)


def test_the_same_state_gives_the_same_bytes() -> None:
    assert drawn() == drawn(lambda state: resources(state).reverse())


@pytest.mark.parametrize(
    "change",
    [
        *(change for name, change in WAYS.items() if name != "lookup"),
        egress(Egress.LOOKUP, *ADDRESSES, "203.0.113.7/32"),
        egress(Egress.LOOKUP, *ADDRESSES, protocol="MONGO"),
        egress(Egress.LOOKUP, *ADDRESSES, port=3307),
        egress(Egress.LOOKUP, *ADDRESSES, export_to=("*",)),
        egress(Egress.LOOKUP, *ADDRESSES, hosts=(HOST, "replica.example.com")),
        without("VirtualService"),
        without("DestinationRule"),
        setting("VirtualService", "spec", "http", to=[]),
        setting("Deployment", "spec", "replicas", to=3),
        setting("Deployment", "status", "readyReplicas", to=0),
        setting("Secret", "metadata", "name", to="reader-password-0ther"),
        setting("User", "host", to="10.0.0.%"),
        setting("Grant", "privileges", to=["SELECT", "INSERT"]),
        setting("MysqlReader", "refused", to={}),
        setting("RatingsTable", "rows", to={"1": 1, "2": 4}),
    ],
)
def test_another_wiring_is_another_picture(change: Change) -> None:
    assert drawn(change) != drawn(WAYS["lookup"])


def test_an_address_that_is_not_named_for_want_of_room_changes_it_too() -> None:
    one, other = (egress(Egress.LOOKUP, *MANY[:-1], last) for last in (MANY[-1], "192.0.2.1/32"))
    assert "and 12 more" in texts(drawn(one))
    assert drawn(one) != drawn(other)


def test_only_an_open_way_is_drawn_as_open() -> None:
    arrows = {
        name: set(re.findall(r'class="arrow (open|around|closed)', drawn(change)))
        for name, change in WAYS.items()
    }
    assert arrows == {
        "lookup": {"open"},
        "cidrs": {"open"},
        "mesh-dns": {"open"},
        "bypass": {"around"},
        "bypass by port": {"around"},
        "off": {"closed"},
    }


def test_what_is_not_ready_says_so() -> None:
    assert "0 of 1 pods ready" in texts(
        drawn(setting("Deployment", "status", "readyReplicas", to=0))
    )
    assert "has no grant yet" in texts(drawn(without("Grant")))
    assert "not made yet" in texts(drawn(without("RatingsTable")))


def test_what_the_reader_was_refused_is_said_the_first_few_of_it() -> None:
    (line,) = (each for each in texts_together(drawn()) if each.startswith("tried and was"))
    assert line == (
        "tried and was refused: INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX and 12 more"
    )
    untried = drawn(setting("MysqlReader", "refused", to={}))
    assert "what it may not do was not tried" in texts_together(untried)


def test_what_an_interrupted_run_left_is_told() -> None:
    def interrupted(state: Exported) -> None:
        (user,) = (r for r in resources(state) if r["type"].endswith(":User"))
        state["deployment"]["pending_operations"] = [{"type": "updating", "resource": user}]

    assert "An interrupted run left unfinished: updating User reader-user." in texts(
        drawn(interrupted)
    )


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "&amp;", "'\"]]>", "a\u202eb", "a\x1b[31mb", "数据库"],
)
def test_an_odd_name_is_text_and_nothing_else(name: str) -> None:
    picture = drawn(setting("User", "user", to=name))
    told = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    assert f"'{told}'@'%'" in texts(picture)
    assert "<script" not in picture


@pytest.mark.parametrize("change", LONGEST.values(), ids=LONGEST.keys())
def test_no_text_leaves_its_box(change: Change) -> None:
    picture = drawn(change)
    boxes = [
        tuple(float(box.get(side, "")) for side in ("x", "y", "width", "height"))
        for box in ET.fromstring(picture).iter(f"{SVG}rect")  # noqa: S314 - our own
    ]
    for text in lines(picture):
        for line in text.iter(f"{SVG}tspan"):
            classes = str(text.get("class")).split()
            size = float(text.get("font-size", ""))
            wide = width(line.text or "", size, code="code" in classes, bold="bold" in classes)
            x, y = float(line.get("x", "")), float(line.get("y", ""))
            left = x - wide / 2 if text.get("text-anchor") == "middle" else x
            around = min((w, a, b, h) for a, b, w, h in boxes if a <= x < a + w and b < y < b + h)
            assert around[1] < left, line.text
            assert left + wide < around[1] + around[0], line.text


def test_it_is_for_light_and_dark_and_needs_nothing_else() -> None:
    picture = drawn()
    assert "@media (prefers-color-scheme:dark)" in picture
    assert re.findall(r"https?://[^\"]+", picture) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"href|url\(|@import|@font-face|<script", picture)


def test_a_name_is_broken_where_a_reader_would_break_it() -> None:
    assert broken("mysql.internal.example.com", 10, 10 * 0.62 * 15, code=True) == [
        "mysql.internal.",
        "example.com",
    ]


def test_a_name_without_a_place_to_break_is_broken_anyway() -> None:
    assert broken("x" * 25, 10, 62, code=True) == ["x" * 10, "x" * 10, "x" * 5]


def test_a_text_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert broken("x" * 25, 10, 62, code=True, most=2) == ["x" * 10, "x" * 9 + "…"]
