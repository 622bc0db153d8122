"""Bookinfo's images, as the Dockerfiles in ``samples/bookinfo/src`` of Istio's sources make them.

What differs between the versions of one service is what ``docker-bake.hcl`` there says. Programs
and their versions are this machine's: Python, Ruby and Java are not those of the Dockerfiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.node.images.image import PATH, Image

SOURCES = "samples/bookinfo/src"
SERVICE = "/opt/microservices"
PACKAGES = "/opt/packages"
LIBERTY = "/opt/ol/wlp"
SMALL_JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xms16m -Xmx64m"
"""Takes 140 MB and 5 s of CPU time to start, and not 230 MB and 9 s; three of them run."""
USER = 1000


def productpage(ready: Mapping[str, Path]) -> Image:
    """The page."""
    python = ready["python"]
    runtime, path = shown(python)
    return Image(
        # gunicorn as a module, since its script names the Python that pip ran on. One worker
        # instead of eight: each takes 50 MB, and gevent serves many requests in one.
        command=(
            *(python.name, "-m", "gunicorn", "-b", "[::]:9080", "productpage:app", "-w", "1"),
            *("--keep-alive", "2", "-k", "gevent"),
        ),
        user=USER,
        working_dir=SERVICE,
        files={
            SERVICE: ready["istio"] / SOURCES / "productpage",
            PACKAGES: ready["productpage"],
            **runtime,
        },
        environment={
            "PATH": path,
            "PYTHONPATH": PACKAGES,
            "LANG": "C.UTF-8",
            "FLOOD_FACTOR": "0",
        },
    )


def details(ready: Mapping[str, Path]) -> Image:
    """Facts about the book."""
    return Image(
        command=("ruby", "details.rb", "9080"),
        user=USER,
        working_dir=SERVICE,
        files={SERVICE: ready["istio"] / SOURCES / "details"},
        environment={
            "LANG": "C.UTF-8",
            "SERVICE_VERSION": "v1",
            "ENABLE_EXTERNAL_BOOK_SERVICE": "false",
        },
    )


def reviews(ready: Mapping[str, Path], version: str, enable_ratings: str, star_color: str) -> Image:
    """Reviews of the book: without stars (v1), with black ones (v2), with red ones (v3).

    The manifest gives it a writable folder, ``/opt/ibm/wlp/output``, which the server is told to
    use; the image that it was written for kept its state inside itself.

    Args:
        ready: Its tools.
        version: SERVICE_VERSION.
        enable_ratings: ENABLE_RATINGS.
        star_color: STAR_COLOR.
    """
    return Image(
        command=(f"{LIBERTY}/bin/server", "run", "defaultServer"),
        user=1001,
        working_dir="/",
        files={LIBERTY: ready["reviews"], **_java_settings(ready["java"])},
        environment={
            "LANG": "C.UTF-8",
            "WLP_OUTPUT_DIR": "/opt/ibm/wlp/output",
            "JVM_ARGS": SMALL_JVM,
            "SERVICE_VERSION": version,
            "ENABLE_RATINGS": enable_ratings,
            "STAR_COLOR": star_color,
        },
    )


def ratings(ready: Mapping[str, Path], packages: str, version: str) -> Image:
    """Stars, from a list of its own (v1) or from a database (v2).

    Args:
        ready: Its tools.
        packages: The tool with ``ratings.js`` and the packages that it requires.
        version: SERVICE_VERSION.
    """
    runtime, path = shown(ready["node"])
    return Image(
        command=("node", f"{SERVICE}/ratings.js", "9080"),
        user=USER,
        working_dir=SERVICE,
        files={SERVICE: ready[packages], **runtime},
        environment={"PATH": path, "SERVICE_VERSION": version},
    )


def shown(program: Path) -> tuple[Mapping[str, Path], str]:
    """What a container has to be shown of this machine to run a program, and its PATH.

    Every container sees ``/usr``. A program from elsewhere (pyenv, nvm, the cache) is shown with
    all that belongs to it where it is on this machine, for it may have that place built in.
    """
    prefix = program.resolve().parent.parent
    if prefix.is_relative_to("/usr"):
        return {}, PATH
    return {str(prefix): prefix}, f"{prefix}/bin:{PATH}"


def _java_settings(java: Path) -> Mapping[str, Path]:
    """Debian keeps a Java's settings in a folder of their own in ``/etc``."""
    settings = (java.resolve().parents[1] / "conf" / "security" / "java.security").resolve()
    folder = settings.parents[1]
    return {str(folder): folder} if folder.is_relative_to("/etc") else {}
