"""Puts the engine and its plugins where the engine looks for them without a word.

The engine warns about a plugin that it finds on PATH, but for two kinds: those that it comes
with, where they lie in its own folder (so it is laid beside them, not linked to), and those in
``PULUMI_HOME/plugins/<kind>-<name>-v<version>``, where ``pulumi plugin install`` puts them
(``getPluginInfoAndPath`` in ``sdk/go/common/workspace/plugins.go`` of pulumi/pulumi).
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final
from urllib.request import Request, urlopen

from provider.protocol import run as run_plugin
from sandbox import layout

KUBERNETES: Final = "4.25.0"
STAND_INS: Final = {"mysql": "3.3.3", "random": "4.21.4"}
"""The plugins that may have to be stood in for, each with its version: that of its SDK."""
MODULES: Final = {
    "mysql": "sandbox.plugins.mysql.plugin",
    "random": "sandbox.plugins.passwords.plugin",
}
BUNDLED: Final = ("pulumi-language-python", "pulumi-resource-pulumi-python")
"""The plugins that lie beside an engine."""

DOWNLOADS: Final = "https://get.pulumi.com/releases/plugins"
REACHED_IN: Final = 2.0
"""Seconds after which the downloads count as out of reach."""
DOWNLOADED_IN: Final = 120.0
"""Seconds after which a download is given up."""

MARK: Final = "# A stand-in of the sandbox's, made by it."
GUARD: Final = """\
#!/bin/sh
# Ends with the engine, whose death closes its standard input; and at the engine's SIGINT, even
# where that is ignored, as in the background jobs of a shell.
exec 3<&0
{{ cat <&3; kill -TERM -$$; }} >/dev/null 2>&1 &
exec env --default-signal=INT {program} "$@" </dev/null 3<&-
"""


def install(home: Path, programs: Path, pulumi: Path, kubernetes: Path) -> None:
    """Make an engine with all its plugins; what is in place already is left alone.

    Published plugins that can be downloaded by now take the place of their stand-ins.

    Args:
        home: ``PULUMI_HOME``; gets the plugins.
        programs: The folder for PATH; gets ``pulumi``, and its language host where it was built.
        pulumi: The engine, with its language host beside it.
        kubernetes: The program of the Kubernetes plugin.
    """
    programs.mkdir(parents=True, exist_ok=True)
    _install_engine(programs, pulumi.resolve())
    at = plugin_folder(home, "kubernetes", KUBERNETES)
    at.mkdir(parents=True, exist_ok=True)
    link(kubernetes, at / "pulumi-resource-kubernetes")
    stood_in_for = [name for name in STAND_INS if _stand_in(home, name)]
    if stood_in_for and downloadable(stood_in_for[0]):
        _download(stood_in_for, programs / "pulumi", home)


def plugin_folder(home: Path, name: str, version: str) -> Path:
    """Where the engine looks for a resource plugin of that version."""
    return home / "plugins" / f"resource-{name}-v{version}"


def guarded(program: Path) -> str:
    """The program that starts a bundled plugin."""
    return GUARD.format(program=shlex.quote(str(program)))


def launcher(module: str) -> str:
    """The program that starts a stand-in, with this process's own interpreter.

    Args:
        module: Its module, which has ``main()``.
    """
    run = Path(run_plugin.__file__)
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(run))} {module}"
    return f'#!/bin/sh\n{MARK}\nexec {command} "$@"\n'


def is_stand_in(program: Path) -> bool:
    """Whether a program is one of the launchers made here."""
    with program.open("rb") as file:
        return MARK.encode() in file.read(len(MARK) + 80)


def downloadable(name: str) -> bool:
    """Whether a published plugin can be had, as far as can be told at once."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    asset = f"pulumi-resource-{name}-v{STAND_INS[name]}-linux-{machine}.tar.gz"
    answer: SimpleQueue[bool] = SimpleQueue()

    def ask() -> None:
        try:
            urlopen(Request(f"{DOWNLOADS}/{asset}", method="HEAD"), timeout=REACHED_IN).close()  # noqa: S310 - https
        except OSError:
            answer.put(False)  # noqa: FBT003 - the answer
        else:
            answer.put(True)  # noqa: FBT003

    # No timeout of a request covers its lookup of the name.
    Thread(target=ask, daemon=True).start()
    try:
        return answer.get(timeout=REACHED_IN)
    except Empty:
        return False


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
    if pulumi.is_relative_to(layout.cache()):
        lay(pulumi, programs / "pulumi")
        for name in BUNDLED:
            write_program(programs / name, guarded(pulumi.with_name(name)))
        return
    link(pulumi, programs / "pulumi")
    for name in BUNDLED:
        (programs / name).unlink(missing_ok=True)


def _stand_in(home: Path, name: str) -> bool:
    """Have a stand-in in place where the published plugin is not; whether it is one."""
    folder = plugin_folder(home, name, STAND_INS[name])
    program = folder / f"pulumi-resource-{name}"
    # The engine's mark of a download that was not finished: it looks at nothing beside it.
    unfinished = folder.with_name(f"{folder.name}.partial")
    if unfinished.exists():
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.unlink()
    if program.is_file() and not is_stand_in(program):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    write_program(program, launcher(MODULES[name]))
    return True


def _download(names: list[str], pulumi: Path, home: Path) -> None:
    """Download published plugins side by side, each of which takes its place once it is whole."""
    folder = home / "downloads"
    shutil.rmtree(folder, ignore_errors=True)
    downloads = {
        name: subprocess.Popen(
            [pulumi, "plugin", "install", "resource", name, f"v{STAND_INS[name]}"],
            env={**os.environ, "PULUMI_HOME": str(folder), "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for name in names
    }
    for name, download in downloads.items():
        if _succeeded(download):
            stand_in = plugin_folder(home, name, STAND_INS[name])
            shutil.rmtree(stand_in)
            plugin_folder(folder, name, STAND_INS[name]).rename(stand_in)
    shutil.rmtree(folder, ignore_errors=True)


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
