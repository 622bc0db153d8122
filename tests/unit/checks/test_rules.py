"""Each rule, with what it is to say and what not: a case for every message that there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any

import pytest

from checks.facts.cluster import Admission
from checks.facts.gathering import Facts
from checks.facts.pod_dns import PodDns
from checks.facts.rights import Right
from checks.facts.seen import Unseen
from checks.finding import Finding, Message, Severity
from checks.judging import judge, needs
from checks.rules import (
    RULES,
    Rule,
    account_plugin,
    addresses,
    addresses_in_pods,
    admin_rights,
    admission,
    ambient,
    api_versions,
    authorities,
    bookinfo,
    clock,
    connections_left,
    control_plane,
    database,
    deployer_rights,
    exports,
    injection,
    name_of,
    other_entries,
    other_routes,
    other_rules,
    other_services,
    outbound_policy,
    password_policy,
    quotas,
    read_only,
    sidecar_scope,
    subsets,
    tls,
    version,
)
from checks.rules import cluster as cluster_rule
from checks.rules import namespace as namespace_rule
from mysql.driver import ServerFacts
from tests.unit.checks.surroundings import (
    ADDRESS,
    ADMIN,
    CERTIFICATE,
    HOST,
    cluster,
    destination_rule,
    entry,
    facts,
    istiod,
    mesh_config,
    namespace,
    pod,
    proxy,
    route,
    server,
    service,
    thing,
)

NAMED: dict[str, Any] = {"exportTo": ["default"]}
"""What is exported by name comes before what is for all, and that before what is younger."""
WITHOUT = Admission(pod={"spec": {"containers": [{"name": "ratings"}]}})
AMBIENT = namespace(**{"istio.io/dataplane-mode": "ambient"})
QUOTA = 'pods "x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2'
LEVEL = 'pods "x" is forbidden: violates PodSecurity "restricted:latest": NET_ADMIN'


def sidecar(*hosts: str, **spec: Any) -> dict[str, Any]:
    return thing("narrow", spec={"egress": [{"hosts": list(hosts)}], **spec})


def quota(**hard: str) -> dict[str, Any]:
    names = {name.replace("_", "."): value for name, value in hard.items()}
    return thing("small", spec={"hard": names}, status={"hard": names, "used": {}})


def ambient_with(istio: str, **changed: Any) -> Facts:
    ztunnels = [thing("ztunnel", "istio-system")]
    given = changed.pop("settings", {})
    changed = {"ztunnels": ztunnels, **changed}
    seen = cluster(namespace=AMBIENT, istiods=[istiod(istio)], **changed)
    return facts(cluster=seen, settings=given)


OURS = thing("mysql-external", spec={"hosts": [HOST], "ports": []})
UNSURE = Unseen("the API server of tests was not reached: proxy", "try it", is_final=False)

# Rule, what it says, and of what: what is there, or a mapping of what of it is changed.
CASES: list[tuple[Rule, list[Message], Facts]] = [
    # addresses
    (addresses, [addresses.UNUSABLE], facts(addresses=Unseen("no such name", "check it"))),
    (
        addresses,
        [addresses.UNKNOWN_HERE],
        facts(
            addresses=Unseen("no such name", "check it"),
            settings={"egress": "cidrs", "cidrs": '["198.51.100.0/24"]'},
        ),
    ),
    (
        addresses_in_pods,
        [addresses_in_pods.NOTHING],
        facts(pod_dns=PodDns("ratings-1", captured=False, addresses={HOST: []})),
    ),
    (
        addresses_in_pods,
        [addresses_in_pods.NOT_IN_ENTRY],
        facts(pod_dns=PodDns("ratings-1", captured=False, addresses={HOST: ["203.0.113.9"]})),
    ),
    (
        addresses_in_pods,
        [addresses_in_pods.CAPTURED],
        facts(
            pod_dns=PodDns("ratings-1", captured=True, addresses={HOST: ["240.240.0.1"]}),
            settings={"egress": "mesh-dns"},
        ),
    ),
    # the database
    (database, [database.NOT_REACHED], facts(server=Unseen("no MySQL server answers", "check"))),
    (
        tls,
        [tls.STAYS_HERE],
        facts(server=server(certificate=None), admin=replace(ADMIN, endpoint="localhost:3306")),
    ),
    (tls, [tls.NO_TLS], facts(server=server(certificate=None), admin=replace(ADMIN, tls="false"))),
    (tls, [tls.NOT_VERIFIED], facts(admin=replace(ADMIN, tls="skip-verify"))),
    (
        tls,
        [tls.ENDS_SOON],
        facts(
            server=server(
                certificate=replace(CERTIFICATE, expires=datetime.now(UTC) + timedelta(days=8))
            )
        ),
    ),
    (authorities, [authorities.TRUSTED], facts()),
    (authorities, [], facts(admin=replace(ADMIN, tls="skip-verify"))),
    (authorities, [authorities.TRUSTED], facts(server=server(untrusted_by_pods="unknown"))),
    (
        authorities,
        [authorities.NOT_BY_PODS],
        facts(server=server(untrusted_by_pods="unknown"), settings={"readerTls": True}),
    ),
    (
        authorities,
        [authorities.NOT_TRUSTED],
        facts(server=server(untrusted="unknown authority"), admin=replace(ADMIN, ca="/etc/ca.pem")),
    ),
    (
        version,
        [version.MARIADB],
        facts(server=server(login=ServerFacts("10.11.6-MariaDB", "x", tls_only=False))),
    ),
    (
        version,
        [version.TOO_OLD],
        facts(server=server(login=ServerFacts("5.6.51", "x", tls_only=False))),
    ),
    (read_only, [read_only.READ_ONLY], facts(server=server(variables={"read_only": "ON"}))),
    (connections_left, [connections_left.FEW], facts(server=server(connected=145))),
    (
        account_plugin,
        [account_plugin.CANNOT],
        facts(settings={"image": "examples-bookinfo-ratings-v2:1.20.3"}),
    ),
    (
        admin_rights,
        [admin_rights.TOO_FEW],
        facts(server=server(lacking=["GRANT CREATE USER ON *.* TO 'deployer'@'%'"])),
    ),
    (
        password_policy,
        [password_policy.MET],
        facts(
            server=server(
                variables={
                    "validate_password.policy": "STRONG",
                    "validate_password.length": "32",
                    "validate_password.number_count": "2",
                }
            )
        ),
    ),
    (
        password_policy,
        [password_policy.TOO_MUCH],
        facts(
            server=server(
                variables={
                    "validate_password_policy": "MEDIUM",
                    "validate_password_special_char_count": "3",
                }
            )
        ),
    ),
    (clock, [clock.ELSEWHEN], facts(server=server(ahead=timedelta(seconds=-90)))),
    # the cluster
    (cluster_rule, [cluster_rule.NOT_REACHED], facts(cluster=Unseen("it does not answer", "try"))),
    (cluster_rule, [cluster_rule.NOT_REACHED_FROM_HERE], facts(cluster=UNSURE)),
    (namespace_rule, [namespace_rule.MISSING], facts(cluster=cluster(namespace=None))),
    (
        api_versions,
        [api_versions.NOT_SERVED],
        facts(cluster=cluster(kinds=frozenset({"VirtualService"}))),
    ),
    (
        deployer_rights,
        [deployer_rights.TOO_FEW],
        facts(cluster=cluster(refused=[Right("", "secrets", "create")])),
    ),
    (
        deployer_rights,
        [deployer_rights.ENOUGH, deployer_rights.NARROW],
        facts(cluster=cluster(narrow=("serviceentries",))),
    ),
    (
        admission,
        [admission.NOT_TAKEN],
        facts(cluster=cluster(admission=Admission("maximum cpu usage per Container is 100m"))),
    ),
    (admission, [admission.LEVEL], facts(cluster=cluster(admission=Admission(LEVEL)))),
    (quotas, [quotas.NO_ROOM], facts(cluster=cluster(admission=Admission(QUOTA)))),
    (
        quotas,
        [quotas.NO_ROOM_FOR_MORE],
        facts(cluster=cluster(admission=Admission(QUOTA), pods=[pod("ratings", "v2-mysql")])),
    ),
    (
        quotas,
        [quotas.TOO_LITTLE],
        facts(
            cluster=cluster(resourcequotas=[quota(pods="8", requests_cpu="50m")]),
            settings={"replicas": 3},
        ),
    ),
    # the mesh
    (control_plane, [control_plane.MISSING], facts(cluster=cluster(config_maps=[]))),
    (
        control_plane,
        [control_plane.SKEWED],
        facts(cluster=cluster(pods=[pod("details", "v1", proxy("1.28.2"))])),
    ),
    (ambient, [ambient.BREAKS], ambient_with("1.27.3")),
    (
        ambient,
        [ambient.RANGES_DROPPED, ambient.NO_BARRIER, ambient.SEEN_BY_ALL],
        ambient_with("1.29.0", settings={"egress": "cidrs", "cidrs": '["198.51.100.0/24"]'}),
    ),
    (
        ambient,
        [ambient.NO_ZTUNNEL, ambient.NO_BARRIER, ambient.SEEN_BY_ALL],
        ambient_with("1.31.0", ztunnels=[]),
    ),
    (ambient, [ambient.BYPASS_IN_VAIN], ambient_with("1.31.0", settings={"egress": "bypass"})),
    (
        ambient,
        [ambient.NO_BARRIER, ambient.THROUGH_WAYPOINT],
        facts(
            cluster=cluster(
                namespace=namespace(
                    **{"istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "out"}
                ),
                ztunnels=[thing("ztunnel", "istio-system")],
            ),
            settings={"exportTo": '["*"]'},
        ),
    ),
    (ambient, [], ambient_with("1.31.0", settings={"egress": "off"})),
    (
        outbound_policy,
        [outbound_policy.LETS_ALL_OUT],
        facts(cluster=cluster(config_maps=[mesh_config("{}")])),
    ),
    (
        outbound_policy,
        [outbound_policy.LETS_ALL_OUT],
        facts(
            cluster=cluster(sidecars=[sidecar("*/*", outboundTrafficPolicy={"mode": "ALLOW_ANY"})])
        ),
    ),
    (outbound_policy, [], facts(settings={"egress": "off"})),
    (
        injection,
        [injection.NO_SIDECAR],
        facts(cluster=cluster(namespace=namespace(), admission=WITHOUT)),
    ),
    (
        injection,
        [injection.NO_SIDECAR],
        facts(
            cluster=cluster(
                namespace=namespace(**{"istio-injection": "disabled", "istio.io/rev": "default"}),
                admission=WITHOUT,
            )
        ),
    ),
    (
        injection,
        [injection.UNKNOWN_REVISION],
        facts(cluster=cluster(namespace=namespace(**{"istio.io/rev": "1-30"}), admission=WITHOUT)),
    ),
    (injection, [injection.NOT_GIVEN], facts(cluster=cluster(admission=WITHOUT))),
    # where all namespaces get one
    (injection, [injection.INJECTED], facts(cluster=cluster(namespace=namespace()))),
    (
        injection,
        [injection.INJECTED],
        facts(
            cluster=cluster(
                namespace=namespace(**{"istio.io/rev": "default"}), admission=Unseen("no right")
            )
        ),
    ),
    (injection, [], ambient_with("1.31.0")),
    (
        bookinfo,
        [bookinfo.MISSING],
        facts(cluster=cluster(lists={**cluster().lists, "services": [service("ratings")]})),
    ),
    (bookinfo, [bookinfo.NO_PODS], facts(cluster=cluster(lists={**cluster().lists, "pods": []}))),
    (bookinfo, [], facts(settings={"routing": "false"})),
    (
        subsets,
        [subsets.NOT_NAMED, subsets.NOT_NAMED],
        facts(cluster=cluster(lists={**cluster().lists, "destinationrules": []})),
    ),
    (subsets, [], facts(settings={"destinationRules": "true"})),
    (
        exports,
        [exports.HIDDEN],
        facts(cluster=cluster(config_maps=[mesh_config('defaultVirtualServiceExportTo: ["~"]')])),
    ),
    (
        exports,
        [exports.SERVICES_HIDDEN],
        facts(cluster=cluster(config_maps=[mesh_config('defaultServiceExportTo: ["~"]')])),
    ),
    (
        exports,
        [exports.SEEN],
        facts(cluster=cluster(config_maps=[mesh_config('defaultServiceExportTo: ["."]')])),
    ),
    (
        sidecar_scope,
        [sidecar_scope.SHUT_OUT],
        facts(cluster=cluster(sidecars=[sidecar("./*.svc.cluster.local")])),
    ),
    (
        sidecar_scope,
        [sidecar_scope.NOT_TAKEN_IN],
        facts(
            cluster=cluster(
                sidecars=[sidecar("istio-system/*", outboundTrafficPolicy={"mode": "ALLOW_ANY"})]
            )
        ),
    ),
    (
        sidecar_scope,
        [sidecar_scope.TAKEN_IN],
        facts(cluster=cluster(sidecars=[sidecar(f"./{HOST}")])),
    ),
    # collisions
    (
        other_entries,
        [other_entries.TAKEN],
        facts(cluster=cluster(serviceentries=[entry("orders", f"{ADDRESS}/32", **NAMED)])),
    ),
    (
        other_entries,
        [other_entries.LEFT_OUT],
        facts(cluster=cluster(serviceentries=[entry("orders", f"{ADDRESS}/32")])),
    ),
    (
        other_entries,
        [other_entries.TAKEN],
        facts(
            cluster=cluster(serviceentries=[entry("orders", f"{ADDRESS}/32")]),
            settings={"exportTo": '["*"]'},
        ),
    ),
    (
        other_entries,
        [other_entries.LEFT_OUT],
        facts(
            cluster=cluster(
                serviceentries=[
                    entry("orders", ADDRESS),
                    {**OURS, "metadata": {**OURS["metadata"], "creationTimestamp": "2025"}},
                ]
            )
        ),
    ),
    (
        other_entries,
        [other_entries.COUNTED],
        facts(
            cluster=cluster(serviceentries=[entry("orders", ADDRESS, resolution="NONE", **NAMED)])
        ),
    ),
    (
        other_entries,
        [other_entries.READ],
        facts(
            cluster=cluster(
                serviceentries=[
                    entry(
                        "orders",
                        ADDRESS,
                        **NAMED,
                        resolution="NONE",
                        ports=[{"name": "mongo", "number": 3306, "protocol": "MONGO"}],
                    )
                ]
            )
        ),
    ),
    (
        other_entries,
        [other_entries.MUTE],
        facts(
            cluster=cluster(
                serviceentries=[
                    entry("shop", ports=[{"name": "http", "number": 3306, "protocol": "HTTP"}])
                ]
            ),
            settings={"egress": "cidrs", "cidrs": '["198.51.100.0/24"]'},
        ),
    ),
    (
        other_entries,
        [other_entries.MUTE],
        facts(
            cluster=cluster(
                services=[service("shop", "shop", ports=[{"name": "http", "port": 3306}])]
            ),
            settings={"egress": "cidrs", "cidrs": '["198.51.100.0/24"]'},
        ),
    ),
    (
        other_entries,
        [other_entries.WITHIN],
        facts(
            cluster=cluster(serviceentries=[entry("orders", "198.51.100.9")]),
            settings={"egress": "cidrs", "cidrs": '["198.51.100.0/24"]'},
        ),
    ),
    (
        other_entries,
        [other_entries.REST],
        facts(cluster=cluster(serviceentries=[entry("orders", resolution="DNS")])),
    ),
    (
        other_entries,
        [other_entries.FREE],
        facts(
            cluster=cluster(
                serviceentries=[
                    OURS,
                    entry("theirs", ADDRESS, exportTo=["."]),
                    entry("hidden", ADDRESS, exportTo=["~"]),
                    entry("workloads", resolution="", workloadSelector={"labels": {"app": "db"}}),
                    entry("other-port", ADDRESS, ports=[{"number": 5432, "protocol": "TCP"}]),
                ]
            )
        ),
    ),
    (other_entries, [], facts(settings={"egress": "off"})),
    (
        other_services,
        [other_services.TAKEN, other_services.TAKEN],
        facts(
            cluster=cluster(
                services=[
                    service("squatter", externalIPs=[ADDRESS], ports=[{"port": 3306}]),
                    {
                        **service("balanced", ports=[{"port": 3306}]),
                        "status": {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}},
                    },
                    service("elsewhere", externalIPs=[ADDRESS]),
                ]
            )
        ),
    ),
    (
        other_routes,
        [other_routes.COMES_FIRST],
        facts(cluster=cluster(virtualservices=[route("canary", "reviews")])),
    ),
    (
        other_routes,
        [other_routes.COMES_AFTER],
        facts(
            cluster=cluster(
                virtualservices=[
                    route("canary", "ratings.default.svc.cluster.local", namespace="shop"),
                    thing(
                        "ratings",
                        metadata={"creationTimestamp": "2025-01-01T00:00:00Z"},
                        spec={"hosts": ["ratings"]},
                    ),
                ]
            )
        ),
    ),
    (
        other_routes,
        [other_routes.AT_A_GATEWAY],
        facts(
            cluster=cluster(
                virtualservices=[
                    route(
                        "front",
                        "books.example.com",
                        gateways=["front"],
                        http=[{"route": [{"destination": {"host": "reviews"}}]}],
                    )
                ]
            )
        ),
    ),
    (
        other_routes,
        [other_routes.LEADS_AWAY],
        facts(
            cluster=cluster(
                virtualservices=[
                    route(
                        "egress",
                        "*.example.com",
                        tcp=[
                            {
                                "match": [{"port": 3306}],
                                "route": [{"destination": {"host": "gate.istio-system"}}],
                            }
                        ],
                    )
                ]
            )
        ),
    ),
    (
        other_rules,
        [other_rules.WRAPPED],
        facts(
            cluster=cluster(
                destinationrules=[
                    destination_rule(
                        "all",
                        "*.example.com",
                        "istio-system",
                        trafficPolicy={"tls": {"mode": "ISTIO_MUTUAL"}},
                    )
                ]
            )
        ),
    ),
    (
        other_rules,
        [other_rules.NONE],
        facts(
            cluster=cluster(
                destinationrules=[
                    destination_rule(
                        "theirs", HOST, "shop", trafficPolicy={"tls": {"mode": "SIMPLE"}}
                    ),
                    destination_rule(
                        "others",
                        HOST,
                        workloadSelector={"matchLabels": {"app": "reviews"}},
                        trafficPolicy={"tls": {"mode": "SIMPLE"}},
                    ),
                    destination_rule(
                        "all",
                        "*.example.com",
                        "istio-system",
                        trafficPolicy={"tls": {"mode": "SIMPLE"}},
                    ),
                    destination_rule("mysql", HOST, trafficPolicy={"tls": {"mode": "DISABLE"}}),
                ]
            )
        ),
    ),
    # where all is as it should be
    *[
        (rule, said, facts())
        for rule, said in (
            (addresses, [addresses.FOUND]),
            (addresses_in_pods, [addresses_in_pods.SAME]),
            (database, [database.REACHED]),
            (tls, [tls.VALID]),
            (version, [version.SERVED]),
            (read_only, [read_only.WRITABLE]),
            (connections_left, [connections_left.ENOUGH]),
            (account_plugin, [account_plugin.CAN]),
            (admin_rights, [admin_rights.ENOUGH]),
            (password_policy, [password_policy.NONE]),
            (clock, [clock.SAME]),
            (cluster_rule, [cluster_rule.REACHED]),
            (namespace_rule, [namespace_rule.THERE]),
            (api_versions, [api_versions.SERVED]),
            (deployer_rights, [deployer_rights.ENOUGH]),
            (admission, [admission.TAKEN]),
            (quotas, [quotas.ROOM]),
            (control_plane, [control_plane.THERE]),
            (ambient, [ambient.SIDECARS]),
            (outbound_policy, [outbound_policy.IN_FORCE]),
            (injection, [injection.INJECTED]),
            (bookinfo, [bookinfo.THERE]),
            (subsets, [subsets.NAMED]),
            (exports, [exports.SEEN]),
            (sidecar_scope, [sidecar_scope.NO_SIDECAR]),
            (other_entries, [other_entries.FREE]),
            (other_services, [other_services.FREE]),
            (other_routes, [other_routes.FREE]),
            (other_rules, [other_rules.NONE]),
        )
    ],
]


def messages(rule: Rule) -> dict[str, Message]:
    return {name: each for name, each in vars(rule).items() if isinstance(each, Message)}


def is_of(finding: Finding, message: Message) -> bool:
    """Whether a finding can be that message: the same words around what was found."""
    said, words = f"{finding.says}\n{finding.todo}", f"{message.says}\n{message.todo}"
    *between, last = _fixed(words)
    at = 0
    for each in between:
        at = said.find(each, at)
        if at < 0:
            return False
        at += len(each)
    return finding.severity is message.severity and said[at:].endswith(last)


def _fixed(text: str) -> Iterator[str]:
    whole = ""
    for literal, name, _, _ in Formatter().parse(text):
        whole += literal
        if name is not None:
            yield whole
            whole = ""
    yield whole


@pytest.mark.parametrize(
    ("rule", "said", "of"),
    CASES,
    ids=[f"{name_of(rule)}: {len(said)} [{i}]" for i, (rule, said, _) in enumerate(CASES)],
)
def test_a_rule_says_what_it_is_to_say(rule: Rule, said: list[Message], of: Facts) -> None:
    found = [finding for _, finding in judge([rule], of)]
    assert len(found) == len(said), found
    for finding, message in zip(found, said, strict=True):
        assert is_of(finding, message), finding


def test_every_message_of_every_rule_has_a_case() -> None:
    said = [each for _, messages_, _ in CASES for each in messages_]
    without = [
        f"{name_of(rule)}: {name}"
        for rule in RULES
        for name, message in messages(rule).items()
        if message not in said
    ]
    assert without == []


def test_every_failure_and_warning_says_what_to_do() -> None:
    for rule in RULES:
        for name, message in messages(rule).items():
            if message.severity is not Severity.OK:
                assert message.todo, f"{name_of(rule)}: {name}"


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_rule_needs_no_more_than_it_says(rule: Rule) -> None:
    whole = facts()
    known: Mapping[str, Any] = {need: getattr(whole, need) for need in rule.NEEDS}
    bare = Facts(whole.settings, whole.admin, **known)
    assert list(judge([rule], bare)) == list(judge([rule], whole))


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_what_could_not_be_looked_at_is_said_and_stops_no_other_rule(rule: Rule) -> None:
    gone = Unseen("nobody is at home", "come again")
    changed: dict[str, Any] = dict.fromkeys(needs([rule]), gone)
    found = [finding for _, finding in judge([rule], facts(**changed))]
    assert found
    for finding in found:
        assert finding.severity is not Severity.OK
        assert "nobody is at home" in finding.says


@pytest.mark.parametrize(
    "rule",
    [
        rule
        for rule in RULES
        if "cluster" in rule.NEEDS and rule not in (cluster_rule, namespace_rule)
    ],
    ids=name_of,
)
def test_without_the_namespace_nothing_else_is_said_of_it(rule: Rule) -> None:
    found = [finding for _, finding in judge([rule], facts(cluster=cluster(namespace=None)))]
    assert {each.severity for each in found} <= {Severity.UNSEEN}


def test_a_deployer_of_one_namespace_is_served() -> None:
    refused = Unseen('configmaps is forbidden: User "deployer" cannot list resource')
    of = facts(
        cluster=cluster(
            namespace=Unseen("namespaces is forbidden"),
            config_maps=refused,
            istiods=refused,
            ztunnels=refused,
            injectors=refused,
            narrow=("serviceentries", "services", "sidecars", "virtualservices"),
        )
    )
    found = list(judge(RULES, of))
    assert not [each for each in found if each.finding.severity is Severity.FAILURE]
    assert {"deployer rights"} == {
        each.rule for each in found if each.finding.severity is Severity.WARNING
    }
