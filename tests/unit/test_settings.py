"""Settings: what is wrong with one is said in one line, with its name, its value and a way out."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh.egress import Egress
from provider.account import Previous
from settings import PROJECT, Settings, SettingsProblem, load, names

NEEDED: dict[str, object] = {"host": "mysql.example.com", "context": "tests"}


def loaded(**settings: object) -> Settings:
    """Load settings as the engine hands them over: text, lists and objects as JSON."""
    return load(
        {
            f"{PROJECT}:{name}": value if isinstance(value, str) else json.dumps(value)
            for name, value in {**NEEDED, **settings}.items()
        }
    )


def lines(**settings: object) -> list[str]:
    """Give the lines that say what is wrong."""
    with pytest.raises(SettingsProblem) as refused:
        loaded(**settings)
    return str(refused.value).splitlines()


MANY = [f"198.51.{i // 256}.{i % 256}" for i in range(257)]

# setting, value, what the line says of it, and what would be right
REFUSED = [
    ("host", "", "'' is empty", "give the database's full DNS name"),
    ("host", "198.51.100.7", "'198.51.100.7' is an IP address", "mysql.example.com"),
    ("host", "[2001:db8::7]", "'[2001:db8::7]' is an IP address", "mysql.example.com"),
    ("host", "localhost", "'localhost' is each pod's own loopback", "mysql.example.com"),
    ("host", "my_sql.example.com", "'my_sql.example.com' has an underscore", "mysql.example.com"),
    ("host", "*.example.com", "'*.example.com' is a wildcard", "mysql.example.com"),
    ("host", "a" * 64 + ".example.com", "has a label of 64 characters", "DNS takes 63"),
    ("host", ".".join(["a" * 60] * 5), "is 304 characters long", "DNS takes 253"),
    ("host", "mysql", "'mysql' has no domain", "mysql.example.com"),
    ("port", "0", "'0' is wrong", "greater than or equal to 1"),
    ("port", "65536", "'65536' is wrong", "less than or equal to 65535"),
    ("port", "-1", "'-1' is wrong", "greater than or equal to 1"),
    ("port", "mysql", "'mysql' is wrong", "valid integer"),
    ("port", "٣٣٠٦", "'٣٣٠٦' is wrong", "valid integer"),
    ("port", "", "'' is wrong", "valid integer"),
    ("database", "mysql", "'mysql' is a system schema", "give the database a name of its own"),
    ("database", "SYS", "'SYS' is a system schema", "give the database a name of its own"),
    ("database", "information_schema", "is a system schema", "a name of its own"),
    ("database", "performance_schema", "is a system schema", "a name of its own"),
    ("database", "a`b", "'a`b' is no plain name", "use letters"),
    ("database", "a'b", '"a\'b" is no plain name', "use letters"),
    ("database", 'a"b', "'a\"b' is no plain name", "use letters"),
    ("database", "", "'' is no plain name", "use letters"),
    ("database", "a" * 65, "is 65 characters long", "MySQL takes 64"),
    ("reader", "root", "'root' is the server's own account", "give the reader a name of its own"),
    ("reader", "mysql.sys", "'mysql.sys' is the server's own account", "a name of its own"),
    ("reader", "o'brien", '"o\'brien" is no plain name', "use letters"),
    ("reader", "a" * 33, "is 33 characters long", "MySQL takes 32"),
    ("readerHost", "", "'' is no host part", "give %"),
    ("readerHost", "10.0.'", '"10.0.\'" is no host part', "give %"),
    ("rotation", "next week", "'next week' is no number or date", "give e.g. 2, or 2026-11-29"),
    ("rotation", "2\n", "'2\\n' is no number or date", "give e.g. 2, or 2026-11-29"),
    ("rotation", "٢", "'٢' is no number or date", "give e.g. 2, or 2026-11-29"),
    ("rotation", "2026/11/29", "'2026/11/29' is no number or date", "give e.g. 2, or 2026-11-29"),
    ("rotation", "2" * 65, "is no number or date", "give e.g. 2, or 2026-11-29"),
    ("previousAccount", "delete", "'delete' is wrong", "should be 'drop', 'keep' or 'cut'"),
    ("previousAccount", "Keep", "'Keep' is wrong", "should be 'drop', 'keep' or 'cut'"),
    ("previousAccount", "", "'' is wrong", "should be 'drop', 'keep' or 'cut'"),
    ("privileges", ["SELECT", "INSERT"], "INSERT is not what a reader needs", "give SELECT alone"),
    ("privileges", ["all privileges"], "ALL PRIVILEGES is not what a reader", "give SELECT alone"),
    ("privileges", [], "nothing is not what a reader needs", "give SELECT alone"),
    ("privileges", "SELECT", "'SELECT' is wrong", "valid list"),
    ("ratings", {"1.5": 5}, '"1.5" is no whole number', "write it as in 5"),
    ("ratings", {"01": 5}, '"01" is no whole number', "write it as in 5"),
    ("ratings", {"1_0": 5}, '"1_0" is no whole number', "write it as in 5"),
    ("ratings", {" 1": 5}, '" 1" is no whole number', "write it as in 5"),
    ("ratings", {"-0": 5}, '"-0" is no whole number', "write it as in 5"),
    ("ratings", {"one": 5}, '"one" is no whole number', "write it as in 5"),
    ("ratings", {"1": True}, "true is no whole number", "write it as in 5"),
    ("ratings", {"1": 4.5}, "4.5 is wrong", "valid integer"),
    ("ratings", {"1": [5]}, "[5] is wrong", "valid integer"),
    ("ratings", {"1": 2**31}, "2147483648 does not fit a MySQL INT", "-2147483648 to 2147483647"),
    ("ratings", {str(-(2**31) - 1): 1}, "-2147483649 does not fit", "-2147483648 to 2147483647"),
    ("ratings", {"ALL": 1}, '"ALL" is no whole number', "write it as in 5"),
    ("ratings", {"all": "one"}, '"one" is no whole number', "write it as in 5"),
    ("ratings", {"1": "NULL"}, '"NULL" is no whole number', "write it as in 5"),
    ("ratings", {"1": ""}, '"" is no whole number', "write it as in 5"),
    ("ratings", {"1": 1e300}, "1e+300 is wrong", "exceeded maximum size"),
    ("ratings", [5, 4], "[5, 4] is wrong", "valid dictionary"),
    ("ratings", "five", "'five' is wrong", "valid dictionary"),
    ("ratings", "null", "None is wrong", "valid dictionary"),
    ("exclusiveRows", "perhaps", "'perhaps' is wrong", "valid boolean"),
    ("readerTls", "perhaps", "'perhaps' is wrong", "valid boolean"),
    ("protect", "perhaps", "'perhaps' is wrong", "valid boolean"),
    ("readReplica", "perhaps", "'perhaps' is wrong", "valid boolean"),
    ("namespace", "", "'' is no Kubernetes name", "lower case letters"),
    ("namespace", "Bookinfo", "'Bookinfo' is no Kubernetes name", "lower case letters"),
    ("namespace", "book info", "'book info' is no Kubernetes name", "lower case letters"),
    ("namespace", "book_info", "'book_info' is no Kubernetes name", "lower case letters"),
    ("namespace", "-bookinfo", "'-bookinfo' is no Kubernetes name", "lower case letters"),
    ("namespace", "bookinfo/x", "'bookinfo/x' is no Kubernetes name", "lower case letters"),
    ("namespace", "a" * 64, "is no Kubernetes name", "at most 63"),
    ("context", "", "'' is wrong", "at least 1 character"),
    ("image", "", "'' is wrong", "at least 1 character"),
    ("spreadOver", "a zone", "'a zone' is no label of nodes", "topology.kubernetes.io/zone"),
    ("replicas", "0", "'0' is wrong", "greater than or equal to 1"),
    ("egress", "nat", "'nat' is wrong", "'lookup', 'cidrs', 'mesh-dns', 'bypass' or 'off'"),
    ("protocol", "HTTP", "'HTTP' is wrong", "'TCP' or 'MONGO'"),
    ("exportTo", [], "it is empty", "give . for the entry's own namespace"),
    ("exportTo", ["Reporting"], "'Reporting' is no Kubernetes name", "lower case letters"),
    ("exportTo", [".", "."], "'.' is there twice", "give each namespace once"),
    ("exportTo", ["*", "reporting"], "'*' leaves nothing to add", "give it alone"),
    ("nameserver", "ns.example.com", "'ns.example.com' is no nameserver", "give its address"),
    ("nameserver", "198.51.100.53:", "'198.51.100.53:' is no nameserver", "give its address"),
    ("nameserver", "198.51.100.53:0", "'198.51.100.53:0' has port 0", "1 to 65535"),
    ("nameserver", "[2001:db8::53]:65536", "has port 65536", "1 to 65535"),
    ("nameserver", "[2001:db8::53]:٥٣", "'[2001:db8::53]:٥٣' is no nameserver", "give its address"),
    ("additionalNameservers", ["ns.example.com"], "'ns.example.com' is no nameserver", "address"),
    ("additionalNameservers", ["192.0.2.1"], "nameserver is empty", "set it to the first of them"),
    ("additionalNameservers", ["192.0.2.1"] * 2, "is there twice", "give each nameserver once"),
    ("nameserverAnswers", "any", "'any' is wrong", "'agree' or 'merge'"),
    ("keepAddresses", "an hour", "'an hour' is no time", "write it as in 90s, 30m, 1h or 2d"),
    ("keepAddresses", "366d", "'366d' is longer than a year", "give a shorter time"),
    ("onHole", "ignore", "'ignore' is wrong", "'keep' or 'refuse'"),
    ("holeBelow", "101", "'101' is wrong", "less than or equal to 100"),
    ("driftInterval", "daily", "'daily' is no time", "write it as in 90s, 30m, 1h or 2d"),
    ("dnsTimeout", "0", "'0' is wrong", "greater than or equal to 1"),
    ("additionalHosts", ["replica_1.example.com"], "has an underscore", "mysql.example.com"),
    (
        "additionalHosts",
        ["a.example.com", "A.example.com."],
        "'a.example.com' is there twice",
        "give each host once",
    ),
    (
        "additionalHosts",
        ["MYSQL.example.com"],
        "'mysql.example.com' is the host itself",
        "unset it",
    ),
]


@pytest.mark.parametrize(
    ("setting", "value", "problem", "hint"),
    REFUSED,
    ids=[f"{setting}-{number}" for number, (setting, *_) in enumerate(REFUSED)],
)
def test_a_wrong_setting_is_said_in_one_line(
    setting: str, value: object, problem: str, hint: str
) -> None:
    (line,) = lines(**{setting: value})
    assert line.startswith(f"{PROJECT}:{setting}")
    assert problem in line
    assert hint in line


CIDRS = [
    (["10.0.0.5/8"], "'10.0.0.5/8' has bits set behind its prefix", "write 10.0.0.0/8"),
    (["0.0.0.0/0"], "'0.0.0.0/0' is the whole internet", "give only the blocks of the database"),
    (["::/0"], "'::/0' is the whole internet", "give only the blocks of the database"),
    (["169.254.169.254"], "reaches a cloud's metadata service", "only the blocks of the database"),
    (["fe80::/64"], "reaches link-local addresses", "give only the blocks of the database"),
    (["10.0.0.1", "10.0.0.1/32"], "'10.0.0.1/32' is there twice", "give each block once"),
    (MANY, "257 blocks are too many", "give wider blocks"),
    (["10.0.0.0/8"], "'10.0.0.0/8' is wider than /16", "(widestIPv4)"),
    (["2001:db8::/32"], "'2001:db8::/32' is wider than /48", "(widestIPv6)"),
    (["mysql.example.com"], "'mysql.example.com' is no CIDR block", "203.0.113.0/24"),
    ([], "it is empty, and egress is cidrs", "give the blocks of the database"),
    ([5], "5 is wrong", "valid string"),
    ("10.0.0.0/24", "'10.0.0.0/24' is wrong", "valid list"),
]


@pytest.mark.parametrize(
    ("cidrs", "problem", "hint"), CIDRS, ids=[problem for _, problem, _ in CIDRS]
)
def test_a_wrong_block_is_said_in_one_line(cidrs: object, problem: str, hint: str) -> None:
    (line,) = lines(egress="cidrs", cidrs=cidrs)
    assert line.startswith(f"{PROJECT}:cidrs")
    assert problem in line
    assert hint in line


@pytest.mark.parametrize("egress", ["lookup", "mesh-dns", "off"])
def test_blocks_that_would_not_be_used_are_refused(egress: str) -> None:
    (line,) = lines(egress=egress, cidrs=["10.0.0.0/24"])
    assert line == (
        f"external-mysql:cidrs: 10.0.0.0/24 would not be used, for egress is {egress}; "
        "set egress to cidrs or bypass, or unset cidrs"
    )


@pytest.mark.parametrize("egress", ["mesh-dns", "bypass", "off"])
def test_more_than_one_host_is_refused_where_istio_takes_one(egress: str) -> None:
    (line,) = lines(egress=egress, additionalHosts=["replica.example.com"])
    assert line.startswith(f"{PROJECT}:additionalHosts: ")
    assert egress in line


@pytest.mark.parametrize(
    ("egress", "hint"),
    [("mesh-dns", "set egress to lookup or cidrs"), ("bypass", "set cidrs")],
)
def test_a_network_policy_is_refused_where_no_address_is_known(egress: str, hint: str) -> None:
    (line,) = lines(egress=egress, networkPolicy=True)
    assert line.endswith(
        f"networkPolicy: no address of the database is known, for egress is {egress}; {hint}, "
        "or unset networkPolicy"
    )
    assert loaded(egress="bypass", cidrs=["10.0.0.0/24"], networkPolicy=True).network_policy
    assert loaded(egress="off", networkPolicy=True).network_policy


def test_several_problems_are_several_lines() -> None:
    said = lines(host="localhost", port=0, database="sys", egress="nat", prot=3307)
    assert [line.split()[0].rstrip(":") for line in said] == [
        f"{PROJECT}:{name}" for name in ("host", "port", "database", "egress", "prot")
    ]


def test_a_setting_that_is_not_set_is_said_with_the_command_that_sets_it() -> None:
    with pytest.raises(SettingsProblem) as refused:
        load({})
    assert str(refused.value).splitlines() == [
        "external-mysql:host is not set; run `pulumi config set host ...`",
        "external-mysql:context is not set; run `pulumi config set context ...`",
    ]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("prot", "port"),
        ("Host", "host"),
        ("hosts", "host"),
        ("exclusive_rows", "exclusiveRows"),
        ("egres", "egress"),
        ("widestIpv4", "widestIPv4"),
        ("destinationRule", "destinationRules"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest_name(name: str, near: str) -> None:
    (line,) = lines(**{name: "1"})
    assert line == f"external-mysql:{name} is no setting; did you mean {near}?"


def test_an_unknown_setting_like_no_other_is_refused_with_all_names() -> None:
    (line,) = lines(zzz="1")
    assert line.startswith("external-mysql:zzz is no setting; the settings are host, port, ")
    assert line.endswith(names()[-1])


def test_settings_of_other_namespaces_are_left_alone() -> None:
    assert load(
        {
            "external-mysql:host": "mysql.example.com",
            "external-mysql:context": "c",
            "mysql:tls": "x",
        }
    )


def test_a_host_is_normalised() -> None:
    assert loaded(host=" MySQL.Example.COM. ").host == "mysql.example.com"
    hosts = loaded(additionalHosts=["Replica.Example.com."]).additional_hosts
    assert hosts == ["replica.example.com"]


def test_the_defaults_are_the_articles() -> None:
    settings = loaded()
    assert (settings.port, settings.database, settings.reader) == (3306, "test", "bookinfo")
    assert settings.rows() == {"1": 5, "2": 4}
    assert (settings.egress, settings.protocol, settings.export_to) == (Egress.LOOKUP, "TCP", ["."])
    assert (settings.kubeconfig, settings.adopt) == ("", [])


def test_what_is_asked_of_dns_is_the_host_at_this_machines_nameservers() -> None:
    assert loaded(host="mysql.example.com").lookup() == {
        "hosts": ["mysql.example.com"],
        "nameservers": [],
        "merge": False,
        "timeout": 5,
        "public": False,
        "keep": 3600,
        "share": 50,
        "refuse": False,
        "interval": 3600,
    }


def test_each_setting_of_the_lookup_is_part_of_it() -> None:
    assert loaded(
        host="mysql.example.com",
        additionalHosts=["replica.example.com"],
        nameserver="192.0.2.1",
        additionalNameservers=["192.0.2.2:5353"],
        nameserverAnswers="merge",
        dnsTimeout=1,
        publicOnly=True,
        keepAddresses="90s",
        holeBelow=0,
        onHole="refuse",
        driftInterval="1d",
    ).lookup() == {
        "hosts": ["mysql.example.com", "replica.example.com"],
        "nameservers": ["192.0.2.1", "192.0.2.2:5353"],
        "merge": True,
        "timeout": 1,
        "public": True,
        "keep": 90,
        "share": 0,
        "refuse": True,
        "interval": 86400,
    }


@pytest.mark.parametrize("egress", ["mesh-dns", "bypass", "off"])
def test_dns_is_not_asked_where_the_way_out_needs_no_address_of_it(egress: str) -> None:
    assert loaded(egress=egress).lookup() is None


def test_a_nameserver_is_asked_once() -> None:
    (line,) = lines(nameserver="192.0.2.1", additionalNameservers=["192.0.2.1"])
    assert line.endswith("additionalNameservers: '192.0.2.1' is nameserver itself; unset it")


def test_a_path_stays_as_it_was_written_for_other_machines_read_it_too() -> None:
    assert loaded(kubeconfig="~/kube.yaml").kubeconfig == "~/kube.yaml"


def test_what_is_to_be_adopted_is_named_by_kind_and_name() -> None:
    adopt = ["virtualservice/ratings", "Deployment/ratings-v2-mysql", "VirtualService/ratings"]
    assert loaded(adopt=adopt).adopt == ["Deployment/ratings-v2-mysql", "VirtualService/ratings"]


@pytest.mark.parametrize("wrong", ["ratings", "VirtualService/", "Secret/password", "Pod/ratings"])
def test_what_cannot_be_adopted_is_said(wrong: str) -> None:
    with pytest.raises(SettingsProblem) as refused:
        loaded(adopt=[wrong])
    line = str(refused.value)
    assert line.startswith(f"external-mysql:adopt: {wrong!r} is no object that can be adopted")
    assert "as in VirtualService/ratings; the kinds are Database, " in line
    assert "\n" not in line


def test_a_database_is_adopted_by_its_own_name() -> None:
    settings = loaded(adopt=["database/test", "VirtualService/ratings"])
    assert settings.adopt == ["Database/test", "VirtualService/ratings"]
    assert settings.adopted_on_server() == ["Database/test"]
    assert settings.adopted_in_cluster() == ["VirtualService/ratings"]
    assert settings.adopts_database()
    assert not loaded(adopt=["VirtualService/ratings"]).adopts_database()


def test_what_is_not_made_there_is_not_adopted_there() -> None:
    assert lines(adopt=["Database/orders"]) == [
        "external-mysql:adopt: 'Database/orders' is nothing that is made here; give Database/test"
    ]
    assert lines(adopt=["Table/orders"]) == [
        "external-mysql:adopt: 'Table/orders' is nothing that is made here; give Table/ratings"
    ]


def test_an_account_is_adopted_by_the_name_of_the_reader() -> None:
    assert loaded(adopt=["Account/bookinfo"]).adopts_account()
    assert not loaded(adopt=["Table/ratings"]).adopts_account()
    (line,) = lines(adopt=["Account/bookinfo"], reader="librarian")
    assert line.endswith("'Account/bookinfo' is nothing that is made here; give Account/librarian")


def test_rows_of_others_in_a_table_that_is_given_back_are_not_deleted() -> None:
    (line,) = lines(adopt=["Table/ratings"], exclusiveRows=True)
    assert line.startswith("external-mysql:exclusiveRows: it would delete rows of others, and ")
    assert loaded(adopt=["Table/ratings"]).adopts_table()
    assert not loaded(exclusiveRows=True).adopts_table()


INTS = st.integers(-(2**31), 2**31 - 1)


@given(st.dictionaries(INTS, st.one_of(st.none(), INTS), max_size=20))
def test_all_rows_that_mysql_can_hold_are_taken(rows: dict[int, int | None]) -> None:
    as_json = {str(review): rating for review, rating in rows.items()}
    assert loaded(ratings=as_json).ratings == rows


ARTICLE = {"1": 5, "2": 4}


@given(st.dictionaries(INTS, INTS, max_size=20))
def test_rows_are_laid_over_the_articles(rows: dict[int, int]) -> None:
    as_json = {str(review): rating for review, rating in rows.items()}
    assert loaded(ratings=as_json).rows() == {**ARTICLE, **as_json}


@pytest.mark.parametrize(
    ("ratings", "rows"),
    [
        ({}, ARTICLE),
        ({"1": 1}, {"1": 1, "2": 4}),
        ({"1": "1"}, {"1": 1, "2": 4}),  # as `config set --path` stores what it cannot tell
        ({"7": 3}, {**ARTICLE, "7": 3}),
        ({"1": None}, {"2": 4}),
        ({"1": "null"}, {"2": 4}),
        ({"1": None, "2": None}, {}),
        ({"7": None}, ARTICLE),
        ({"all": 1}, {"1": 1, "2": 1}),
        ({"all": "1"}, {"1": 1, "2": 1}),
        ({"all": 1, "7": 3}, {"1": 1, "2": 1, "7": 1}),
        ({"all": 1, "2": None}, {"1": 1}),
        ({"all": None}, ARTICLE),
        ({"all": 0}, {"1": 0, "2": 0}),
    ],
    ids=str,
)
def test_a_row_is_changed_added_or_left_out_and_all_can_be_set_at_once(
    ratings: dict[str, object], rows: dict[str, int]
) -> None:
    assert loaded(ratings=ratings).rows() == rows


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ""),
        (2, "2"),
        ("2", "2"),
        ("02", "02"),
        ("2026-11-29", "2026-11-29"),
        ("2026-11-29T07:55:00+00:00", "2026-11-29T07:55:00+00:00"),
        ("v1.2", "v1.2"),
    ],
)
def test_a_rotation_is_a_number_or_a_date_as_it_is_written(written: object, read: str) -> None:
    assert loaded(rotation=written).rotation == read


@pytest.mark.parametrize(
    ("value", "read"),
    [(2, "2"), (date(2026, 11, 29), "2026-11-29")],
)
def test_a_rotation_that_was_read_from_yaml_is_taken_as_text(value: object, read: str) -> None:
    assert load({f"{PROJECT}:{name}": v for name, v in {**NEEDED, "rotation": value}.items()}) == (
        loaded(rotation=read)
    )


@pytest.mark.parametrize("value", [True, 2.5, ["2"], {"n": 2}, None])
def test_a_rotation_of_another_kind_is_refused(value: object) -> None:
    with pytest.raises(SettingsProblem) as refused:
        load({f"{PROJECT}:{name}": v for name, v in {**NEEDED, "rotation": value}.items()})
    assert str(refused.value) == (
        f"{PROJECT}:rotation: {value!r} is wrong: input should be a valid string"
    )


def test_the_account_before_is_dropped_unless_it_is_to_be_kept_or_cut() -> None:
    assert (loaded().rotation, loaded().previous_account) == ("", "drop")
    for previous in Previous:
        assert loaded(previousAccount=str(previous)).previous_account == previous
    assert Settings.model_json_schema()["properties"]["previousAccount"]["enum"] == list(Previous)


def test_the_database_is_protected_unless_that_is_switched_off() -> None:
    assert loaded().protect is True
    assert loaded(protect="false").protect is False


def test_the_pods_host_is_the_admins_server_unless_it_is_said_to_be_a_replica() -> None:
    assert loaded().read_replica is False
    assert loaded(readReplica="true").read_replica is True


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_two_spellings_of_a_review_are_one_row(one: str, other: str) -> None:
    try:
        rows = loaded(ratings={one: 1, other: 2}).ratings
    except SettingsProblem:
        return
    assert len(rows) == len({one, other})


@given(st.sampled_from(sorted(Settings.model_json_schema()["properties"])), st.text(max_size=30))
def test_whatever_is_written_into_a_setting_is_taken_or_said_in_one_line(
    setting: str, text: str
) -> None:
    try:
        loaded(**{setting: text})
    except SettingsProblem as problem:
        assert [setting in line for line in str(problem).split("\n")] == [True]  # noqa: PT017
