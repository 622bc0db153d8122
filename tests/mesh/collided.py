"""Something of others in the mesh: what the doctor says of it, and where connections really go."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from checks.facts.gathering import Gathering
from checks.finding import Severity
from checks.judging import judge, needs, rules
from checks.rules.when import When
from demo.pod import Pod
from demo.sidecar import LISTENERS
from demo.stage import Place
from demo.story import Story
from demo.watch import eventually
from mysql.admin import Admin
from sandbox.kubectl import Kubectl
from sandbox.layout import HERE
from settings import PROJECT, load

GREETING, SILENCE, CLOSED = "greeting", "silence", "closed"

# MySQL's server begins: whoever dials has only to wait.
_DIAL = """
const [host, port] = process.argv.slice(1)
const socket = require('net').connect({ host, port: Number(port), family: 4 })
const end = said => { console.log(said); process.exit() }
socket.on('data', () => end('greeting'))
socket.on('close', () => end('closed'))
socket.on('error', () => end('closed'))
setTimeout(() => end('silence'), 1500)
"""


@dataclass(frozen=True)
class Dialled:
    """What became of one connection to the database's name.

    Attributes:
        heard: `greeting` of a MySQL server, `silence`, or `closed` at once.
        elsewhere: Whether it is the other server that was reached.
    """

    heard: str
    elsewhere: bool = False


OURS = Dialled(GREETING)
THEIRS = Dialled(GREETING, elsewhere=True)
NOBODY = Dialled(SILENCE)
KEPT_IN = Dialled(CLOSED)


class Ground:
    """Where others collide with the stack of the story's home.

    Args:
        story: The story.
        dialler: A pod of the home's namespace that does nothing but dial when it is told to.
    """

    def __init__(self, story: Story, dialler: Pod) -> None:
        self.home, self.elsewhere, self.dialler = story.home, story.elsewhere, dialler
        self.namespace = self.home.kubectl.namespace

    def doctor(self, **given: Any) -> dict[str, Severity]:
        """Ask the rules about the cluster; gives what is not as it should be, line by line."""
        basis = {**self.home.basis, "kubeconfig": str(HERE.kubeconfig), **given}
        settings = load({f"{PROJECT}:{name}": value for name, value in basis.items()})
        asked = rules(When.BEFORE_A_CHANGE, about=("addresses", "cluster"))
        admin = Admin(self.home.server.at.endpoint, "nobody", "", "true")
        facts = Gathering(settings, admin).facts({"addresses", *needs(asked)})
        return {
            str(finding): finding.severity
            for _, finding in judge(asked, facts)
            if finding.severity is not Severity.OK
        }

    def dial(self) -> Dialled:
        """Dial the database by its name."""
        at = self.home.server.at
        before = _arrived(self.elsewhere)
        heard = self.dialler.node(_DIAL, at.host, str(at.port)).strip()
        return Dialled(heard, _arrived(self.elsewhere) > before)

    def comes_to(self, expected: Dialled) -> Dialled:
        """Dial until a change has come to the sidecar."""
        return eventually(self.dial, lambda seen: seen == expected, f"{expected}")

    def led_to(self, port: int) -> set[str]:
        """Give the clusters to which the dialler's sidecar takes connections on a port."""
        command = ("pilot-agent", "request", "GET", LISTENERS)
        kubectl = self.dialler.kubectl
        dump = kubectl("exec", self.dialler.name, "--container=istio-proxy", "--", *command)
        return {
            each["typed_config"]["cluster"]
            for config in json.loads(dump)["configs"]
            if (listener := config.get("active_state", {}).get("listener"))
            and listener["address"]["socket_address"]["port_value"] == port
            for chain in listener["filter_chains"]
            for each in chain["filters"]
            if "cluster" in each["typed_config"]
        }

    @contextmanager
    def others(self, *manifests: Mapping[str, Any], settles: Dialled = OURS) -> Iterator[None]:
        """Have objects of others there for as long as it lasts.

        Args:
            manifests: The objects; in the other namespace, where they do not say the home's.
            settles: What becomes of a connection once they are gone again.
        """
        for each in manifests:
            self._where(each).apply(each)
        try:
            yield
        finally:
            for each in manifests:
                self._where(each)("delete", each["kind"].lower(), each["metadata"]["name"])
            self.comes_to(settles)

    def _where(self, manifest: Mapping[str, Any]) -> Kubectl:
        is_at_home = manifest["metadata"].get("namespace") == self.namespace
        return (self.home if is_at_home else self.elsewhere).kubectl

    def entry(self, **spec: Any) -> dict[str, Any]:
        """Write a ServiceEntry of the other database, for the home's namespace by name."""
        at = self.elsewhere.server.at
        return {
            "apiVersion": "networking.istio.io/v1",
            "kind": "ServiceEntry",
            "metadata": {"name": "theirs"},
            "spec": {
                "hosts": ["another.external.test"],
                "exportTo": [self.namespace],
                "location": "MESH_EXTERNAL",
                "ports": [{"name": "tcp", "number": at.port, "protocol": "TCP"}],
                "resolution": "STATIC",
                "endpoints": [{"address": str(at.ipv4)}],
                **spec,
            },
        }


def next_second() -> None:
    """Wait until what is made is younger than what was: the API server counts by seconds."""
    began = int(time.time())
    eventually(lambda: int(time.time()), lambda now: now > began, "the next second")


def _arrived(place: Place) -> int:
    with place.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Connections'")
        ((_, count),) = cursor.fetchall()
        # The one that asks is among them.
        return int(count) - _asked(place)


_ASKED: dict[str, int] = {}


def _asked(place: Place) -> int:
    name = place.server.at.host
    _ASKED[name] = _ASKED.get(name, 0) + 1
    return _ASKED[name]
