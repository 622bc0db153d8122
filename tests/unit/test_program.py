"""The whole program under mocks: what it makes, in which order, and what it tells."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.unit.conftest import CONTEXT, HOST, PROOF, Up
from tests.unit.recording import Engine, all_created, created, kinds

STEPS = ("MysqlDatabase", "MysqlReader", "ExternalMysql", "RatingsWorkload", "BookinfoRouting")


@pytest.fixture
def engine(up: Up) -> Engine:
    return up()


def test_it_makes_the_article_step_by_step_and_nothing_else(engine: Engine) -> None:
    assert kinds(engine) == {
        "Stack",
        "kubernetes",
        *STEPS,
        "Database",
        "Ratings",
        "RandomPassword",
        "User",
        "Grant",
        "Secret",
        "ServiceEntry",
        "Deployment",
        "VirtualService",
    }


@pytest.mark.parametrize(
    ("component", "children"),
    [
        ("MysqlDatabase", {"Database", "Ratings"}),
        ("MysqlReader", {"RandomPassword", "User", "Grant", "Secret"}),
        ("ExternalMysql", {"ServiceEntry"}),
        ("RatingsWorkload", {"Deployment"}),
        ("BookinfoRouting", {"VirtualService"}),
    ],
)
def test_each_resource_belongs_to_its_component(
    engine: Engine, component: str, children: set[str]
) -> None:
    parent = created(engine, component)
    assert {r.kind for r in engine.resources if r.parent == parent.urn} == children
    assert parent.parent == created(engine, "Stack").urn


def test_the_table_is_in_the_database_and_comes_after_it(engine: Engine) -> None:
    ratings = created(engine, "Ratings")
    assert created(engine, "Database").urn in ratings.depends_on
    assert ratings.inputs["database"] == created(engine, "Database").inputs["name"] == "test"


def test_the_database_asks_for_a_character_set_that_is_no_diff_for_ever(engine: Engine) -> None:
    inputs = created(engine, "Database").inputs
    assert inputs["defaultCharacterSet"] == "utf8mb4"
    assert inputs["defaultCollation"].startswith("utf8mb4_")


def test_the_rows_are_the_articles_unless_set(engine: Engine, up: Up) -> None:
    assert created(engine, "Ratings").inputs["rows"] == {"1": 5, "2": 4}
    changed = up(ratings={"1": 1, "2": 1, "3": None})
    assert created(changed, "Ratings").inputs["rows"] == {"1": 1, "2": 1, "3": None}


def test_the_reader_may_select_from_the_one_table_and_nothing_else(engine: Engine) -> None:
    assert created(engine, "Grant").inputs == {
        "database": "test",
        "table": "ratings",
        "user": "bookinfo",
        "host": "%",
        "privileges": ["SELECT"],
    }


def test_the_grant_waits_for_the_table_and_goes_with_its_user(engine: Engine) -> None:
    grant, user = created(engine, "Grant"), created(engine, "User")
    assert {created(engine, "Ratings").urn, user.urn} <= grant.depends_on
    assert grant.deleted_with == user.urn


def test_the_secret_is_there_only_for_an_account_that_is_proven(engine: Engine) -> None:
    assert created(engine, "Grant").urn in created(engine, "Secret").depends_on


def test_the_workload_waits_for_the_way_out_and_for_the_account(engine: Engine) -> None:
    assert created(engine, "ServiceEntry").urn in created(engine, "RatingsWorkload").depends_on
    account = {created(engine, kind).urn for kind in ("User", "Grant", "Secret")}
    assert account <= created(engine, "Deployment").depends_on


def test_the_routes_are_switched_only_after_workload_and_way_out(engine: Engine) -> None:
    before = {created(engine, kind).urn for kind in ("Deployment", "ServiceEntry")}
    assert before <= created(engine, "BookinfoRouting").depends_on


def test_the_order_of_registration_is_the_order_of_need(engine: Engine) -> None:
    order = [r.kind for r in engine.resources]
    chain = ("Database", "Ratings", "Grant", "Secret", "Deployment", "VirtualService")
    assert all(order.index(first) < order.index(then) for first, then in pairwise(chain))


def test_nothing_touches_another_cluster_than_the_one_that_is_named(engine: Engine) -> None:
    cluster = created(engine, "kubernetes")
    assert cluster.inputs["context"] == CONTEXT
    of_kubernetes = [r for r in engine.resources if r.inputs.get("apiVersion")]
    assert {r.kind for r in of_kubernetes} == {
        "Secret",
        "ServiceEntry",
        "Deployment",
        "VirtualService",
    }
    assert all(r.provider.startswith(f"{cluster.urn}::") for r in of_kubernetes)


def test_every_resource_is_checked_before_it_is_made(engine: Engine) -> None:
    unchecked = {r.kind for r in engine.resources if "preflight" not in r.hooks}
    assert unchecked == {"Stack", "kubernetes", *STEPS}


def test_every_object_of_a_fixed_name_says_which_stack_made_it(engine: Engine) -> None:
    for kind in ("ServiceEntry", "Deployment", "VirtualService", "Secret"):
        for resource in all_created(engine, kind):
            annotations = resource.inputs["metadata"]["annotations"]
            assert annotations["external-mysql/stack"] == "organization/external-mysql/tests"


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
        "unmanagedRows": {},
        "secret": "reader-password-1a2b3c4d",
        "deployment": "ratings-v2-mysql",
    }


def test_no_output_is_hidden_for_none_holds_a_secret(engine: Engine) -> None:
    assert engine.secret_outputs == set()


def test_it_says_nothing_where_nothing_is_wrong(engine: Engine) -> None:
    assert engine.said == []


def test_the_reader_is_not_proven_where_that_is_switched_off(up: Up) -> None:
    engine = up(proof=False)
    assert (engine.outputs["ratings"], engine.outputs["refused"]) == ({}, {})


def test_what_is_wrong_ends_the_program_in_lines_before_anything_is_made(up: Up) -> None:
    engine = up(host="mysql_1.example.com", port=0, prot=3307)
    assert [line.partition(" ")[0] for line in engine.errors()] == [
        "external-mysql:host:",
        "external-mysql:port:",
        "external-mysql:prot",
    ]
    assert engine.exit_code == 32  # with which the language host adds no line of its own
    assert kinds(engine) == {"Stack"}
