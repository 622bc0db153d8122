"""The program's resources, flat in one file: no settings, no components, no checks, no lookup."""

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_mysql as mysql
import pulumi_random as random
from ratings_table import RatingsTable

CAN_READ_RATINGS = """
fetch('http://127.0.0.1:9080/ratings/0')
  .then(answer => answer.json())
  .then(body => { if (!body.ratings) throw new Error(body.error) })
  .catch(error => { console.error(error.message); process.exit(1) })
"""

cluster = kubernetes.Provider("cluster", context="external-mysql-sandbox")
in_cluster = pulumi.ResourceOptions(provider=cluster)

database = mysql.Database(
    "schema",
    name="test",
    default_character_set="utf8mb4",
    default_collation="utf8mb4_unicode_ci",
)
changed = pulumi.Config("external-mysql").get_object("ratings") or {}
ratings = RatingsTable("ratings", {"database": database.name, "rows": {"1": 5, "2": 4, **changed}})

password = random.RandomPassword("password", length=32, override_special="-_.:+")
user = mysql.User("user", user="bookinfo", host="%", plaintext_password=password.result)
grant = mysql.Grant(
    "select",
    database="test",
    table="ratings",
    user=user.user,
    host="%",
    privileges=["SELECT"],
    opts=pulumi.ResourceOptions(deleted_with=user, depends_on=[ratings]),
)
secret = kubernetes.core.v1.Secret(
    "password",
    metadata={"namespace": "bench"},
    immutable=True,
    string_data={"password": password.result},
    opts=pulumi.ResourceOptions(provider=cluster, depends_on=[grant]),
)

entry = kubernetes.apiextensions.CustomResource(
    "mysql-external",
    api_version="networking.istio.io/v1",
    kind="ServiceEntry",
    metadata={"name": "mysql-external", "namespace": "bench"},
    spec={
        "hosts": ["mysql-tests.external.test"],
        "addresses": ["198.18.53.20/32", "fd00:198:18:53::20/128"],
        "ports": [{"name": "tcp", "number": 3306, "protocol": "TCP"}],
        "location": "MESH_EXTERNAL",
        "resolution": "NONE",
        "exportTo": ["."],
    },
    opts=in_cluster,
)

deployment = kubernetes.apps.v1.Deployment(
    "ratings-v2-mysql",
    metadata={
        "name": "ratings-v2-mysql",
        "namespace": "bench",
        "labels": {"app": "ratings", "version": "v2-mysql"},
    },
    spec={
        "replicas": 1,
        "selector": {"match_labels": {"app": "ratings", "version": "v2-mysql"}},
        "template": {
            "metadata": {"labels": {"app": "ratings", "version": "v2-mysql"}},
            "spec": {
                "automount_service_account_token": False,
                "enable_service_links": False,
                "security_context": {
                    "run_as_non_root": True,
                    "run_as_user": 1000,
                    "seccomp_profile": {"type": "RuntimeDefault"},
                },
                "containers": [
                    {
                        "name": "ratings",
                        "image": "localhost/bookinfo-ratings-mysql2:1.20.3",
                        "image_pull_policy": "IfNotPresent",
                        "ports": [{"name": "http", "container_port": 9080}],
                        "env": [
                            {"name": "DB_TYPE", "value": "mysql"},
                            {"name": "MYSQL_DB_HOST", "value": "mysql-tests.external.test"},
                            {"name": "MYSQL_DB_PORT", "value": "3306"},
                            {"name": "MYSQL_DB_USER", "value": "bookinfo"},
                            {
                                "name": "MYSQL_DB_PASSWORD",
                                "value_from": {
                                    "secret_key_ref": {
                                        "name": secret.metadata["name"],
                                        "key": "password",
                                    }
                                },
                            },
                        ],
                        "security_context": {
                            "allow_privilege_escalation": False,
                            "capabilities": {"drop": ["ALL"]},
                            "read_only_root_filesystem": True,
                        },
                        "resources": {
                            "requests": {"cpu": "20m", "memory": "64Mi"},
                            "limits": {"cpu": "500m", "memory": "256Mi"},
                        },
                        "startup_probe": {
                            "http_get": {"path": "/health", "port": "http"},
                            "period_seconds": 1,
                            "failure_threshold": 60,
                        },
                        "readiness_probe": {
                            "exec_": {"command": ["node", "--eval", CAN_READ_RATINGS]},
                            "period_seconds": 5,
                            "timeout_seconds": 5,
                        },
                        "liveness_probe": {
                            "http_get": {"path": "/health", "port": "http"},
                            "period_seconds": 10,
                        },
                    }
                ],
            },
        },
    },
    opts=pulumi.ResourceOptions(provider=cluster, depends_on=[entry]),
)

subsets = {
    "productpage": ["v1"],
    "reviews": ["v1", "v2", "v3"],
    "ratings": ["v1", "v2", "v2-mysql", "v2-mysql-vm"],
    "details": ["v1", "v2"],
}
rules = [
    kubernetes.apiextensions.CustomResource(
        f"{service}-rule",
        api_version="networking.istio.io/v1",
        kind="DestinationRule",
        metadata={"name": service, "namespace": "bench"},
        spec={
            "host": service,
            "subsets": [{"name": version, "labels": {"version": version}} for version in versions],
        },
        opts=pulumi.ResourceOptions(provider=cluster),
    )
    for service, versions in subsets.items()
]
for service, subset in {"reviews": "v3", "ratings": "v2-mysql"}.items():
    kubernetes.apiextensions.CustomResource(
        f"{service}-route",
        api_version="networking.istio.io/v1",
        kind="VirtualService",
        metadata={"name": service, "namespace": "bench"},
        spec={
            "hosts": [service],
            "http": [{"route": [{"destination": {"host": service, "subset": subset}}]}],
        },
        opts=pulumi.ResourceOptions(provider=cluster, depends_on=[deployment, *rules]),
    )
