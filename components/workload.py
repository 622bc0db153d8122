"""The ratings service v2-mysql: reads the external database, and is ready only while it can.

https://github.com/istio/istio/blob/master/samples/bookinfo/platform/kube/bookinfo-ratings-v2-mysql.yaml
"""

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, NotRequired, TypedDict

import pulumi

from cluster.manifest import Manifest
from provider import sdk

NAME = "ratings-v2-mysql"
LABELS = {"app": "ratings", "version": "v2-mysql"}

#: What is made, as `Kind/name`, with what of its spec can never be changed.
OBJECTS: Mapping[str, Mapping[str, object]] = {
    f"Deployment/{NAME}": {"selector": {"matchLabels": LABELS}}
}
#: What is made besides where there is more than one pod.
OF_SEVERAL: Mapping[str, Mapping[str, object]] = {f"PodDisruptionBudget/{NAME}": {}}
_PORT = 9080
_BOOKINFO_USER = 1000  # the image's own
_ROLL_OUT_SECONDS = 180
# Until all who may ask a pod know that it goes: endpoints spread, and sidecars are told.
_SPREAD_SECONDS = 5
_LAST_SECONDS = 10

# Of images/ratings.
_TLS = [{"name": "MYSQL_DB_TLS", "value": "true"}]
_AUTHORITY = PurePosixPath("/etc/mysql/ca.crt")

_HEALTH: Mapping[str, Any] = {"httpGet": {"path": "/health", "port": "http"}}

# /health is always 200, and so is the answer without a database: only the body tells.
_CAN_READ_RATINGS = f"""
fetch('http://127.0.0.1:{_PORT}/ratings/0')
  .then(answer => answer.json())
  .then(body => {{ if (!body.ratings) throw new Error(body.error) }})
  .catch(error => {{ console.error(error.message); process.exit(1) }})
"""

_WAIT = f"setTimeout(() => {{}}, {_SPREAD_SECONDS * 1000})"


class RatingsWorkloadArgs(TypedDict):
    """What a `RatingsWorkload` takes."""

    hold: sdk.HoldArgs
    """Where the Deployment is, and whose; the Secret is there too."""

    image: pulumi.Input[str]
    """A Bookinfo ratings-v2 image whose driver can log in to the server."""

    host: pulumi.Input[str]
    """DNS name of the database, as the pods dial it."""

    port: pulumi.Input[int]
    """Port of the database."""

    user: pulumi.Input[str]
    """User name of the reader."""

    secret_name: pulumi.Input[str]
    """Secret that holds the reader's password."""

    secret_key: pulumi.Input[str]
    """Key of the password in that Secret."""

    tls: NotRequired[bool]
    """Whether the pods dial the database over TLS; the image has to be able to. Default: no."""

    ca: NotRequired[str]
    """The authority of the database's certificate, in PEM, where it is no well-known one."""

    replicas: NotRequired[int]
    """How many pods; of more than one, a drained node may take one at a time. Default: 1."""

    spread_over: NotRequired[str]
    """Label of nodes over which the pods are spread, e.g. `topology.kubernetes.io/zone`."""

    wait: NotRequired[bool]
    """Whether the Deployment counts as made only once its pods read ratings. Default: yes."""

    pod_annotations: NotRequired[pulumi.Input[Mapping[str, str]]]
    """Annotations of the pods, where a sidecar is told what to leave alone."""


class RatingsWorkload(pulumi.ComponentResource):
    """Deployment ratings-v2-mysql under the restricted pod security standard."""

    begun: pulumi.Resource
    """What comes after it alone, and not after the workload, is made while the pods start."""

    deployment: pulumi.Output[str]
    """Name of the Deployment, known once its pods read ratings."""

    def __init__(
        self, name: str, args: RatingsWorkloadArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the Deployment; it is there once ratings are read, not once a port is open."""
        super().__init__("external-mysql:index:RatingsWorkload", name, None, opts)
        pod = pod_spec(args)
        if args.get("tls", False):
            pod["containers"][0]["env"] += _TLS
            if authority := args.get("ca", ""):
                _trust(pod, self._authority(name, args, authority))
        if spread_over := args.get("spread_over", ""):
            pod["topologySpreadConstraints"] = [_evenly(spread_over)]
        spec: dict[str, Any] = {
            "replicas": args.get("replicas", 1),
            "selector": {"matchLabels": LABELS},
            **_strategy(wait=args.get("wait", True)),
            "template": {
                "metadata": {"labels": LABELS, "annotations": args.get("pod_annotations", {})},
                "spec": pod,
            },
        }
        held = sdk.Object(
            f"{name}-held",
            {
                "hold": args["hold"],
                "kind": "Deployment",
                "name": NAME,
                "content": spec,
                "fixed": OBJECTS[f"Deployment/{NAME}"],
            },
            # Of what is replaced, it goes before its way out: that is known of it alone.
            pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None),
        )
        self.begun = held
        metadata = held.metadata_in(args["hold"])
        metadata["labels"] = LABELS
        metadata["annotations"] = held.annotations.apply(
            lambda given: {**given, **_awaiting(wait=args.get("wait", True))}
        )
        child = pulumi.ResourceOptions(parent=self)
        deployment = Manifest(name, "Deployment", metadata, {"spec": spec}, child)
        if args.get("replicas", 1) > 1:
            self._budget(name, args)
        self.deployment = deployment.named
        self.register_outputs({"deployment": self.deployment})

    def _budget(self, name: str, args: RatingsWorkloadArgs) -> None:
        """Have a node that is drained wait for each pod's successor.

        https://kubernetes.io/docs/tasks/run-application/configure-pdb/
        """
        spec = {"maxUnavailable": 1, "selector": {"matchLabels": LABELS}}
        child = pulumi.ResourceOptions(parent=self)
        held = sdk.Object(
            f"{name}-budget-held",
            {
                "hold": args["hold"],
                "kind": "PodDisruptionBudget",
                "name": NAME,
                "content": spec,
            },
            child,
        )
        metadata = held.metadata_in(args["hold"])
        Manifest(name, "PodDisruptionBudget", metadata, {"spec": spec}, child)

    def _authority(
        self, name: str, args: RatingsWorkloadArgs, authority: str
    ) -> pulumi.Output[str]:
        """Keep the authority where the pods find it; gives the ConfigMap's name."""
        child = pulumi.ResourceOptions(parent=self)
        called = f"{name}-authority-{hashlib.sha256(authority.encode()).hexdigest()[:8]}"
        held = sdk.Object(
            f"{name}-authority-held",
            {"hold": args["hold"], "kind": "ConfigMap", "name": called, "content": called},
            child,
        )
        kept = Manifest(
            f"{name}-authority",
            "ConfigMap",
            held.metadata_in(args["hold"]),
            {"immutable": True, "data": {_AUTHORITY.name: authority}},
            child,
        )
        return kept.named


def _awaiting(*, wait: bool) -> dict[str, str]:
    """Tell the Kubernetes provider how long to wait for the pods, if at all.

    https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/
    """
    if wait:
        return {"pulumi.com/timeoutSeconds": str(_ROLL_OUT_SECONDS)}
    return {"pulumi.com/skipAwait": "true"}


def _strategy(*, wait: bool) -> dict[str, Any]:
    """Let no pod go before another one reads ratings.

    Where none will, all may go: they may know a way out.
    """
    rolling = {"maxUnavailable": 0, "maxSurge": 1} if wait else {"maxUnavailable": "100%"}
    return {"strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}


def _evenly(over: str) -> dict[str, Any]:
    """Spread pods over nodes by a label of theirs, as far as there are such nodes.

    https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
    """
    return {
        "maxSkew": 1,
        "topologyKey": over,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": LABELS},
        # Of the pods of one roll-out alone: the old ones are about to go.
        "matchLabelKeys": ["pod-template-hash"],
    }


def _trust(pod: dict[str, Any], config_map: pulumi.Output[str]) -> None:
    """Have Node.js trust an authority besides the well-known ones.

    https://nodejs.org/api/cli.html#node_extra_ca_certsfile
    """
    (container,) = pod["containers"]
    pod["volumes"] = [{"name": "authority", "configMap": {"name": config_map}}]
    container["volumeMounts"] = [
        {"name": "authority", "mountPath": str(_AUTHORITY.parent), "readOnly": True}
    ]
    container["env"].append({"name": "NODE_EXTRA_CA_CERTS", "value": str(_AUTHORITY)})


def _text(number: pulumi.Input[int]) -> pulumi.Input[str]:
    return str(number) if isinstance(number, int) else pulumi.Output.format("{}", number)


def pod_spec(args: RatingsWorkloadArgs) -> dict[str, Any]:
    """Describe the pod; of plain values it is plain itself.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    return {
        "automountServiceAccountToken": False,
        # It answers in milliseconds, but waits at its end for connections that are kept open.
        "terminationGracePeriodSeconds": _SPREAD_SECONDS + _LAST_SECONDS,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _BOOKINFO_USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "ratings",
                "image": args["image"],
                "imagePullPolicy": "IfNotPresent",
                "ports": [{"name": "http", "containerPort": _PORT}],
                "env": [
                    {"name": "DB_TYPE", "value": "mysql"},
                    {"name": "MYSQL_DB_HOST", "value": args["host"]},
                    {"name": "MYSQL_DB_PORT", "value": _text(args["port"])},
                    {"name": "MYSQL_DB_USER", "value": args["user"]},
                    {
                        "name": "MYSQL_DB_PASSWORD",
                        "valueFrom": {
                            "secretKeyRef": {
                                "name": args["secret_name"],
                                "key": args["secret_key"],
                            }
                        },
                    },
                ],
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": True,
                },
                "resources": {
                    "requests": {"cpu": "20m", "memory": "64Mi"},
                    "limits": {"cpu": "500m", "memory": "256Mi"},
                },
                # Looked at each second, so that the first question for ratings is not in vain: it
                # comes as soon as this is through, and each later one is a login too.
                "startupProbe": {**_HEALTH, "periodSeconds": 1, "failureThreshold": 60},
                "readinessProbe": {
                    "exec": {"command": ["node", "--eval", _CAN_READ_RATINGS]},
                    "periodSeconds": 5,
                    "timeoutSeconds": 5,
                },
                "livenessProbe": {**_HEALTH, "periodSeconds": 10},
                # ratings.js closes its door at SIGTERM, and some do not know yet that it goes.
                "lifecycle": {"preStop": {"exec": {"command": ["node", "--eval", _WAIT]}}},
            }
        ],
    }
