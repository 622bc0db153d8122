"""The program under the real CLI, as an engineer runs it: one project folder, one stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from sandbox.database import ADMIN, Server
from sandbox.errors import SandboxError
from sandbox.layout import CHECKOUT

PROGRAM = (
    "Pulumi.yaml",
    "__main__.py",
    "settings.py",
    "late.py",
    "checks",
    "cluster",
    "components",
    "mesh",
    "mysql",
    "provider",
)
_UPDATES = ("preview", "up", "refresh", "destroy")
"""The commands that write down what they do, as for the Automation API."""


@dataclass(frozen=True)
class Run:
    """What a command printed and wrote down, and how it ended.

    Its events are as JSON has them:
    https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go
    """

    command: str
    code: int
    text: str
    events: Sequence[Mapping[str, Any]] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many resources it did what to, e.g. `{"create": 19}` or `{"same": 21}`."""
        *_, summary = (event["summaryEvent"] for event in self.events if "summaryEvent" in event)
        changes: Mapping[str, int] = summary["resourceChanges"]
        return changes

    @property
    def errors(self) -> list[str]:
        """What its diagnostics say is wrong."""
        said = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        return [each["message"].strip() for each in said if each["severity"] == "error"]


@dataclass
class Stack:
    """A stack of the program in a folder of its own, whose files are links to the repository's."""

    folder: Path
    environment: Mapping[str, str]
    name: str = "engine"
    #: All that any command printed, for whoever looks for secrets.
    transcript: list[str] = field(default_factory=list)
    #: Seconds that a command may take.
    patience: float = 300

    @classmethod
    def make(
        cls,
        folder: Path,
        environment: Mapping[str, str],
        settings: Mapping[str, Any],
        name: str = "engine",
        backend: str | None = None,
    ) -> Stack:
        """Make an empty stack with its settings in an empty folder, which has its state too."""
        for file in PROGRAM:
            (folder / file).symlink_to(CHECKOUT / file)
        # The Kubernetes plugin leaves a file there at each run.
        left_behind = folder / "tmp"
        left_behind.mkdir()
        own = {"PULUMI_BACKEND_URL": backend or f"file://{folder}", "TMPDIR": str(left_behind)}
        stack = cls(folder, {**environment, **own}, name)
        stack.run("stack", "init", stack.name)
        stack.set(**settings)
        return stack

    def set(self, **settings: Any) -> None:  # noqa: ANN401 - a setting is what YAML can say
        """Write settings, by their names in the configuration; None unsets one."""
        file = self.folder / f"Pulumi.{self.name}.yaml"
        stack = yaml.safe_load(file.read_text())
        config = stack.setdefault("config", {})
        for name, value in settings.items():
            config[f"external-mysql:{name}"] = value
            if value is None:
                del config[f"external-mysql:{name}"]
        file.write_text(yaml.safe_dump(stack))

    def replace(self, **settings: Any) -> None:  # noqa: ANN401 - likewise
        """Write settings in place of all that were there."""
        file = self.folder / f"Pulumi.{self.name}.yaml"
        stack = yaml.safe_load(file.read_text())
        stack["config"] = {f"external-mysql:{name}": value for name, value in settings.items()}
        file.write_text(yaml.safe_dump(stack))

    def run(self, *arguments: str, ok: bool | None = True, **environment: str) -> Run:
        """Run a command of the CLI.

        Args:
            arguments: The command.
            ok: Whether it is to go through; None where it may or may not.
            environment: Variables besides the stack's.

        Raises:
            SandboxError: It failed or, without `ok`, did not; a note has all that it printed.
        """
        with TemporaryDirectory() as folder:
            log = Path(folder, "events")
            log.touch()
            logged = [f"--event-log={log}"] if arguments[0] in _UPDATES else []
            done = subprocess.run(
                ["pulumi", *arguments, *logged, "--non-interactive", "--color", "never"],
                cwd=self.folder,
                env={**self.environment, "PULUMI_DEBUG_COMMANDS": "true", **environment},
                capture_output=True,
                text=True,
                timeout=self.patience,
                check=False,
            )
            lines = log.read_text().splitlines()
        text = done.stdout + done.stderr
        events = [json.loads(line) for line in lines]
        run = Run(" ".join(arguments), done.returncode, text, events)
        self.transcript += [run.text, *lines]
        if ok not in (None, done.returncode == 0):
            unexpected = SandboxError(f"`pulumi {run.command}` ended with {run.code}", *run.errors)
            unexpected.add_note(run.text)
            raise unexpected
        return run

    def module(
        self, name: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one of the repository's modules in the stack's folder, as `python -m` does."""
        return subprocess.run(
            [sys.executable, "-m", name, *arguments],
            cwd=self.folder,
            env={**self.environment, "PYTHONPATH": str(CHECKOUT), **environment},
            capture_output=True,
            text=True,
            timeout=self.patience,
            check=False,
        )

    def up(self, *options: str, ok: bool = True, **environment: str) -> Run:
        """Update, without the preview that goes before it otherwise."""
        return self.run("up", "--yes", "--skip-preview", *options, ok=ok, **environment)

    def preview_and_up(self, *, ok: bool = True, **environment: str) -> Run:
        """Preview, then update, as it is when nobody says otherwise."""
        return self.run("up", "--yes", ok=ok, **environment)

    def preview(self, *options: str, ok: bool = True, **environment: str) -> Run:
        """Preview alone."""
        return self.run("preview", *options, ok=ok, **environment)

    def destroy(self) -> Run:
        """Destroy all that the stack made."""
        return self.run("destroy", "--yes")

    def outputs(self) -> dict[str, Any]:
        """Give the stack's outputs."""
        return dict(json.loads(self.run("stack", "output", "--json").text))

    def state(self) -> str:
        """Give the state as the CLI exports it, secrets encrypted."""
        return self.run("stack", "export").text

    def exported(self) -> list[dict[str, Any]]:
        """Give the resources in the state, as the CLI exports them."""
        return list(json.loads(self.state())["deployment"].get("resources", []))

    def resources(self) -> list[str]:
        """Give the names of the resources in the state."""
        return [resource["urn"].rpartition("::")[2] for resource in self.exported()]


def in_sandbox() -> dict[str, str]:
    """Give the environment of a shell after `eval "$(make -s env)"`."""
    shell = subprocess.run(
        [
            "bash",
            "-c",
            'exports="$("$0" -m sandbox env)" && eval "$exports" && env --null',
            sys.executable,
        ],
        cwd=CHECKOUT,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in shell.stdout.split("\0") if line)


def admin_of(server: Server) -> dict[str, str]:
    """Give what the program is told of a database's admin account."""
    return {
        "MYSQL_ENDPOINT": server.at.endpoint,
        "MYSQL_USERNAME": ADMIN,
        "MYSQL_PASSWORD": server.password(),
    }


def plain_environment() -> dict[str, str]:
    """Give this process's environment without what an engineer's own Pulumi may have set."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
