"""``python -m recover``: after a run that was cut off."""

from __future__ import annotations

import argparse
import sys

from recover.attributes import restore
from recover.engine import target
from recover.pending import forget
from recover.problem import RecoverProblem
from recover.store import store
from recover.unlock import unlock


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked, and give the exit code."""
    given = _parser().parse_args(arguments)
    try:
        meant = target(given.stack)
        kept = store(meant.url)
        done = [*unlock(meant, kept, given.even), *restore(meant, kept), *forget(meant)]
    except RecoverProblem as problem:
        sys.stderr.write("".join(f"error: {line}\n" for line in str(problem).splitlines()))
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in done))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m recover", description="Put right what a run left that was cut off."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    unlocking = commands.add_parser(
        "unlock",
        help="remove the lock of a run that has ended",
        description="Remove a stack's locks whose runs have ended on this machine, and no others.",
    )
    unlocking.add_argument("--stack", help="the stack; default: the one that is selected")
    unlocking.add_argument(
        "--even", metavar="PID@HOST", help="a lock that goes whatever is known of it"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
