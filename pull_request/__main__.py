"""``python -m pull_request``: the preview as a comment, the drift as an issue."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from pull_request import checks, comment, drift, preview, secrecy
from pull_request.context import Context
from pull_request.engine import PullRequestProblem
from pull_request.report import Outcome, Report

_FAILED = 1
_DRIFTED = 3


def main(arguments: list[str] | None = None) -> int:
    """Run a command, and give the exit code."""
    given = parser().parse_args(arguments)
    try:
        return _COMMANDS[given.command](given)
    except PullRequestProblem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return _FAILED
    except OSError as problem:
        sys.stderr.write(f"error: {problem.filename}: {problem.strerror}\n")
        return _FAILED


def parser() -> argparse.ArgumentParser:
    """Give the command line."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--stack", help="the stack; default: the one that is selected")
    shared.add_argument(
        "--output", metavar="FILE", type=Path, help="where to write it; default: standard output"
    )
    parser = argparse.ArgumentParser(
        prog="python -m pull_request",
        description="Say in Markdown what a change does to a stack. No secret is in it.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("preview", parents=[shared], help="preview, as one comment")
    one.add_argument(
        "--comment",
        metavar="NUMBER",
        type=int,
        nargs="?",
        const=0,
        help="write it to a pull request on GitHub; default: the one of this run",
    )
    one.add_argument("--refresh", action="store_true", help="look at what is there first")
    one.add_argument("--destroy", action="store_true", help="of `pulumi destroy`, not of `up`")
    one.add_argument(
        "--policy-pack", metavar="PATH", default="", help="policies that the change is to keep"
    )
    two = commands.add_parser(
        "drift",
        parents=[shared],
        help="is all as the state says, and the state as the program says?",
        epilog=f"Ends with {_DRIFTED} where there is drift, unless it is told by --issue.",
    )
    commands.add_parser("checks", help="lint, types and unit tests, told in the step's summary")
    two.add_argument("--issue", action="store_true", help="keep one issue on GitHub up to date")
    return parser


def _preview(given: argparse.Namespace) -> int:
    context = Context.of(os.environ)
    number = given.comment or context.pull_request
    if given.comment is not None:
        context.require()
        if number is None:
            raise PullRequestProblem(
                "this run is of no pull request; give its number: --comment NUMBER"
            )
    options = preview.Options(given.refresh, given.destroy, given.policy_pack)
    report = preview.report_of(_stack(given.stack), options)
    text = comment.of_preview(report, _hide(), context.footer)
    _write(text, given.output, context)
    if given.comment is not None and number is not None:
        from pull_request.github import GitHub  # noqa: PLC0415 - takes as long as all else

        GitHub(context.repository, context.token, context.api).upsert_comment(
            number,
            comment.marker("preview", report.stack),
            text,
            new=_is_worth_a_comment(report),
        )
    return 0 if report.outcome is Outcome.DONE else _FAILED


def _is_worth_a_comment(report: Report) -> bool:
    """Whether there is something to say; a comment that is there is updated all the same."""
    return report.outcome is not Outcome.DONE or bool(report.changes or report.findings)


def _drift(given: argparse.Namespace) -> int:
    context = Context.of(os.environ)
    if given.issue:
        context.require()
    stack = _stack(given.stack)
    answers = drift.answers(stack)
    text = comment.of_drift(stack, answers, _hide(), context.footer)
    _write(text, given.output, context)
    if any(report.outcome is Outcome.FAILED for _, report in answers):
        return _FAILED
    drifted = any(report.changes for _, report in answers)
    if not given.issue:
        return _DRIFTED if drifted else 0
    from pull_request.github import GitHub  # noqa: PLC0415 - takes as long as all else

    GitHub(context.repository, context.token, context.api).upsert_issue(
        comment.marker("drift", stack), f"Drift: stack {stack}", text, there=drifted
    )
    return 0


def _checks(_given: argparse.Namespace) -> int:
    results = checks.run()
    if summary := Context.of(os.environ).summary:
        with summary.open("a") as file:
            file.write(_hide()(checks.written(results)))
    return 0 if all(result.passed for result in results) else _FAILED


_COMMANDS = {"preview": _preview, "drift": _drift, "checks": _checks}


def _hide() -> comment.Hide:
    return partial(secrecy.hide, secrets=secrecy.of_environment(os.environ))


def _write(text: str, output: Path | None, context: Context) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text)
    if context.summary:
        with context.summary.open("a") as summary:
            summary.write(text)


def _stack(name: str | None) -> str:
    """Give the stack's name; that of the selected one where none is given."""
    if name:
        return name
    command = ["pulumi", "stack", "--show-name", "--non-interactive"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise PullRequestProblem("there is no pulumi on PATH; install it") from None
    if done.returncode or not done.stdout.strip():
        raise PullRequestProblem("no stack is selected; name one: --stack NAME")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
