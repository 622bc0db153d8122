"""Puts the engine and its plugins where the engine looks for them without a word.

The engine warns about a plugin that it finds on PATH, but for two kinds: those that it comes
with, where they lie in its own folder (so it is laid beside them, not linked to), and those in
``PULUMI_HOME/plugins/<kind>-<name>-v<version>``, where ``pulumi plugin install`` puts them
(``getPluginInfoAndPath`` in ``sdk/go/common/workspace/plugins.go`` of pulumi/pulumi).
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final
from urllib.request import getproxies

DOWNLOADS: Final = "get.pulumi.com"
REACHED_IN: Final = 3.0
"""Seconds after which the downloads count as out of reach."""
DOWNLOADED_IN: Final = 120.0
"""Seconds after which a download is given up."""

KUBERNETES: Final = "4.25.0"
STAND_INS: Final = {"mysql": "3.3.3", "random": "4.21.4"}
"""The plugins that may have to be stood in for, each with its version: that of its SDK."""
MODULES: Final = {
    "mysql": "sandbox.plugins.mysql.plugin",
    "random": "sandbox.plugins.passwords.plugin",
}
LANGUAGE_HOST: Final = "pulumi-language-python"
DYNAMIC: Final = "pulumi-resource-pulumi-python"

MARK: Final = "# A stand-in of the sandbox's, made by it."


def install(home: Path, programs: Path, pulumi: Path, kubernetes: Path) -> None:
    """Make an engine with all its plugins; what is in place already is left alone.

    Args:
        home: ``PULUMI_HOME``; gets the plugins.
        programs: The folder for PATH; gets ``pulumi``, and the language host where it has none.
        pulumi: The engine. Where it lies beside its own language host, that one is used.
        kubernetes: The program of the Kubernetes plugin.
    """
    programs.mkdir(parents=True, exist_ok=True)
    _install_engine(programs, pulumi)
    at = plugin_folder(home, "kubernetes", KUBERNETES)
    at.mkdir(parents=True, exist_ok=True)
    link(kubernetes, at / "pulumi-resource-kubernetes")
    missing = [
        name
        for name, version in STAND_INS.items()
        if not (plugin_folder(home, name, version) / f"pulumi-resource-{name}").exists()
    ]
    fetched = _fetched(missing, programs / "pulumi", home) if missing and reachable() else set()
    for name, version in STAND_INS.items():
        program = plugin_folder(home, name, version) / f"pulumi-resource-{name}"
        if name not in fetched and (name in missing or is_stand_in(program)):
            program.parent.mkdir(parents=True, exist_ok=True)
            write_program(program, launcher(MODULES[name]))


def plugin_folder(home: Path, name: str, version: str) -> Path:
    """Where the engine looks for a resource plugin of that version."""
    return home / "plugins" / f"resource-{name}-v{version}"


def has_language_host(pulumi: Path) -> bool:
    """Whether an engine came with a language host for Python, as the published one does."""
    return (pulumi.resolve().parent / LANGUAGE_HOST).is_file()


def launcher(module: str) -> str:
    """The program that starts a stand-in, with this process's own interpreter.

    Args:
        module: Its module, which has ``main()``.
    """
    run = Path(__file__).with_name("run.py")
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(run))} {module}"
    return f'#!/bin/sh\n{MARK}\nexec {command} "$@"\n'


def dynamic_launcher() -> str:
    """The program that serves dynamic resources: the SDK's own module, run by the project's Python.

    It stands for the script of the same name that the published CLI brings along.
    """
    python = '"${PULUMI_RUNTIME_VIRTUALENV:+$PULUMI_RUNTIME_VIRTUALENV/bin/}python3"'
    without_virtualenv = '"${PULUMI_PYTHON_CMD:-python3}"'
    return (
        f"#!/bin/sh\n{MARK}\n"
        'if [ -n "${PULUMI_RUNTIME_VIRTUALENV:-}" ]; then\n'
        f'    exec {python} -u -m pulumi.dynamic "$@"\n'
        "fi\n"
        f'exec {without_virtualenv} -u -m pulumi.dynamic "$@"\n'
    )


def is_stand_in(program: Path) -> bool:
    """Whether a program is one of the launchers made here."""
    with program.open("rb") as file:
        return MARK.encode() in file.read(len(MARK) + 80)


def reachable() -> bool:
    """Whether published plugins can be had: directly, or by a proxy that knows better than we."""
    if getproxies().get("https"):
        return True
    try:
        socket.create_connection((DOWNLOADS, 443), timeout=REACHED_IN).close()
    except OSError:
        return False
    return True


def link(source: Path, target: Path) -> None:
    """Make a symbolic link, in place of one to elsewhere."""
    if target.is_symlink() and target.readlink() == source:
        return
    target.unlink(missing_ok=True)
    target.symlink_to(source)


def lay(source: Path, target: Path) -> None:
    """Make a second name of a file, or a copy where it is on another disk."""
    if target.is_file() and not target.is_symlink() and _same(source, target):
        return
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def write_program(target: Path, text: str) -> None:
    """Write an executable file, unless it says so already."""
    if target.is_file() and not target.is_symlink() and target.read_text() == text:
        return
    target.unlink(missing_ok=True)
    target.write_text(text)
    target.chmod(0o755)


def _install_engine(programs: Path, pulumi: Path) -> None:
    ours = {
        LANGUAGE_HOST: launcher("sandbox.plugins.language_host.server"),
        DYNAMIC: dynamic_launcher(),
    }
    if has_language_host(pulumi):
        link(pulumi.resolve(), programs / "pulumi")
        for name in ours:
            (programs / name).unlink(missing_ok=True)
        return
    lay(pulumi.resolve(), programs / "pulumi")
    for name, text in ours.items():
        write_program(programs / name, text)


def _fetched(names: list[str], pulumi: Path, home: Path) -> set[str]:
    """Download the published plugins side by side; returns those that came."""
    downloads = {
        name: subprocess.Popen(
            [pulumi, "plugin", "install", "resource", name, f"v{STAND_INS[name]}"],
            env={**os.environ, "PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for name in names
    }
    return {name for name, download in downloads.items() if _succeeded(download)}


def _succeeded(download: subprocess.Popen[bytes]) -> bool:
    try:
        return download.wait(DOWNLOADED_IN) == 0
    except subprocess.TimeoutExpired:
        download.kill()
        download.wait()
        return False


def _same(one: Path, other: Path) -> bool:
    a, b = one.stat(), other.stat()
    return a.st_ino == b.st_ino or (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)
