"""The whole program under mocks: what it makes, in which order, and what it tells."""

from __future__ import annotations

import gc
from itertools import pairwise

import pytest

from tests.unit.conftest import CONTEXT, HOST, Up
from tests.unit.recording import (
    ANNOTATIONS,
    CLUSTER,
    OWNER,
    PROOF,
    SECRET,
    SERVER,
    Created,
    Engine,
    all_created,
    created,
    kinds,
)

COMPONENTS = (
    "MysqlServer",
    "KubernetesCluster",
    "MysqlDatabase",
    "MysqlReader",
    "ExternalMysql",
    "RatingsWorkload",
    "BookinfoRouting",
)
PROVIDERS = ("kubernetes", "mysql", "mysql-extra")
OBJECTS = {"Secret", "ServiceEntry", "Deployment", "VirtualService"}


@pytest.fixture
def engine(up: Up) -> Engine:
    return up()


def test_it_makes_the_article_step_by_step_and_nothing_else(engine: Engine) -> None:
    assert kinds(engine) == {
        "Stack",
        *PROVIDERS,
        *COMPONENTS,
        "RandomUuid",
        "Addresses",
        "Server",
        "Cluster",
        "Object",
        "Entry",
        "Schema",
        "Database",
        "RatingsTable",
        "RandomPassword",
        "AccountName",
        "User",
        "Account",
        "Grant",
        "Rights",
        "Proof",
        "Secret",
        "ServiceEntry",
        "Deployment",
        "VirtualService",
    }


@pytest.mark.parametrize(
    ("component", "children"),
    [
        ("MysqlServer", {"mysql", "mysql-extra", "Addresses", "Server"}),
        ("KubernetesCluster", {"kubernetes", "Cluster"}),
        ("MysqlDatabase", {"Schema", "Database", "RatingsTable"}),
        (
            "MysqlReader",
            {
                *("RandomPassword", "AccountName", "User", "Account"),
                *("Grant", "Rights", "Proof", "Object", "Secret"),
            },
        ),
        ("ExternalMysql", {"Entry", "ServiceEntry"}),
        ("RatingsWorkload", {"Object", "Deployment"}),
        ("BookinfoRouting", {"Object", "VirtualService"}),
    ],
)
def test_each_resource_belongs_to_its_component(
    engine: Engine, component: str, children: set[str]
) -> None:
    parent = created(engine, component)
    assert {r.kind for r in engine.resources if r.parent == parent.urn} == children
    assert parent.parent == created(engine, "Stack").urn


def test_the_table_is_in_the_database_and_comes_after_it(engine: Engine) -> None:
    ratings = created(engine, "RatingsTable")
    _, made = all_created(engine, "Schema")
    assert made.urn in ratings.depends_on
    assert ratings.inputs["database"] == created(engine, "Database").inputs["name"] == "test"


def test_the_server_is_looked_at_before_anything_is_made_on_it(engine: Engine) -> None:
    server = created(engine, "Server")
    for kind in ("Schema", "ExternalMysql", "AccountName"):
        assert all(server.urn in resource.depends_on for resource in all_created(engine, kind))


def test_the_addresses_are_looked_at_first_and_the_server_and_the_entry_take_them(
    engine: Engine,
) -> None:
    looked_up = created(engine, "Addresses")
    assert looked_up.urn in created(engine, "Server").depends_on
    assert looked_up.urn in created(engine, "ServiceEntry").depends_on


def test_dns_is_asked_where_the_way_out_is_made_of_its_answers_and_nowhere_else(up: Up) -> None:
    assert created(up(), "Addresses").inputs["hosts"] == [HOST]
    for egress in ("mesh-dns", "bypass", "off"):
        assert all_created(up(egress=egress), "Addresses") == []


def test_the_server_is_told_where_the_pods_dial_it(up: Up) -> None:
    assert created(up(port=3307), "Server").inputs == {
        "host": HOST,
        "port": 3307,
        "addresses": ["198.51.100.7/32", "2001:db8::7/128"],
        "replica": False,
        "owner": OWNER,
        "database": "test",
        "rows": {"1": 5, "2": 4},
        "reader": "bookinfo",
        "readerHost": "%",
        "adopt": [],
        "image": "registry.istio.io/release/examples-bookinfo-ratings-v2:1.20.3",
        "tls": False,
    }
    by_hand = created(up(egress="cidrs", cidrs=["198.51.100.0/24"], readReplica=True), "Server")
    assert by_hand.inputs["addresses"] == []  # a block is no address
    assert by_hand.inputs["replica"] is True


def test_whatever_is_made_on_the_server_is_meant_for_it_and_no_other(engine: Engine) -> None:
    for kind in ("Schema", "RatingsTable", "AccountName", "Account", "Rights", "Proof"):
        assert {r.inputs["server"] for r in all_created(engine, kind)} == {SERVER}


def test_whatever_is_made_on_the_server_carries_the_stacks_mark(engine: Engine) -> None:
    for kind in ("Schema", "RatingsTable", "AccountName", "Account", "Rights"):
        assert {r.inputs["owner"] for r in all_created(engine, kind)} == {OWNER}


def test_both_mysql_providers_are_given_the_same_server_and_admin(engine: Engine) -> None:
    plugin, extra = created(engine, "mysql"), created(engine, "mysql-extra")
    at = {"ca": "", "context": CONTEXT, "kubeconfig": ""}
    assert extra.inputs == {**plugin.inputs, **at}
    assert (plugin.inputs["endpoint"], plugin.inputs["username"]) == (f"{HOST}:3306", "admin")
    assert plugin.inputs["tls"] == "true"


def test_each_resource_in_mysql_is_made_by_the_provider_of_that_server(engine: Engine) -> None:
    for provider, made in {
        "mysql": ("Database", "User", "Grant"),
        "mysql-extra": (
            *("Server", "Schema", "RatingsTable"),
            *("AccountName", "Account", "Rights", "Proof"),
            *("Cluster", "Object", "Entry"),
        ),
    }.items():
        urn = created(engine, provider).urn
        for kind in made:
            assert all(r.provider.startswith(f"{urn}::") for r in all_created(engine, kind))


def test_what_plugins_make_of_others_names_they_do_not_drop(up: Up) -> None:
    retained = {r.kind for r in up(destinationRules=True).resources if r.retained}
    assert retained == {"Database", "User", "Grant", *OBJECTS, "DestinationRule"}


def test_what_is_before_and_after_the_database_looks_whose_it_is(engine: Engine) -> None:
    before, after = all_created(engine, "Schema")
    assert (before.inputs["made"], after.inputs["made"]) == (False, True)
    assert {**before.inputs, "made": True} == after.inputs
    assert before.urn in created(engine, "Database").depends_on
    assert created(engine, "Database").urn in after.depends_on


def test_the_account_has_the_name_that_was_drawn_for_its_password(up: Up) -> None:
    engine = up(reader="librarian", readerHost="10.0.%")
    drawn, user, account = (created(engine, kind) for kind in ("AccountName", "User", "Account"))
    assert (drawn.inputs["user"], drawn.inputs["host"]) == ("librarian", "10.0.%")
    assert {key: user.inputs[key] for key in ("user", "host")} == {
        "user": "librarian_2",
        "host": "10.0.%",
    }
    for kind in ("Account", "Grant", "Rights", "Proof"):
        named = created(engine, kind).inputs
        assert (named["user"], named["host"]) == ("librarian_2", "10.0.%")
    assert drawn.urn in user.depends_on
    assert user.urn in account.depends_on
    assert drawn.inputs["password"] == user.inputs["plaintextPassword"]
    assert drawn.inputs["password"] == account.inputs["password"]


def test_another_rotation_is_another_password(engine: Engine, up: Up) -> None:
    assert "keepers" not in created(engine, "RandomPassword").inputs
    rotated = created(up(rotation="2026-11-29"), "RandomPassword")
    assert rotated.inputs["keepers"] == {"rotation": "2026-11-29"}


def test_the_account_before_goes_with_what_uses_it_unless_that_is_set(
    engine: Engine, up: Up
) -> None:
    assert created(engine, "Account").inputs["previous"] == "drop"
    assert created(up(previousAccount="keep"), "Account").inputs["previous"] == "keep"


def test_database_and_table_are_protected_unless_that_is_switched_off(
    engine: Engine, up: Up
) -> None:
    protected = {r.kind for r in engine.resources if r.protected}
    assert protected == {"MysqlDatabase", "Schema", "Database", "RatingsTable"}
    assert not any(r.protected for r in up(protect=False).resources)


def test_the_database_asks_for_a_character_set_that_is_no_diff_for_ever(engine: Engine) -> None:
    inputs = created(engine, "Database").inputs
    assert inputs["defaultCharacterSet"] == "utf8mb4"
    assert inputs["defaultCollation"].startswith("utf8mb4_")


def test_the_rows_are_the_articles_unless_set(engine: Engine, up: Up) -> None:
    assert created(engine, "RatingsTable").inputs["rows"] == {"1": 5, "2": 4}
    changed = up(ratings={"1": 1, "2": None, "3": 2})
    assert created(changed, "RatingsTable").inputs["rows"] == {"1": 1, "3": 2}


def test_all_ratings_can_be_set_at_once(up: Up) -> None:
    assert created(up(ratings={"all": 1}), "RatingsTable").inputs["rows"] == {"1": 1, "2": 1}


def test_rows_of_others_are_left_alone_unless_that_is_set(engine: Engine, up: Up) -> None:
    assert created(engine, "RatingsTable").inputs["exclusive"] is False
    assert created(up(exclusiveRows=True), "RatingsTable").inputs["exclusive"] is True


def test_the_reader_may_select_from_the_one_table_and_nothing_else(engine: Engine) -> None:
    assert created(engine, "Grant").inputs == {
        "database": "test",
        "table": "ratings",
        "user": "bookinfo_2",
        "host": "%",
        "privileges": ["SELECT"],
    }


def test_its_rights_are_watched_and_are_that_one_grant(engine: Engine) -> None:
    rights = created(engine, "Rights")
    assert rights.inputs["rights"] == {"SELECT ON `test`.`ratings`": "granted"}
    assert (rights.inputs["user"], rights.inputs["host"]) == ("bookinfo_2", "%")
    assert created(engine, "Grant").urn in rights.depends_on


def test_the_reader_has_to_use_tls_where_that_is_set(engine: Engine, up: Up) -> None:
    assert created(engine, "Rights").inputs["tls"] is False
    changed = up(readerTls=True, image="localhost/bookinfo-ratings-mysql2:1.20.3")
    assert created(changed, "Rights").inputs["tls"] is True
    # Another account, for pods that dial without it go on until they are gone.
    assert created(engine, "AccountName").inputs["tls"] is False
    assert created(changed, "AccountName").inputs["tls"] is True


def test_the_grant_waits_for_the_table_and_for_the_account(engine: Engine) -> None:
    awaited = {created(engine, kind).urn for kind in ("RatingsTable", "Account")}
    assert awaited <= created(engine, "Grant").depends_on


def test_the_account_goes_before_the_table_that_it_reads(engine: Engine) -> None:
    assert created(engine, "RatingsTable").urn in created(engine, "Account").depends_on


def test_the_account_is_proven_once_its_rights_are_right(engine: Engine) -> None:
    proof, rights = created(engine, "Proof"), created(engine, "Rights")
    assert rights.urn in proof.depends_on
    assert proof.inputs["rows"] == created(engine, "RatingsTable").inputs["rows"]
    assert proof.inputs["login"]["turn"] == "1"  # whatever is mended there is proven anew


def test_the_secret_is_there_only_for_an_account_that_is_proven(engine: Engine) -> None:
    assert created(engine, "Proof").urn in created(engine, "Secret").depends_on


def test_the_workload_waits_for_the_way_out_and_for_the_account(engine: Engine) -> None:
    assert created(engine, "ServiceEntry").urn in created(engine, "RatingsWorkload").depends_on
    account = {created(engine, kind).urn for kind in ("Account", "Rights", "Secret")}
    assert account <= created(engine, "Deployment").depends_on


def test_on_the_way_back_all_that_is_in_the_cluster_goes_before_the_account(up: Up) -> None:
    engine = up(destinationRules=True, networkPolicy=True)
    name, user, account = (created(engine, kind) for kind in ("AccountName", "User", "Account"))
    assert name.urn in user.depends_on
    assert user.urn in account.depends_on
    for kind in ("ExternalMysql", "RatingsWorkload", "RatingsNetworkPolicy"):
        assert account.urn in created(engine, kind).depends_on
    begun, rules = holder_of(engine, "Deployment"), created(engine, "BookinfoDestinationRules")
    assert account.urn in begun.depends_on
    assert begun.urn in rules.depends_on


def test_the_rules_are_made_while_the_pods_start(up: Up) -> None:
    engine = up(destinationRules=True)
    rules = created(engine, "BookinfoDestinationRules")
    assert holder_of(engine, "Deployment").urn in rules.depends_on
    assert created(engine, "Deployment").urn not in rules.depends_on


def test_the_routes_are_switched_only_after_workload_and_way_out(engine: Engine) -> None:
    before = {created(engine, kind).urn for kind in ("Deployment", "ServiceEntry")}
    assert before <= created(engine, "BookinfoRouting").depends_on


def test_the_order_of_registration_is_the_order_of_need(engine: Engine) -> None:
    order = [r.kind for r in engine.resources]
    behind = ("Account", "Grant", "Rights", "Proof", "Secret", "Deployment", "VirtualService")
    for chain in (
        ("Server", "Schema", "Database", "RatingsTable", *behind),
        ("Server", "AccountName", "User", *behind),
    ):
        assert all(order.index(first) < order.index(then) for first, then in pairwise(chain))


def test_nothing_touches_another_cluster_than_the_one_that_is_named(engine: Engine) -> None:
    cluster = created(engine, "kubernetes")
    assert cluster.inputs["context"] == CONTEXT
    of_kubernetes = [r for r in engine.resources if r.inputs.get("apiVersion")]
    assert {r.kind for r in of_kubernetes} == OBJECTS
    assert all(r.provider.startswith(f"{cluster.urn}::") for r in of_kubernetes)


@pytest.mark.usefixtures("engine")
def test_once_all_is_imported_garbage_is_collected_as_ever() -> None:
    assert gc.isenabled()


def test_every_resource_is_checked_before_it_is_made(engine: Engine) -> None:
    checks = {"checks", "checks-of-an-update", "checks-of-the-cluster"}
    unchecked = {r.kind for r in engine.resources if not checks & set(r.hooks)}
    assert unchecked == {"Stack", *PROVIDERS, *COMPONENTS}


def test_a_new_stack_is_looked_at_from_its_first_component_on(engine: Engine) -> None:
    begun = [r.kind for r in engine.resources if "checks-begin" in r.hooks]
    components = [r.kind for r in engine.resources if r.kind in COMPONENTS]
    assert begun == components[:1]


def held(engine: Engine) -> list[tuple[Created, Created]]:
    """Give each object with what holds it."""
    pairs = []
    for resource in engine.resources:
        if resource.kind in {*OBJECTS, "DestinationRule"}:
            (holder,) = [
                each
                for each in engine.resources
                if each.kind in ("Object", "Entry") and each.name == f"{resource.name}-held"
            ]
            pairs.append((resource, holder))
    return pairs


def holder_of(engine: Engine, kind: str) -> Created:
    """Give what holds the one object of a kind."""
    (holder,) = [holder for resource, holder in held(engine) if resource.kind == kind]
    return holder


def test_of_what_is_replaced_the_routes_go_first_and_the_way_out_last(engine: Engine) -> None:
    for kind, behind in {"VirtualService": "Deployment", "Deployment": "ServiceEntry"}.items():
        for resource, holder in held(engine):
            if resource.kind == kind:
                assert created(engine, behind).urn in holder.depends_on


def test_every_object_is_held_and_says_by_whom(up: Up) -> None:
    pairs = held(up(destinationRules=True))
    assert {resource.kind for resource, _ in pairs} == {*OBJECTS, "DestinationRule"}
    for resource, holder in pairs:
        assert holder.urn in resource.depends_on
        assert holder.inputs["kind"] == resource.kind
        assert holder.inputs["name"] == resource.inputs["metadata"]["name"]
        assert holder.inputs["namespace"] == resource.inputs["metadata"]["namespace"]
        assert (holder.inputs["cluster"], holder.inputs["owner"]) == (CLUSTER, OWNER)
        assert resource.inputs["metadata"]["annotations"].items() >= ANNOTATIONS.items()


@pytest.mark.parametrize(
    ("setting", "value", "changed"),
    [
        ("replicas", 2, {"ratings-v2-mysql-held"}),
        ("reader", "librarian", {"ratings-v2-mysql-held", "reader-password-held"}),
        ("exportTo", ["*"], {"mysql-external-held"}),
    ],
)
def test_whatever_is_changed_in_an_object_its_holder_sees_first(
    engine: Engine, up: Up, setting: str, value: object, changed: set[str]
) -> None:
    before, after = (
        {holder.name: holder.inputs["content"] for _, holder in held(each)}
        for each in (engine, up(**{setting: value}))
    )
    assert {name for name in after if after[name] != before[name]} == changed


def test_what_is_made_in_the_cluster_is_looked_for_before_anything_is_made(up: Up) -> None:
    def looked_for(**settings: object) -> set[str]:
        return set(created(up(**settings), "Cluster").inputs["objects"])

    routes = {"VirtualService/reviews", "VirtualService/ratings"}
    least = {"Deployment/ratings-v2-mysql"}
    assert looked_for() == {*least, *routes, "ServiceEntry/mysql-external"}
    assert looked_for(egress="off", routing=False) == least
    assert len(looked_for(destinationRules=True)) == 8
    engine = up()
    cluster = created(engine, "Cluster")
    for component in ("MysqlDatabase", "MysqlReader", "ExternalMysql", "RatingsWorkload"):
        assert cluster.urn in created(engine, component).depends_on


def test_what_is_adopted_is_told_to_its_holder(up: Up) -> None:
    engine = up(adopt=["VirtualService/ratings"])
    assert created(engine, "Cluster").inputs["adopt"] == ["VirtualService/ratings"]
    assert {holder.name for _, holder in held(engine) if holder.inputs["adopt"]} == {
        "routing-ratings-held"
    }


def test_a_database_that_is_adopted_is_not_made(up: Up) -> None:
    engine = up(adopt=["Database/test"])
    assert created(engine, "Server").inputs["adopt"] == ["Database/test"]
    assert created(engine, "Cluster").inputs["adopt"] == []
    assert all_created(engine, "Database") == []
    free, made = all_created(engine, "Schema")
    assert free.inputs["adopted"] is made.inputs["adopted"] is True
    assert free.urn in made.depends_on
    assert created(engine, "RatingsTable").inputs["database"] == "test"


def test_a_table_that_is_adopted_is_told_to_it(up: Up) -> None:
    assert created(up(), "RatingsTable").inputs["adopt"] is False
    assert created(up(adopt=["Table/ratings"]), "RatingsTable").inputs["adopt"] is True


def test_an_account_that_may_be_adopted_is_not_made_by_the_plugin_which_would_fail(up: Up) -> None:
    engine = up(adopt=["Account/bookinfo"])
    assert all_created(engine, "User") == all_created(engine, "Grant") == []
    drawn, account, rights = (
        created(engine, kind) for kind in ("AccountName", "Account", "Rights")
    )
    assert drawn.inputs["adopt"] is account.inputs["adopt"] is True
    assert account.inputs["user"] == "bookinfo_2"  # whatever was drawn
    assert drawn.urn in account.depends_on
    assert account.urn in rights.depends_on
    assert created(engine, "Server").inputs["adopt"] == ["Account/bookinfo"]
    assert created(up(), "AccountName").inputs["adopt"] is False


def test_the_names_on_the_server_are_looked_at_before_anything_is_made_anywhere(
    engine: Engine,
) -> None:
    server = created(engine, "Server")
    assert created(engine, "RandomUuid").urn in server.depends_on
    for component in ("MysqlDatabase", "MysqlReader", "ExternalMysql", "RatingsWorkload"):
        assert server.urn in created(engine, component).depends_on


def test_every_object_is_in_the_namespace_that_is_set(up: Up) -> None:
    engine = up(namespace="bookinfo", destinationRules=True)
    namespaces = {
        r.kind: r.inputs["metadata"]["namespace"]
        for r in engine.resources
        if "metadata" in r.inputs
    }
    assert namespaces == dict.fromkeys(
        ("Secret", "ServiceEntry", "Deployment", "DestinationRule", "VirtualService"), "bookinfo"
    )


def test_the_outputs_say_what_stands(engine: Engine) -> None:
    assert engine.outputs == {
        "host": HOST,
        "port": 3306,
        "addresses": ["198.51.100.7/32", "2001:db8::7/128"],
        "serviceEntry": "mysql-external",
        "ratings": PROOF["ratings"],
        "refused": PROOF["refused"],
        "secret": SECRET,
        "deployment": "ratings-v2-mysql",
    }


def test_no_output_is_hidden_for_none_holds_a_secret(engine: Engine) -> None:
    assert engine.secret_outputs == set()


def test_it_says_nothing_where_nothing_is_wrong(engine: Engine) -> None:
    assert engine.said == []


def test_the_reader_is_not_proven_where_that_is_switched_off(up: Up) -> None:
    engine = up(proof=False)
    assert (engine.outputs["ratings"], engine.outputs["refused"]) == ({}, {})
    assert all_created(engine, "Proof") == []
    assert created(engine, "Rights").urn in created(engine, "Secret").depends_on


def test_a_database_that_the_image_does_not_read_ends_the_program_before_anything_is_made(
    up: Up,
) -> None:
    engine = up(database="books")
    (line,) = engine.errors()
    assert line.startswith("external-mysql:database: 'books' cannot work with the image registry.")
    assert engine.exit_code == 32
    assert kinds(engine) == {"Stack"}
    assert created(up(database="books", image="example.com/mine:1"), "Database").inputs["name"] == (
        "books"
    )


@pytest.mark.parametrize(
    ("setting", "value", "line"),
    [
        ("mysql:endpoint", "mysql.example.com:0", "mysql:endpoint: 'mysql.example.com:0' is no"),
        ("mysql:tls", "preferred", "mysql:tls: 'preferred' is none of true, false, skip-verify"),
    ],
)
def test_what_is_wrong_with_the_admin_ends_the_program_before_anything_is_made(
    up: Up, setting: str, value: str, line: str
) -> None:
    engine = up(**{setting: value})
    assert [error.startswith(line) for error in engine.errors()] == [True]
    assert engine.exit_code == 32
    assert kinds(engine) == {"Stack"}


def test_what_is_wrong_ends_the_program_in_lines_before_anything_is_made(up: Up) -> None:
    engine = up(host="mysql_1.example.com", port=0, prot=3307)
    assert [line.partition(" ")[0] for line in engine.errors()] == [
        "external-mysql:host:",
        "external-mysql:port:",
        "external-mysql:prot",
    ]
    assert engine.exit_code == 32  # with which the language host adds no line of its own
    assert kinds(engine) == {"Stack"}


def test_what_a_killed_update_left_is_looked_for_before_it_is_made_once_more(
    engine: Engine,
) -> None:
    user, database = created(engine, "User").hooks, created(engine, "Database").hooks
    assert set(user) - set(database) == {"no-half-made-account"}
    assert set(database) - set(user) == {"no-half-made-database"}
    assert "checks" in user
