"""From nothing to ratings over HTTP, and back to what was there before."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from sandbox.kubectl import Kubectl
from sandbox.stack import Stack
from tests.engine.parts import Database
from tests.engine.policies import PACK, said

VERSION = "--selector=version=v2-mysql"


def ratings_over_http(cluster: Kubectl) -> dict[str, int]:
    """Ask the one ready pod of ratings-v2-mysql, as reviews does."""
    pods = cluster.get("pods", VERSION)["items"]
    (address,) = [
        pod["status"]["podIP"] for pod in pods if "deletionTimestamp" not in pod["metadata"]
    ]
    with urllib.request.urlopen(f"http://{address}:9080/ratings/0", timeout=10) as answer:
        return dict(json.load(answer)["ratings"])


#: Nothing is taken away while something that uses it is there.
WAY_BACK = [
    "Object routing-ratings-held",
    "Object ratings-v2-mysql-held",
    "Object reader-password-held",
    "Account reader-account",
    "RatingsTable database-ratings",
    "Schema database-made",
    "Cluster cluster",
]
#: Beside the Secret's holder, which does not wait for them.
PROOF_FIRST = [
    "Object ratings-v2-mysql-held",
    "Proof reader-proof",
    "Rights reader-rights",
    "Account reader-account",
]


def deleted_in_order(text: str, resources: list[str]) -> list[str]:
    """Sort resources by the lines in which the CLI says that each is gone."""
    return sorted(resources, key=lambda resource: text.index(f"{resource} deleted ("))


def test_the_pod_answers_the_ratings_of_the_external_database(
    stack: Stack, cluster: Kubectl
) -> None:
    assert ratings_over_http(cluster) == {"Reviewer1": 5, "Reviewer2": 4}


def test_the_outputs_show_the_ratings_as_the_reader_sees_them(stack: Stack) -> None:
    outputs = stack.outputs()
    assert outputs["ratings"] == {"1": 5, "2": 4}
    assert outputs["deployment"] == "ratings-v2-mysql"
    assert outputs["serviceEntry"] == "mysql-external"


def test_the_outputs_prove_that_the_reader_can_do_nothing_else(stack: Stack) -> None:
    refused = stack.outputs()["refused"]
    assert set(refused) >= {f"refused (MySQL error {code})" for code in (1044, 1142, 1227, 1370)}
    tried = {name for names in refused.values() for name in names.split(", ")}
    assert tried >= {"INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "TRIGGER", "FILE", "SELECT"}


def test_the_service_entry_has_the_addresses_of_both_families(
    stack: Stack, cluster: Kubectl, database: Database
) -> None:
    at = database.server.at
    spec = cluster.get("serviceentry", "mysql-external")["spec"]
    assert spec["addresses"] == [f"{at.ipv4}/32", f"{at.ipv6}/128"]
    assert spec["hosts"] == [at.host]
    assert spec["ports"] == [{"name": "tcp", "number": 3306, "protocol": "TCP"}]


def test_the_routes_lead_to_reviews_v3_and_ratings_v2_mysql(stack: Stack, cluster: Kubectl) -> None:
    def destination(service: str) -> Any:
        route = cluster.get("virtualservice", service)["spec"]["http"][0]["route"]
        return route[0]["destination"]

    assert destination("reviews") == {"host": "reviews", "subset": "v3"}
    assert destination("ratings") == {"host": "ratings", "subset": "v2-mysql"}


def test_a_second_up_changes_nothing(stack: Stack) -> None:
    assert set(stack.up("--expect-no-changes").counts) == {"same"}


def test_a_refresh_finds_nothing(stack: Stack) -> None:
    stack.run("refresh", "--yes", "--expect-no-changes")


def test_the_diagnostics_of_an_update_without_changes_are_empty(stack: Stack) -> None:
    assert "Diagnostics:" not in stack.up().text


def test_the_whole_stack_passes_its_own_policies(stack: Stack) -> None:
    config = stack.folder / "policies.json"
    config.write_text(json.dumps({"unprotected-database": {"dev": [stack.name]}}))
    run = stack.up("--policy-pack", PACK, "--policy-pack-config", str(config))
    assert said(run, "mandatory") == said(run, "advisory") == {}


def test_a_changed_rating_is_previewed_in_words_and_seen_over_http(
    stack: Stack, cluster: Kubectl
) -> None:
    stack.set(ratings={"1": 1, "2": 1})
    preview = stack.preview().text
    assert "ReviewID 1: 5 -> 1" in preview
    assert "ReviewID 2: 4 -> 1" in preview

    stack.up()
    assert ratings_over_http(cluster) == {"Reviewer1": 1, "Reviewer2": 1}
    assert stack.outputs()["ratings"] == {"1": 1, "2": 1}

    stack.set(ratings=None)
    stack.up()
    assert ratings_over_http(cluster) == {"Reviewer1": 5, "Reviewer2": 4}


def test_only_the_rows_that_differ_are_touched(stack: Stack, database: Database) -> None:
    database("CREATE TABLE test.touched (ReviewID INT)")
    database(
        "CREATE TRIGGER test.touch BEFORE UPDATE ON test.ratings FOR EACH ROW "
        "INSERT INTO test.touched VALUES (OLD.ReviewID)"
    )
    stack.set(ratings={"1": 3, "2": 4, "3": 2})
    stack.up()
    assert database.rows() == {1: 3, 2: 4, 3: 2}
    assert database("SELECT * FROM test.touched") == [(1,)]

    database("DROP TABLE test.touched")
    database("DROP TRIGGER test.touch")
    stack.set(ratings=None)
    stack.up()
    assert database.rows() == {1: 5, 2: 4}


def test_a_changed_reader_replaces_account_and_grant_and_rolls_the_pods(
    stack: Stack, cluster: Kubectl, database: Database
) -> None:
    stack.set(reader="librarian")
    stack.up()
    assert "librarian" in database.accounts()
    assert "bookinfo" not in database.accounts()
    assert ratings_over_http(cluster) == {"Reviewer1": 5, "Reviewer2": 4}

    stack.set(reader=None)
    stack.up()
    assert "bookinfo" in database.accounts()


def test_a_new_password_is_another_secret_and_rolls_the_pods(
    stack: Stack, cluster: Kubectl
) -> None:
    def pods() -> set[str]:
        found = [each["metadata"] for each in cluster.get("pods", VERSION)["items"]]
        return {each["name"] for each in found if "deletionTimestamp" not in each}

    secret, before = stack.outputs()["secret"], pods()
    stack.up("--replace", "**RandomPassword**")
    assert stack.outputs()["secret"] != secret
    cluster("rollout", "status", "deployment/ratings-v2-mysql", "--timeout=60s")
    assert not pods() & before
    assert ratings_over_http(cluster) == {"Reviewer1": 5, "Reviewer2": 4}


def test_the_workload_passes_the_restricted_pod_security_standard(
    stack: Stack, cluster: Kubectl
) -> None:
    label = "pod-security.kubernetes.io/enforce"
    cluster("label", "namespace", cluster.namespace, f"{label}=restricted")
    # They are replaced by others, which the API server lets in or not.
    cluster("delete", "pods", VERSION)
    cluster("rollout", "status", "deployment/ratings-v2-mysql", "--timeout=60s")
    cluster("label", "namespace", cluster.namespace, f"{label}-")


def test_destroy_takes_what_it_made_and_leaves_what_was_there_before(
    empty_stack: Stack, cluster: Kubectl, database: Database, stack: Stack
) -> None:
    stack.destroy()  # the database is called test, and there is one
    database("CREATE DATABASE theirs")
    schemas, accounts = database.schemas(), database.accounts()
    cluster.apply(
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "theirs"},
            "spec": {
                "hosts": ["theirs"],
                "http": [{"route": [{"destination": {"host": "theirs"}}]}],
            },
        }
    )
    empty_stack.up()
    text = empty_stack.destroy().text

    assert "Diagnostics:" not in text
    assert empty_stack.resources() == []
    assert deleted_in_order(text, WAY_BACK) == WAY_BACK
    assert deleted_in_order(text, PROOF_FIRST) == PROOF_FIRST
    assert (database.schemas(), database.accounts()) == (schemas, accounts)
    assert cluster.names("virtualservices") == {"theirs"}
    for kind in ("deployments", "serviceentries", "destinationrules", "secrets"):
        assert cluster.names(kind) == set(), kind
    database("DROP DATABASE theirs")
    stack.up()
