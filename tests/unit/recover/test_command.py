"""`python -m recover`, with a CLI that answers as Pulumi's does."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from recover.__main__ import main
from tests.unit.recover.test_unlock import content

PULUMI = """\
#!/bin/sh
case "$*" in
"stack export"*) echo '{"deployment": {}}' ;;
whoami*) echo '{"user": "root", "url": "file://STATE"}' ;;
*) echo dev ;;
esac
"""


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the stack's locks; the project's own is where it is run."""
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text(PULUMI.replace("STATE", str(tmp_path / "state")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    (tmp_path / "Pulumi.yaml").write_text("name: project\nruntime: yaml\n")
    (tmp_path / "deeper").mkdir()
    monkeypatch.chdir(tmp_path / "deeper")
    folder = tmp_path / "state/.pulumi/locks/organization/project/dev"
    folder.mkdir(parents=True)
    return folder


def test_the_selected_stack_is_the_one_that_is_unlocked(
    locks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (locks / "a.json").write_bytes(content(os.getpid(), "runner-7"))
    assert main(["unlock"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: the lock of root@runner-7, ")
    assert main(["unlock", "--even", f"{os.getpid()}@runner-7"]) == 0
    assert capsys.readouterr().out.startswith("removed the lock of root@runner-7")
    assert main(["unlock", "--stack", "organization/project/dev"]) == 0
    assert capsys.readouterr().out == "the stack dev is not locked\n"


def test_what_goes_wrong_is_one_line(
    locks: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    assert main(["unlock"]) == 1
    assert capsys.readouterr().err == (
        "error: no Pulumi.yaml is in / or above; go to the project's folder\n"
    )
    monkeypatch.chdir(locks)
    monkeypatch.setenv("PATH", "")
    assert main(["unlock"]) == 1
    assert capsys.readouterr().err == "error: there is no pulumi on PATH; install it\n"


def test_what_the_cli_says_is_passed_on(
    locks: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "bin" / "pulumi").write_text(
        "#!/bin/sh\necho 'error: no stack selected' >&2\nexit 1"
    )
    assert main(["unlock"]) == 1
    assert capsys.readouterr().err == "error: no stack selected\n"


def test_this_machine_is_known_by_the_name_that_the_engine_writes() -> None:
    assert socket.gethostname() == os.uname().nodename
