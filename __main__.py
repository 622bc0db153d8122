"""A service in an Istio mesh uses a MySQL database outside it: the article's steps, one by one."""

import pulumi
import pulumi_kubernetes as kubernetes

import preflight
from components.database import MysqlDatabase
from components.destination_rules import BookinfoDestinationRules
from components.external_service import Egress, ExternalMysql
from components.reader import MysqlReader
from components.routing import BookinfoRouting
from components.workload import RatingsWorkload

plan = preflight.plan()
settings = plan.settings

# The cluster that is meant, and no other.
cluster = kubernetes.Provider(
    "cluster", context=settings.context, kubeconfig=settings.kubeconfig_path()
)

# Each step waits for the one before, so that the way back is the same way: routes, workload,
# ServiceEntry, Secret, user, rows, database.

# 1. The database `test`, its table `ratings` and the rows in it.
database = MysqlDatabase(
    "database",
    {
        "database": settings.database,
        "ratings": settings.rows(),
        "exclusive_rows": settings.exclusive_rows,
    },
)

# 2. The user `bookinfo`, who may read that table and nothing else; its password in a Secret.
reader = MysqlReader(
    "reader",
    {
        "database": database.database,
        "table": database.table,
        "user": settings.reader,
        "host": settings.reader_host,
        "privileges": settings.privileges,
        "namespace": settings.namespace,
        "annotations": plan.annotations,
        "prove_at": plan.prove_at,
    },
    pulumi.ResourceOptions(providers=[cluster]),
)

# 3. The ServiceEntry `mysql-external`, without which sidecars keep the database out of reach.
external = ExternalMysql(
    "mysql-external",
    {
        "namespace": settings.namespace,
        "egress": settings.egress,
        "hosts": [settings.host, *settings.additional_hosts],
        "port": settings.port,
        "addresses": plan.addresses,
        "protocol": settings.protocol,
        "export_to": settings.export_to,
        "annotations": plan.annotations,
    },
    pulumi.ResourceOptions(providers=[cluster], depends_on=[reader]),
)

# 4. The workload ratings-v2-mysql, which reads the table as that user.
workload = RatingsWorkload(
    "ratings-v2-mysql",
    {
        "namespace": settings.namespace,
        "image": settings.image,
        "replicas": settings.replicas,
        "host": settings.host,
        "port": settings.port,
        "user": reader.user,
        "secret_name": reader.secret_name,
        "secret_key": reader.secret_key,
        # Without a way out no pod can read ratings, and waiting would be in vain.
        "wait": settings.egress is not Egress.OFF,
        "annotations": plan.annotations,
        "pod_annotations": external.pod_annotations,
    },
    pulumi.ResourceOptions(providers=[cluster], depends_on=[external]),
)

# Bookinfo's default DestinationRules, where it has been set up without them.
rules = (
    [
        BookinfoDestinationRules(
            "subsets",
            {"namespace": settings.namespace, "annotations": plan.annotations},
            pulumi.ResourceOptions(providers=[cluster]),
        )
    ]
    if settings.destination_rules
    else []
)

# 5. The routes reviews -> v3 and ratings -> v2-mysql, once what they lead to is there.
if settings.routing:
    BookinfoRouting(
        "routing",
        {"namespace": settings.namespace, "annotations": plan.annotations},
        pulumi.ResourceOptions(providers=[cluster], depends_on=[workload, external, *rules]),
    )

pulumi.export("host", settings.host)
pulumi.export("port", settings.port)
pulumi.export("addresses", external.addresses)
pulumi.export("serviceEntry", external.service_entry)
pulumi.export("ratings", reader.proof["ratings"])
pulumi.export("refused", reader.proof["refused"])
pulumi.export("unmanagedRows", database.unmanaged)
pulumi.export("secret", reader.secret_name)
pulumi.export("deployment", workload.deployment)
