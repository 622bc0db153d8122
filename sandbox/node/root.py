"""The first moment of a container: builds its root, enters it and becomes its process.

Runs in fresh mount and UTS namespaces, as root, with the Python of the node agent but nothing else
of it: only the standard library. Its child, the first process of a PID namespace, becomes the
container; it waits and ends with the child's exit code. (``unshare --fork`` could do that, were it
not for its exit code 1 after a SIGKILL.) Whatever is mounted is seen in this namespace only.

Everything comes through standard input as one JSON object, so that no value stands in an argument
list or on a disk. One line of JSON goes back through the file descriptor that the argument names:
``{"pid": ...}`` (as the host counts) or ``{"error": ...}``.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn, TextIO

START_ERROR = 128
"""Exit code of a container that never ran, as containerd reports it."""

_WAIT = """
import os, sys
os.write(int(sys.argv[2]), b".")
code = os.waitstatus_to_exitcode(os.waitpid(int(sys.argv[1]), 0)[1])
sys.exit(code if code >= 0 else 128 - code)
"""
"""Says that it is there, and ends as a child does; 128 and the number of a signal that ended it."""

SYSTEM_FOLDERS = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
SYSTEM_SETTINGS = (
    "alternatives",
    "group",
    "ld.so.cache",
    "localtime",
    "nsswitch.conf",
    "passwd",
    "ssl",
)
DEVICES = ("null", "zero", "full", "random", "urandom")


def _mount(*arguments: object) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True, capture_output=True, text=True)


def _bind(source: Path, target: Path, *, writable: bool = False) -> None:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount("--bind", "-o", "rw" if writable else "ro", source, target)


def _show_system(root: Path) -> None:
    """The programs, libraries and settings of this machine that any program wants, read-only."""
    for name in SYSTEM_FOLDERS:
        folder = Path("/", name)
        if folder.is_symlink():
            (root / name).symlink_to(folder.readlink())
        elif folder.is_dir():
            _bind(folder, root / name)
    (root / "etc").mkdir()
    for name in SYSTEM_SETTINGS:
        source, target = Path("/etc", name), root / "etc" / name
        if source.is_dir():
            _bind(source, target)
        elif source.is_file():
            shutil.copy(source, target)


def _make_system(root: Path) -> None:
    """What a container runtime makes for every container."""
    for name in DEVICES:
        _bind(Path("/dev", name), root / "dev" / name, writable=True)
    for name, target in {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}.items():
        (root / "dev" / name).symlink_to(f"/proc/self/fd{target}")
    for name in ("dev/shm", "tmp", "var/tmp"):
        (root / name).mkdir(parents=True)
        (root / name).chmod(0o1777)
    for name in ("proc", "run", "mnt"):
        (root / name).mkdir()
    _mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / "dev/shm")
    _mount("-t", "proc", "proc", root / "proc")


def build(plan: dict[str, Any]) -> None:
    """Make the root that the plan describes, and enter it for good."""
    root = Path(plan["root"])
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root)
    _show_system(root)
    _make_system(root)
    for target, source in plan["copies"].items():
        shutil.copy(source, root / target.lstrip("/"))
    for bind in plan["binds"]:
        target = root / bind["target"].lstrip("/")
        _bind(Path(bind["source"]), target, writable=bind["writable"])
    (root / plan["working_dir"].lstrip("/")).mkdir(parents=True, exist_ok=True)
    if plan["read_only"]:
        _mount("-o", "remount,bind,ro", "tmpfs", root)
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "mnt"], check=True, capture_output=True, text=True)
    subprocess.run(["umount", "-l", "/mnt"], check=True, capture_output=True, text=True)
    socket.sethostname(plan["hostname"])
    os.chdir(plan["working_dir"])


def _check_program(plan: dict[str, Any]) -> None:
    program = plan["command"][0]
    if shutil.which(program, path=plan["environment"].get("PATH", os.defpath)) is None:
        where = "no such file or directory" if "/" in program else "not found in $PATH"
        raise FileNotFoundError(f'exec: "{program}": executable file {where}')


def _become(plan: dict[str, Any], report: TextIO) -> NoReturn:
    """Build the root and become the container's process."""
    # This procfs is the host's, and so is the number.
    pid = int(Path("/proc/self").readlink().name)
    try:
        build(plan)
        _check_program(plan)
    except subprocess.CalledProcessError as error:
        print(json.dumps({"error": str(error.stderr).strip()}), file=report)
        sys.exit(START_ERROR)
    except OSError as error:
        print(json.dumps({"error": str(error)}), file=report)
        sys.exit(START_ERROR)
    print(json.dumps({"pid": pid}), file=report)
    report.close()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        # As runc does, so that the container's user can open /dev/stdout and /dev/stderr.
        os.fchown(stream, plan["user"], -1)
    command = [*plan["setpriv"], *plan["command"]]
    os.execvpe(command[0], command, plan["environment"])  # noqa: S606


def main() -> None:
    """Start the container's process and end as it does."""
    plan = json.load(sys.stdin)
    awaited, there = os.pipe()
    with os.fdopen(int(sys.argv[1]), "w") as report:
        child = os.fork()
        if child == 0:
            os.close(there)
            # The root that it takes away is its parent's too, which has to be loaded by then.
            if os.read(awaited, 1):
                _become(plan, report)
            sys.exit(START_ERROR)
    # A bare interpreter does for the rest: there is one a container, and this one has grown.
    os.set_inheritable(there, True)  # noqa: FBT003 - it has no keywords
    waiter = [sys.executable, "-I", "-S", "-c", _WAIT, str(child), str(there)]
    os.execv(waiter[0], waiter)  # noqa: S606


if __name__ == "__main__":
    main()
