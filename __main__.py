"""A service in an Istio mesh uses a MySQL database outside it: the article's steps, one by one."""

# ruff: noqa: E402 - nothing imported is garbage: to look for some took a quarter of the time
import gc

gc.disable()  # until `before_changes.plan()`

import pulumi
import pulumi_random as random

from checks import before_changes
from components import destination_rules, external_service, network_policy, routing, workload
from components.cluster import KubernetesCluster
from components.database import MysqlDatabase
from components.destination_rules import BookinfoDestinationRules
from components.external_service import ExternalMysql
from components.network_policy import RatingsNetworkPolicy
from components.reader import MysqlReader
from components.routing import BookinfoRouting
from components.server import MysqlServer
from components.workload import RatingsWorkload
from mesh.egress import Egress
from provider.first import close_first
from provider.hooks import clear_half_made

plan = before_changes.plan()
settings, admin = plan.settings, plan.admin
clear_half_made(admin)
if settings.egress is Egress.OFF:
    close_first()

# The mark on what this stack makes: nothing without it is ever changed or dropped.
owner = random.RandomUuid("owner")

# The MySQL server that is meant, and no other: first it is looked at, then built on.
server = MysqlServer(
    "server",
    {
        "endpoint": admin.endpoint,
        "username": admin.username,
        "password": admin.password,
        "tls": admin.tls,
        "ca": admin.ca,
        "context": settings.context,
        "kubeconfig": settings.kubeconfig,
        "host": settings.host,
        "port": settings.port,
        "lookup": settings.lookup(),
        "replica": settings.read_replica,
        "owner": owner.result,
        "database": settings.database,
        "ratings": settings.rows(),
        "reader": settings.reader,
        "reader_host": settings.reader_host,
        "adopt": settings.adopted_on_server(),
        "image": settings.image,
        "pods_use_tls": settings.reader_tls,
    },
)

# The cluster that is meant, and no other: first it is looked at, then built on.
objects = {
    **workload.OBJECTS,
    **(workload.OF_SEVERAL if settings.replicas > 1 else {}),
    **(external_service.OBJECTS if settings.has_entry() else {}),
    **(network_policy.OBJECTS if settings.network_policy else {}),
    **(destination_rules.OBJECTS if settings.destination_rules else {}),
    **(routing.OBJECTS if settings.routing else {}),
}
cluster = KubernetesCluster(
    "cluster",
    {
        "context": settings.context,
        "kubeconfig": settings.kubeconfig,
        "namespace": settings.namespace,
        "owner": owner.result,
        "objects": objects,
        "adopt": settings.adopted_in_cluster(),
    },
    pulumi.ResourceOptions(providers=server.providers),
)
# What is made comes after both looks, and not after all that their components are.
seen = [server.seen, cluster.seen]
in_cluster = pulumi.ResourceOptions(
    providers=[*server.providers, cluster.provider], depends_on=seen
)

# Each step waits for the one before, so that the way back is the same way: routes, workload,
# ServiceEntry and Secret, user, rows, database.

# 1. The database `test`, its table `ratings` and the rows in it.
database = MysqlDatabase(
    "database",
    {
        "server": server.uuid,
        "owner": owner.result,
        "database": settings.database,
        "adopted": settings.adopts_database(),
        "adopt_table": settings.adopts_table(),
        "ratings": settings.rows(),
        "exclusive_rows": settings.exclusive_rows,
    },
    pulumi.ResourceOptions(providers=server.providers, depends_on=seen, protect=settings.protect),
)

# 2. The user `bookinfo`, who may read that table and nothing else; its password in a Secret.
reader = MysqlReader(
    "reader",
    {
        "server": server.uuid,
        "owner": owner.result,
        "database": database.database,
        "table": database.table,
        "rows": database.rows,
        "user": settings.reader,
        "host": settings.reader_host,
        "tls": settings.reader_tls,
        "rotation": settings.rotation,
        "previous": settings.previous_account,
        "prove": settings.proof,
        "adopt": settings.adopts_account(),
        "hold": cluster.hold,
    },
    in_cluster,
)

# All that is in the cluster goes before the user: where the database is away, that still can.
on_account = pulumi.ResourceOptions.merge(
    in_cluster, pulumi.ResourceOptions(depends_on=reader.account)
)

addresses = server.addresses if settings.lookup() else settings.blocks()

# 3. The ServiceEntry `mysql-external`, without which sidecars keep the database out of reach.
external = ExternalMysql(
    "mysql-external",
    {
        "hold": cluster.hold,
        "egress": settings.egress,
        "hosts": [settings.host, *settings.additional_hosts],
        "port": settings.port,
        "addresses": addresses,
        "protocol": settings.protocol,
        "export_to": settings.export_to,
        "pods": workload.LABELS,
    },
    # What is closed waits for nothing.
    pulumi.ResourceOptions(providers=server.providers)
    if settings.egress is Egress.OFF
    else on_account,
)

# What keeps the pods in that go around their sidecar, where that is set.
policies = (
    [
        RatingsNetworkPolicy(
            "firewall",
            {
                "hold": cluster.hold,
                "pods": workload.LABELS,
                "host": settings.host,
                "addresses": addresses,
                "port": settings.port,
            },
            on_account,
        )
    ]
    if settings.network_policy
    else []
)

# 4. The workload ratings-v2-mysql, which reads the table as that user.
ratings = RatingsWorkload(
    "ratings-v2-mysql",
    {
        "hold": cluster.hold,
        "image": settings.image,
        "replicas": settings.replicas,
        "spread_over": settings.spread_over,
        "host": settings.host,
        "port": settings.port,
        "user": reader.user,
        "secret_name": reader.secret_name,
        "secret_key": reader.secret_key,
        "tls": settings.reader_tls,
        "ca": plan.authority,
        # Without a way out no pod can read ratings, and waiting would be in vain.
        "wait": settings.egress is not Egress.OFF,
        "pod_annotations": external.pod_annotations,
    },
    pulumi.ResourceOptions.merge(
        in_cluster, pulumi.ResourceOptions(depends_on=[reader, external, *policies])
    ),
)

# Bookinfo's default DestinationRules, where it has been set up without them; while the pods start.
rules = (
    [
        BookinfoDestinationRules(
            "subsets",
            {"hold": cluster.hold},
            pulumi.ResourceOptions.merge(
                in_cluster, pulumi.ResourceOptions(depends_on=ratings.begun)
            ),
        )
    ]
    if settings.destination_rules
    else []
)

# 5. The routes reviews -> v3 and ratings -> v2-mysql, once what they lead to is there.
if settings.routing:
    BookinfoRouting(
        "routing",
        {"hold": cluster.hold},
        pulumi.ResourceOptions.merge(
            in_cluster, pulumi.ResourceOptions(depends_on=[ratings, external, *rules])
        ),
    )

pulumi.export("host", settings.host)
pulumi.export("port", settings.port)
pulumi.export("addresses", external.addresses)
pulumi.export("serviceEntry", external.service_entry)
pulumi.export("ratings", reader.ratings)
pulumi.export("refused", reader.refused)
pulumi.export("secret", reader.secret_name)
pulumi.export("deployment", ratings.deployment)
