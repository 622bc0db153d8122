"""``python -m picture``: draw the wiring of a stack."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from picture.state import PictureProblem, parse
from picture.svg import draw
from picture.wiring import wiring


def main(arguments: list[str] | None = None) -> int:
    """Draw, and give the exit code."""
    given = _parser().parse_args(arguments)
    try:
        picture = draw(wiring(parse(_state(given.state, given.stack))))
        if given.output is None:
            sys.stdout.buffer.write(picture.encode())
        else:
            given.output.write_bytes(picture.encode())
    except PictureProblem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    except OSError as problem:
        sys.stderr.write(f"error: {problem.filename}: {problem.strerror}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m picture",
        description="Draw the wiring of a stack as SVG, from its own state. No secret is in it.",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--stack", help="the stack; default: the one that is selected")
    source.add_argument(
        "--state", metavar="FILE", help="what `pulumi stack export` wrote; - for standard input"
    )
    parser.add_argument(
        "--output", metavar="FILE", type=Path, help="where to write; default: standard output"
    )
    return parser


def _state(file: str | None, stack: str | None) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    if file is not None:
        return Path(file).read_bytes()
    return _exported(stack)


def _exported(stack: str | None) -> bytes:
    """Let Pulumi write the state; its secrets stay encrypted, so no passphrase is needed."""
    command = ["pulumi", "stack", "export", "--non-interactive"]
    if stack is not None:
        command += ["--stack", stack]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        raise PictureProblem(
            "there is no pulumi on PATH; install it, or give a state with --state"
        ) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [
            f"`{' '.join(command)}` failed"
        ]
        raise PictureProblem(said[-1].removeprefix("error: "))
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
