"""The command as a workflow runs it: a Pulumi that is told what to say, a GitHub on loopback."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pull_request import checks
from pull_request.__main__ import main
from pull_request.comment import marker
from tests.unit.pull_request.github_server import REPOSITORY, TOKEN, Hub, github
from tests.unit.pull_request.stream import rows, said, step

Event = dict[str, Any]

# It writes the events of its command where it is told to, as the CLI does.
_PULUMI = f"""\
#!{sys.executable}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
command = sys.argv[1]
if command == "stack":
    print(json.dumps([]) if "history" in sys.argv else "dev")
    sys.exit()
(log,) = [a.partition("=")[2] for a in sys.argv if a.startswith("--event-log=")]
told = json.loads((here / f"{{command}}.json").read_text())
pathlib.Path(log).write_text("".join(json.dumps(event) + "\\n" for event in told["events"]))
print("what was printed")
sys.exit(told["code"])
"""


class Pulumi:
    """A CLI on PATH that says what it is told to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "pulumi"
        program.write_text(_PULUMI)
        program.chmod(0o755)
        self.says("refresh")
        self.says("preview")

    def says(self, command: str, *parts: Event | list[Event], code: int = 0) -> None:
        events = [event for part in parts for event in (part if isinstance(part, list) else [part])]
        (self._folder / f"{command}.json").write_text(json.dumps({"events": events, "code": code}))


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulumi:
    monkeypatch.setenv("PATH", str(tmp_path))
    return Pulumi(tmp_path)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A run of GitHub Actions of pull request 7."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": "c0ffee" * 7}}}))
    with github() as hub:
        for name, value in {
            "NO_PROXY": "127.0.0.1",
            "GITHUB_API_URL": hub.address,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "GITHUB_RUN_ID": "42",
            "GITHUB_SERVER_URL": "https://github.test",
        }.items():
            monkeypatch.setenv(name, value)
        yield hub


CHANGE = step("update", "RatingsTable", "ratings", rows(_1=5), rows(_1=1))
FOUND = step("refresh", "RatingsTable", "ratings", rows(_1=5), rows(_1=2), ends_as="update")


def test_the_comment_is_written_to_the_pull_request_of_the_run(
    hub: Hub, pulumi: Pulumi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pulumi.says("preview", CHANGE)
    assert main(["preview", "--comment"]) == 0
    (comment,) = hub.comments
    assert comment["body"].startswith(f"{marker('preview', 'dev')}\n\n### Stack `dev`: preview")
    assert "**1 rating changes, nothing is deleted.**" in comment["body"]
    assert comment["body"].endswith(
        "<sub>Commit `c0ffeec`, "
        f"[the run and its log](https://github.test/{REPOSITORY}/actions/runs/42)</sub>\n"
    )
    assert capsys.readouterr().out == comment["body"]
    assert (tmp_path / "summary.md").read_text() == comment["body"]


def test_a_change_that_is_taken_back_is_told_in_the_same_comment(hub: Hub, pulumi: Pulumi) -> None:
    pulumi.says("preview", CHANGE)
    main(["preview", "--comment", "7"])
    pulumi.says("preview")
    main(["preview", "--comment", "7"])
    (comment,) = hub.comments
    assert "**Nothing changes.**" in comment["body"]


def test_a_pull_request_that_changes_nothing_gets_no_comment(hub: Hub, pulumi: Pulumi) -> None:
    assert main(["preview", "--comment", "--stack", "dev"]) == 0
    assert hub.comments == []


def test_a_preview_that_fails_is_told_and_fails_the_job(hub: Hub, pulumi: Pulumi) -> None:
    pulumi.says("preview", said("error", "external-mysql:host: it is not set"), code=255)
    assert main(["preview", "--comment"]) == 1
    assert "external-mysql:host: it is not set" in hub.comments[0]["body"]


def test_the_token_is_nowhere_in_the_comment(hub: Hub, pulumi: Pulumi) -> None:
    pulumi.says("preview", CHANGE, said("warning", f"401 for {TOKEN}"))
    main(["preview", "--comment"])
    assert TOKEN not in hub.comments[0]["body"]
    assert "401 for" in hub.comments[0]["body"]


def test_drift_is_an_issue_until_it_is_gone(hub: Hub, pulumi: Pulumi, tmp_path: Path) -> None:
    drift = ["drift", "--issue", "--output", str(tmp_path / "drift.md")]
    assert main(drift) == 0
    assert hub.issues == []

    pulumi.says("refresh", FOUND)
    assert main(drift) == 0
    (issue,) = hub.issues
    assert issue["title"] == "Drift: stack dev"
    assert "**1 rating was changed.**" in issue["body"]

    pulumi.says("refresh")
    assert main(drift) == 0
    assert issue["state"] == "closed"
    assert "Nothing was changed by hand." in issue["body"]


def test_a_look_for_drift_that_fails_says_nothing_of_drift(hub: Hub, pulumi: Pulumi) -> None:
    hub.issue("Drift", f"{marker('drift', 'dev')}\n", ["drift"])
    pulumi.says("refresh", said("error", "no MySQL server answers"), code=255)
    assert main(["drift", "--issue"]) == 1
    assert hub.issues[0]["state"] == "open"


def test_without_an_issue_the_exit_code_tells_of_drift(pulumi: Pulumi) -> None:
    assert main(["drift"]) == 0
    pulumi.says("preview", CHANGE)
    assert main(["drift"]) == 3


@pytest.mark.usefixtures("pulumi")
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["preview", "--comment", "7"], "error: GITHUB_REPOSITORY is not set"),
        (["drift", "--issue"], "error: GITHUB_REPOSITORY is not set"),
        (["preview", "--output", "/nowhere/comment.md"], "error: /nowhere/comment.md: No such"),
    ],
)
def test_what_is_missing_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith(line)
    assert said.count("\n") == 1


def test_a_run_of_no_pull_request_is_said(
    hub: Hub, pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_EVENT_PATH")
    assert main(["preview", "--comment"]) == 1
    assert capsys.readouterr().err == (
        "error: this run is of no pull request; give its number: --comment NUMBER\n"
    )


def test_a_machine_without_pulumi_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["preview", "--stack", "dev"]) == 1
    assert main(["drift"]) == 1
    assert capsys.readouterr().err == "error: there is no pulumi on PATH; install it\n" * 2


def test_the_checks_of_everybody_are_told_in_the_summary(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    python = sys.executable
    monkeypatch.setattr(checks, "COMMANDS", ((python, "-c", "print('fine')"),))
    assert main(["checks"]) == 0
    wrong = (python, "-c", "print('line 7 is wrong'); raise SystemExit(1)")
    monkeypatch.setattr(checks, "COMMANDS", (wrong,))
    assert main(["checks"]) == 1
    assert capsys.readouterr().out == "fine\nline 7 is wrong\n"
    summary = (tmp_path / "summary.md").read_text()
    assert "- passed:" in summary
    assert "- **failed**:" in summary
    assert "```\nline 7 is wrong\n```" in summary
