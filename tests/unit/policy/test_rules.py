"""What each rule refuses, what it lets pass, and what it cannot know yet."""

from __future__ import annotations

import pytest

from guard.field import UNKNOWN
from guard.resource import Resource
from guard.rule import Rule, Undecided, Violation
from guard.rules import (
    RULES,
    admin_without_tls,
    beyond_select,
    entry_without_addresses,
    exported_everywhere,
    literal_password,
    moving_image,
    unprotected_database,
    unrestricted_container,
    wide_block,
)
from tests.unit.policy import resources as r

RIGHTS = "mysql-extra:index:Rights"
DATABASE = "mysql:index/database:Database"
NO_TCP = [{"number": 443.0, "protocol": "TLS"}]
EXCLUDE = "traffic.sidecar.istio.io/excludeOutboundIPRanges"


def of_pod(**security: object) -> dict[str, object]:
    return {"securityContext": {**r.POD_SPEC["securityContext"], **security}}


def of_container(**security: object) -> Resource:
    return r.container(securityContext={**r.CONTAINER["securityContext"], **security})


def env(name: object, value: object) -> Resource:
    return r.container(env=[{"name": name, "value": value}])


RIGHT = [
    r.deployment(),
    r.entry(),
    r.grant(),
    r.provider(),
    r.provider("mysql-extra"),
    r.resource(DATABASE, "database", {}, protect=True),
    r.resource(RIGHTS, "rights", {"rights": {"SELECT ON `test`.`ratings`": "granted"}}),
    r.resource("kubernetes:core/v1:Secret", "secret", {"stringData": {"password": "s3cret"}}),
    r.resource("random:index/randomUuid:RandomUuid", "owner", {}),
]

PASSES: list[tuple[Rule, Resource]] = [
    *((rule, resource) for rule in RULES for resource in RIGHT),
    (entry_without_addresses.RULE, r.entry(addresses=None, ports=NO_TCP)),
    (wide_block.RULE, r.entry(addresses=["10.1.0.0/16", "fd00::/48"])),
    (wide_block.RULE, r.deployment(annotations={EXCLUDE: "10.1.0.0/16, 10.2.0.0/16"})),
    (exported_everywhere.RULE, r.entry(exportTo=["bookinfo", "reviews"])),
    (admin_without_tls.RULE, r.provider(endpoint="127.0.0.1:3306", tls="false")),
    (admin_without_tls.RULE, r.provider(endpoint="localhost:3306", tls=None)),
    (admin_without_tls.RULE, r.provider(endpoint="/run/mysqld/mysqld.sock", tls=None)),
    (moving_image.RULE, r.container(image=f"ratings@sha256:{'0' * 64}")),
    (moving_image.RULE, r.container(image=f"ratings:latest@sha256:{'a' * 64}")),
    (moving_image.RULE, r.container(image="localhost:5000/ratings:2026-11-29.1")),
    (moving_image.RULE, r.container(image="ratings:v1.2-alpine")),
    (moving_image.RULE, r.container(image="ratings:main-9f4bcde1")),
    (moving_image.RULE, r.container(image="ratings:20261129")),
    (
        unrestricted_container.RULE,
        of_container(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}),
    ),
    (literal_password.RULE, env("DATABASE_URL", "mysql://bookinfo@mysql.example.com/test")),
]

REFUSES: list[tuple[Rule, Resource, str]] = [
    (literal_password.RULE, env("MYSQL_DB_PASSWORD", "s3cret"), "MYSQL_DB_PASSWORD of container"),
    (literal_password.RULE, env("db_passwd", "s3cret"), "db_passwd of container ratings is in"),
    (literal_password.RULE, env("API_KEY", "s3cret"), "API_KEY of container"),
    (literal_password.RULE, env("DATABASE_URL", "mysql://u:s3cret@h/test"), "DATABASE_URL"),
    (
        literal_password.RULE,
        r.deployment({"initContainers": [{"env": [{"name": "TOKEN", "value": "s3cret"}]}]}),
        "TOKEN of spec.template.spec.initContainers[0]",
    ),
    (
        literal_password.RULE,
        r.resource(
            "kubernetes:batch/v1:CronJob",
            "job",
            {
                "spec": {
                    "jobTemplate": {
                        "spec": {
                            "template": {
                                "spec": {
                                    "containers": [
                                        {
                                            "name": "dump",
                                            "env": [{"name": "MYSQL_PWD", "value": "s3cret"}],
                                        }
                                    ]
                                }
                            }
                        }
                    }
                }
            },
        ),
        "MYSQL_PWD of container dump",
    ),
    (beyond_select.RULE, r.grant(privileges=["SELECT", "insert"]), "the account gets INSERT"),
    (beyond_select.RULE, r.grant(privileges=["ALL PRIVILEGES"]), "gets ALL PRIVILEGES"),
    (beyond_select.RULE, r.grant(grant=True), "may pass its rights on"),
    (beyond_select.RULE, r.grant(roles=["keeper"], privileges=None), "the role keeper"),
    (beyond_select.RULE, r.grant(database="*"), "may read every database"),
    (
        beyond_select.RULE,
        r.resource(RIGHTS, "rights", {"rights": {"FILE ON *.*": "granted"}}),
        "the account gets FILE ON *.*",
    ),
    (entry_without_addresses.RULE, r.entry(addresses=None), "no addresses for port 3306"),
    (entry_without_addresses.RULE, r.entry(addresses=[]), "no addresses for port 3306"),
    (
        entry_without_addresses.RULE,
        r.resource(
            "kubernetes:apiextensions.k8s.io:CustomResource",
            "from-yaml",
            {"kind": "ServiceEntry", "spec": {"ports": [{"number": 3306.0, "protocol": "TCP"}]}},
        ),
        "from-yaml has no addresses",
    ),
    (wide_block.RULE, r.entry(addresses=["10.0.0.0/8"]), "10.0.0.0/8 is wider than /16"),
    (wide_block.RULE, r.entry(addresses=["fd00::/16"]), "fd00::/16 is wider than /48"),
    (wide_block.RULE, r.deployment(annotations={EXCLUDE: "*"}), "0.0.0.0/0 is wider"),
    (exported_everywhere.RULE, r.entry(exportTo=["*"]), "is exported to *"),
    (exported_everywhere.RULE, r.entry(exportTo=None), "has no exportTo"),
    (admin_without_tls.RULE, r.provider(tls="false"), "mysql.example.com:3306 without TLS"),
    (admin_without_tls.RULE, r.provider(tls=None), "without TLS"),
    (admin_without_tls.RULE, r.provider("mysql-extra", tls="false"), "without TLS"),
    (admin_without_tls.RULE, r.provider(tls="skip-verify"), "looks at no certificate"),
    (moving_image.RULE, r.container(image="ratings"), "runs ratings, which may change"),
    (moving_image.RULE, r.container(image="localhost:5000/ratings"), "which may change"),
    (moving_image.RULE, r.container(image="ratings:latest"), "which may change"),
    (moving_image.RULE, r.container(image="mysql:9"), "which may change"),
    (moving_image.RULE, r.container(image="ratings:stable"), "which may change"),
    (unprotected_database.RULE, r.resource(DATABASE, "database", {}), "this one is not protected"),
    (unrestricted_container.RULE, r.deployment({"hostNetwork": True}), "has hostNetwork"),
    (unrestricted_container.RULE, r.deployment({"hostPID": True}), "has hostPID"),
    (
        unrestricted_container.RULE,
        r.deployment({"volumes": [{"name": "root", "hostPath": {"path": "/"}}]}),
        "a volume of the type hostPath",
    ),
    (
        unrestricted_container.RULE,
        r.deployment(of_pod(sysctls=[{"name": "kernel.msgmax", "value": "1"}])),
        "the sysctl kernel.msgmax",
    ),
    (unrestricted_container.RULE, of_container(privileged=True), "is privileged"),
    (unrestricted_container.RULE, of_container(allowPrivilegeEscalation=None), "more privileges"),
    (unrestricted_container.RULE, of_container(capabilities={"drop": ["KILL"]}), "has no ALL"),
    (
        unrestricted_container.RULE,
        of_container(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
        "adds the capability SYS_ADMIN",
    ),
    (unrestricted_container.RULE, r.deployment(of_pod(runAsNonRoot=None)), "may run as root"),
    (unrestricted_container.RULE, of_container(runAsNonRoot=False), "may run as root"),
    (unrestricted_container.RULE, r.deployment(of_pod(runAsUser=0.0)), "runAsUser is 0"),
    (unrestricted_container.RULE, r.deployment(of_pod(seccompProfile=None)), "no seccompProfile"),
    (
        unrestricted_container.RULE,
        of_container(seccompProfile={"type": "Unconfined"}),
        "no seccompProfile",
    ),
    (unrestricted_container.RULE, of_container(procMount="Unmasked"), "the procMount Unmasked"),
    (
        unrestricted_container.RULE,
        r.container(ports=[{"containerPort": 9080.0, "hostPort": 80.0}]),
        "takes port 80 of the node",
    ),
]

WAITS: list[tuple[Rule, Resource, str]] = [
    (
        literal_password.RULE,
        env("PASSWORD", UNKNOWN),
        "spec.template.spec.containers[0].env[0].value",
    ),
    (literal_password.RULE, env(UNKNOWN, "x"), "spec.template.spec.containers[0].env[0].name"),
    (literal_password.RULE, r.deployment({"containers": UNKNOWN}), "spec.template.spec.containers"),
    (beyond_select.RULE, r.grant(privileges=UNKNOWN), "privileges"),
    (beyond_select.RULE, r.grant(roles=UNKNOWN), "roles"),
    (beyond_select.RULE, r.grant(grant=UNKNOWN), "grant"),
    (beyond_select.RULE, r.grant(database=UNKNOWN), "database"),
    (beyond_select.RULE, r.resource(RIGHTS, "rights", {"rights": UNKNOWN}), "rights"),
    (entry_without_addresses.RULE, r.entry(addresses=UNKNOWN), "spec.addresses"),
    (wide_block.RULE, r.entry(addresses=["203.0.113.10", UNKNOWN]), "spec.addresses[1]"),
    (
        wide_block.RULE,
        r.deployment(annotations=UNKNOWN),
        "spec.template.metadata.annotations",
    ),
    (exported_everywhere.RULE, r.entry(exportTo=UNKNOWN), "spec.exportTo"),
    (admin_without_tls.RULE, r.provider(tls=UNKNOWN), "tls"),
    (admin_without_tls.RULE, r.provider(endpoint=UNKNOWN), "endpoint"),
    (moving_image.RULE, r.container(image=UNKNOWN), "spec.template.spec.containers[0].image"),
    (
        unrestricted_container.RULE,
        of_container(capabilities=UNKNOWN),
        "spec.template.spec.containers[0].securityContext.capabilities",
    ),
    (
        unrestricted_container.RULE,
        r.deployment(of_pod(runAsUser=UNKNOWN)),
        "spec.template.spec.securityContext.runAsUser",
    ),
]


def ids(cases: list[tuple[Rule, Resource, str]]) -> list[str]:
    return [f"{rule.name}: {said}" for rule, _, said in cases]


@pytest.mark.parametrize(("rule", "resource"), PASSES)
def test_what_is_right_passes_each_rule(rule: Rule, resource: Resource) -> None:
    assert rule.look(resource) == []


@pytest.mark.parametrize(("rule", "resource", "said"), REFUSES, ids=ids(REFUSES))
def test_what_is_wrong_is_named(rule: Rule, resource: Resource, said: str) -> None:
    (found,) = rule.look(resource)
    assert isinstance(found, Violation)
    assert said in found.text
    assert "s3cret" not in found.text


@pytest.mark.parametrize(("rule", "resource", "path"), WAITS, ids=ids(WAITS))
def test_what_is_not_known_yet_is_named_and_not_refused(
    rule: Rule, resource: Resource, path: str
) -> None:
    assert Undecided(path) in rule.look(resource)
    assert not [found for found in rule.look(resource) if isinstance(found, Violation)]


def test_what_is_wrong_is_named_beside_what_is_not_known_yet() -> None:
    assert wide_block.RULE.look(r.entry(addresses=[UNKNOWN, "10.0.0.0/8"])) == [
        Undecided("spec.addresses[0]"),
        Violation("10.0.0.0/8 is wider than /16"),
    ]


def test_a_limit_decides() -> None:
    wide = r.entry(addresses=["10.0.0.0/8"])
    assert wide_block.RULE.look(wide, {"ipv4": 8}) == []
    database = r.resource(DATABASE, "database", {})
    assert unprotected_database.RULE.look(database, {"dev": [r.STACK]}) == []


def test_what_the_program_leaves_out_plugins_take_from_the_environment() -> None:
    implicit = r.provider(tls=None, endpoint=None)
    outside = {"MYSQL_ENDPOINT": "mysql.example.com:3306"}
    assert admin_without_tls.RULE.look(implicit, {}, outside)
    assert not admin_without_tls.RULE.look(implicit, {}, {**outside, "MYSQL_TLS_CONFIG": "true"})
    assert not admin_without_tls.RULE.look(implicit, {}, {"MYSQL_ENDPOINT": "127.0.0.1:3306"})


def test_no_two_rules_have_one_name_and_each_has_a_remedy() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) == 10
    assert all(rule.remedy and rule.says.endswith(".") for rule in RULES)


def test_every_rule_is_seen_to_refuse() -> None:
    tried = {rule.name for rule, _, _ in REFUSES}
    assert {rule.name for rule in RULES} - tried == {"same-address"}  # which has tests of its own
