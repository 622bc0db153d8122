"""Where the story plays: two namespaces, two databases, Bookinfo, and a stack for each database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from demo import page
from demo.analysis import Complaint, analyze
from demo.pod import Pod, Reader
from demo.ratings import Answer
from demo.sidecar import Connections
from demo.watch import eventually
from sandbox import cache, mysql_tree
from sandbox.bookinfo import IN_MESH, Bookinfo
from sandbox.bringup import bring_up
from sandbox.database import Server
from sandbox.errors import SandboxError
from sandbox.kubectl import Kubectl
from sandbox.layout import (
    CONTEXT,
    HERE,
    HOST_V4,
    OTHER_DATABASE,
    OTHER_OF_TESTS_DATABASE,
    RATINGS_DATABASE,
    RATINGS_MYSQL2_IMAGE,
    RATINGS_OF_TESTS_DATABASE,
    DatabaseAt,
)
from sandbox.pki import AUTHORITY
from sandbox.processes import Supervisor
from sandbox.progress import Progress
from sandbox.stack import Run, Stack, admin_of, in_sandbox

ELSEWHERE = "elsewhere"
_ISTIO = "istio-system"
_PATIENCE = "--timeout=60s"


@dataclass(frozen=True)
class Scene:
    """The names of a stage: each has its own, so that one does not clear what another has built.

    Attributes:
        name: The home's stack.
        home: Bookinfo's namespace.
        elsewhere: Another namespace in the same mesh.
        databases: The one of the home, and the one of elsewhere.
    """

    name: str
    home: str
    elsewhere: str
    databases: tuple[DatabaseAt, DatabaseAt]

    @property
    def folder(self) -> Path:
        """The home's stack; the other one is in a folder below it."""
        return HERE.root / self.name


DEMO = Scene("story", "bookinfo", ELSEWHERE, (RATINGS_DATABASE, OTHER_DATABASE))
"""The stage of `make demo`, which stays."""
TESTS = Scene(
    "tests",
    "bookinfo-tests",
    "elsewhere-tests",
    (RATINGS_OF_TESTS_DATABASE, OTHER_OF_TESTS_DATABASE),
)
"""The stage of the tests and of the benchmark, gone after them."""


@dataclass(frozen=True)
class Asked:
    """One question for the ratings to a pod of ours, and what became of it on the way.

    Attributes:
        answer: What it said.
        left: Which way its connections went meanwhile, those of its readiness probe among them.
        arrived: How many connections the database saw meanwhile.
    """

    answer: Answer
    left: Connections
    arrived: int


@dataclass
class Place:
    """A namespace, the database that is for it, and the stack that wires the two.

    Attributes:
        kubectl: Works in the namespace.
        server: The database server.
        stack: The program's stack.
        basis: The settings that are always the same.
        settled: The settings besides these that the stack is up with; None where that is not known.
        is_up: Whether the stack may have made anything.
    """

    kubectl: Kubectl
    server: Server
    stack: Stack
    basis: Mapping[str, Any]
    settled: Mapping[str, Any] | None = field(default=None, init=False)
    is_up: bool = field(default=False, init=False)

    def settle(self, **settings: Any) -> None:  # noqa: ANN401 - a setting is what YAML can say
        """Have the stack up with these settings and no others; no run where it is so already."""
        if settings == self.settled:
            return
        self._set(settings)
        self.is_up = True
        self.stack.up()
        if settings.get("egress") != "off":
            # The update waits for new pods, and not until the old ones are told to go.
            self.kubectl("rollout", "status", "deployment/ratings-v2-mysql", _PATIENCE)
        self.settled = settings

    def preview(self, **settings: Any) -> Run:  # noqa: ANN401 - likewise
        """Show what `settle` would change."""
        self._set(settings)
        return self.stack.preview("--diff")

    def destroy(self) -> None:
        """Have the stack destroyed; no run where it is so already."""
        if self.is_up:
            self.stack.destroy()
        self.is_up, self.settled = False, None

    def pod(self) -> Pod:
        """Give the pod of ratings-v2-mysql, once it runs; it need not read ratings.

        In a roll-out it is the new one.
        """

        def newest() -> Mapping[str, Any]:
            pods = self.kubectl.get("pods", "--selector=app=ratings,version=v2-mysql")["items"]
            return max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), default={})

        found = eventually(newest, _has_started, "a pod of ratings-v2-mysql that runs")
        return Pod.of(self.kubectl, found)

    def ask(self, pod: Pod | None = None) -> Asked:
        """Ask a pod for the ratings, by default the stack's own."""
        pod = pod or self.pod()
        with self.server.connect() as watcher:

            def so_far() -> int:
                with watcher.cursor() as cursor:
                    cursor.execute("SHOW GLOBAL STATUS LIKE 'Connections'")
                    ((_, count),) = cursor.fetchall()
                    return int(count)

            arrived, left = so_far(), pod.connections()
            answer = pod.ratings()
            return Asked(answer, pod.connections().since(left), so_far() - arrived)

    def reader(self) -> Reader:
        """Give how the stack's own pods read the database."""
        deployment = self.kubectl.get("deployment", "ratings-v2-mysql")
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        environment = {each["name"]: each for each in container["env"]}
        return Reader(
            host=environment["MYSQL_DB_HOST"]["value"],
            user=environment["MYSQL_DB_USER"]["value"],
            secret=environment["MYSQL_DB_PASSWORD"]["valueFrom"]["secretKeyRef"]["name"],
        )

    def _set(self, settings: Mapping[str, Any]) -> None:
        self.settled = None
        self.stack.replace(**{**self.basis, **settings})


@dataclass
class Stage:
    """All that the story plays on.

    Attributes:
        home: Bookinfo's place.
        elsewhere: Another namespace in the same mesh, with a database of its own.
        address: URL of Bookinfo's page.
        complaints: What `istioctl analyze` said before any stack was up.
    """

    home: Place
    elsewhere: Place
    address: str
    complaints: frozenset[Complaint]


@contextmanager
def standing(scene: Scene, console: Console, *, keep: bool) -> Iterator[Stage]:
    """Set the stage, having removed what an earlier run left of it.

    One at a time: another process that wants it too waits.

    Args:
        scene: Its names.
        console: Shows the progress.
        keep: Whether the stage is left standing; else all is removed, whatever happens.

    Raises:
        SandboxError: The mesh is not up, or something does not get ready.
    """
    environment = in_sandbox()
    _check_mesh(environment)
    progress = Progress(console)
    tree = mysql_tree.ensure()
    servers = [Server(at, HERE, tree) for at in scene.databases]
    namespaces = [Kubectl(environment, name) for name in (scene.home, scene.elsewhere)]

    def clear() -> None:
        _side_by_side(
            *(each.delete_namespace for each in namespaces), *(each.discard for each in servers)
        )
        shutil.rmtree(scene.folder, ignore_errors=True)

    with cache.locked(HERE.run / f"{scene.name}.lock"):
        try:
            with progress.shown():
                with progress.step("an empty stage"):
                    clear()
                stage = _set_up(scene, environment, namespaces, servers, progress)
            yield stage
        finally:
            if not keep:
                clear()


def _set_up(
    scene: Scene,
    environment: Mapping[str, str],
    namespaces: list[Kubectl],
    servers: list[Server],
    progress: Progress,
) -> Stage:
    home, elsewhere = namespaces
    bookinfo = Bookinfo(home)

    def install() -> None:
        with progress.step("Bookinfo"):
            bookinfo.install()

    _side_by_side(
        install,
        lambda: elsewhere.create_namespace(IN_MESH),
        lambda: bring_up([part for each in servers for part in each.parts()], HERE, progress),
    )
    address = bookinfo.address()
    with progress.step("the page"):
        # Bookinfo's pods count as ready once they run, whether or not they answer.
        eventually(partial(page.fetch, address), lambda seen: seen.rest_is_there, "the whole page")
    with progress.step("istioctl analyze"):
        complaints = analyze(environment, (scene.home, scene.elsewhere))
    return Stage(
        home=_place(home, servers[0], scene.folder, scene.name),
        elsewhere=_place(elsewhere, servers[1], scene.folder / ELSEWHERE, ELSEWHERE, routing=False),
        address=address,
        complaints=complaints,
    )


def _place(
    kubectl: Kubectl,
    server: Server,
    folder: Path,
    name: str,
    **more: Any,  # noqa: ANN401 - a setting is what YAML can say
) -> Place:
    basis = {
        "host": server.at.host,
        "nameserver": str(HOST_V4),
        "context": CONTEXT,
        "namespace": kubectl.namespace,
        "image": RATINGS_MYSQL2_IMAGE,
        "protect": False,
        **more,
    }
    folder.mkdir(parents=True, mode=0o700)
    # Pods that dial over TLS are told of it; pulumi-mysql knows it from the environment.
    authority = {"MYSQL_TLS_CA": str(HERE.certificate(AUTHORITY))}
    environment = {**kubectl.environment, **admin_of(server), **authority}
    return Place(kubectl, server, Stack.make(folder, environment, basis, name), basis)


def _check_mesh(environment: Mapping[str, str]) -> None:
    if Supervisor(HERE).pid() is None:
        raise SandboxError("the sandbox is down", "bring it up with Istio: `make mesh`")
    if "istiod" not in Kubectl(environment, _ISTIO).names("deployments"):
        raise SandboxError("Istio is not in the sandbox's cluster", "install it: `make mesh`")


def _has_started(pod: Mapping[str, Any]) -> bool:
    containers = pod.get("status", {}).get("containerStatuses", [])
    return bool(containers) and all(container["started"] for container in containers)


def _side_by_side(*steps: Callable[[], object]) -> None:
    """Do steps at the same time, and wait for all of them, also where one fails."""
    with ThreadPoolExecutor(max_workers=len(steps)) as pool:
        under_way = [pool.submit(step) for step in steps]
    for step in under_way:
        step.result()
