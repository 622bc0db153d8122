"""The Deployment ratings-v2-mysql: restricted, told where the database is, ready when it reads."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.conftest import HOST, Up
from tests.unit.recording import Engine, all_created, created


def pod_of(engine: Engine) -> dict[str, Any]:
    pod: dict[str, Any] = created(engine, "Deployment").inputs["spec"]["template"]["spec"]
    return pod


def container_of(engine: Engine) -> dict[str, Any]:
    (container,) = pod_of(engine)["containers"]
    assert isinstance(container, dict)
    return container


def annotations_of(engine: Engine) -> dict[str, str]:
    annotations: dict[str, str] = created(engine, "Deployment").inputs["metadata"]["annotations"]
    return annotations


@pytest.fixture
def engine(up: Up) -> Engine:
    return up()


def test_the_pod_meets_the_restricted_pod_security_standard(engine: Engine) -> None:
    pod, container = pod_of(engine), container_of(engine)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "volumes"} & pod.keys()


def test_the_pod_holds_no_service_account_token_and_no_service_variables(engine: Engine) -> None:
    assert pod_of(engine)["automountServiceAccountToken"] is False
    assert pod_of(engine)["enableServiceLinks"] is False


def test_the_environment_is_what_ratings_js_reads(up: Up) -> None:
    engine = up(port=3307, reader="ratings_reader")
    environment = {e["name"]: e.get("value") for e in container_of(engine)["env"]}
    assert environment == {
        "DB_TYPE": "mysql",
        "MYSQL_DB_HOST": HOST,
        "MYSQL_DB_PORT": "3307",
        "MYSQL_DB_USER": "ratings_reader_2",
        "MYSQL_DB_PASSWORD": None,
    }


def test_it_is_ready_only_while_the_body_of_an_answer_holds_ratings(engine: Engine) -> None:
    probe = container_of(engine)["readinessProbe"]
    assert "httpGet" not in probe  # 200 is the answer without a database, too
    command = " ".join(probe["exec"]["command"])
    assert "http://127.0.0.1:9080/ratings/0" in command
    assert "body.ratings" in command
    assert "process.exit(1)" in command


def test_its_first_question_for_ratings_waits_until_it_answers_at_all(engine: Engine) -> None:
    probe = container_of(engine)["startupProbe"]
    assert probe["httpGet"] == {"path": "/health", "port": "http"}
    assert probe["periodSeconds"] == 1


def test_it_is_restarted_when_the_process_hangs_and_not_when_the_database_is_away(
    engine: Engine,
) -> None:
    assert container_of(engine)["livenessProbe"]["httpGet"] == {"path": "/health", "port": "http"}


def test_requests_and_limits_are_set(engine: Engine) -> None:
    resources = container_of(engine)["resources"]
    assert resources["requests"].keys() == resources["limits"].keys() == {"cpu", "memory"}


def test_the_routes_subset_selects_its_pods(engine: Engine) -> None:
    spec = created(engine, "Deployment").inputs["spec"]
    labels = {"app": "ratings", "version": "v2-mysql"}
    assert spec["selector"]["matchLabels"] == labels
    assert spec["template"]["metadata"]["labels"] == labels


def test_image_and_replicas_are_settings(up: Up) -> None:
    engine = up(image="localhost/bookinfo-ratings-mysql2:1.20.3", replicas=3)
    assert container_of(engine)["image"] == "localhost/bookinfo-ratings-mysql2:1.20.3"
    assert created(engine, "Deployment").inputs["spec"]["replicas"] == 3


def test_the_update_waits_for_the_pods_for_a_bounded_time(engine: Engine) -> None:
    assert 0 < int(annotations_of(engine)["pulumi.com/timeoutSeconds"]) <= 600
    assert "pulumi.com/skipAwait" not in annotations_of(engine)


def test_the_update_does_not_wait_for_pods_that_have_no_way_out(up: Up) -> None:
    assert annotations_of(up(egress="off"))["pulumi.com/skipAwait"] == "true"


def test_no_pod_goes_before_another_one_reads_ratings(engine: Engine) -> None:
    strategy = created(engine, "Deployment").inputs["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_a_pod_that_goes_answers_until_all_who_may_ask_it_know(engine: Engine) -> None:
    command = container_of(engine)["lifecycle"]["preStop"]["exec"]["command"]
    assert command == ["node", "--eval", "setTimeout(() => {}, 5000)"]
    assert pod_of(engine)["terminationGracePeriodSeconds"] > 5


def test_of_several_pods_a_drained_node_takes_one_at_a_time(up: Up) -> None:
    engine = up(replicas=2)
    budget = created(engine, "PodDisruptionBudget").inputs["spec"]
    assert budget["maxUnavailable"] == 1
    selected = created(engine, "Deployment").inputs["spec"]["selector"]
    assert budget["selector"] == selected


def test_a_single_pod_is_no_obstacle_to_a_drain(engine: Engine) -> None:
    assert all_created(engine, "PodDisruptionBudget") == []


def test_pods_are_spread_over_nodes_where_that_is_asked_for(engine: Engine, up: Up) -> None:
    assert "topologySpreadConstraints" not in pod_of(engine)
    (spread,) = pod_of(up(spreadOver="topology.kubernetes.io/zone"))["topologySpreadConstraints"]
    assert spread["topologyKey"] == "topology.kubernetes.io/zone"
    assert spread["whenUnsatisfiable"] == "ScheduleAnyway"
    assert spread["labelSelector"]["matchLabels"] == {"app": "ratings", "version": "v2-mysql"}


def test_pods_that_had_a_way_out_go_although_none_has_one_any_more(up: Up) -> None:
    strategy = created(up(egress="off"), "Deployment").inputs["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "100%"}}


AUTHORITY = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
OTHER_AUTHORITY = AUTHORITY.replace("MIIB", "MIIC")
OURS = "localhost/bookinfo-ratings-mysql2:1.20.3"


def environment_of(engine: Engine) -> dict[str, str | None]:
    return {each["name"]: each.get("value") for each in container_of(engine)["env"]}


def test_the_pods_dial_over_tls_where_the_reader_has_to(up: Up) -> None:
    engine = up(readerTls=True, image=OURS)
    assert environment_of(engine)["MYSQL_DB_TLS"] == "true"
    # The database's authority is a well-known one.
    assert "NODE_EXTRA_CA_CERTS" not in environment_of(engine)
    assert "volumes" not in pod_of(engine)
    assert all_created(engine, "ConfigMap") == []


def test_the_pods_trust_the_authority_that_the_admin_trusts(up: Up) -> None:
    engine = up(readerTls=True, image=OURS, **{"mysql:ca": AUTHORITY})
    kept = created(engine, "ConfigMap")
    assert kept.parent == created(engine, "RatingsWorkload").urn
    assert kept.inputs["immutable"] is True
    ((file, text),) = kept.inputs["data"].items()
    assert text == AUTHORITY
    (volume,) = pod_of(engine)["volumes"]
    assert volume["configMap"]["name"] == kept.inputs["metadata"]["name"]
    other = created(up(readerTls=True, image=OURS, **{"mysql:ca": OTHER_AUTHORITY}), "ConfigMap")
    assert other.inputs["metadata"]["name"] != kept.inputs["metadata"]["name"]
    (mount,) = container_of(engine)["volumeMounts"]
    assert (mount["name"], mount["readOnly"]) == (volume["name"], True)
    assert environment_of(engine)["NODE_EXTRA_CA_CERTS"] == f"{mount['mountPath']}/{file}"


def test_an_authority_is_no_matter_of_pods_that_dial_without_tls(up: Up) -> None:
    engine = up(**{"mysql:ca": AUTHORITY})
    assert all_created(engine, "ConfigMap") == []
    assert "MYSQL_DB_TLS" not in environment_of(engine)
