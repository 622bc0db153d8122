"""Runs a Pulumi program; the language host starts it as a process of its own.

It stands alone: the project's interpreter runs it, which may be another one than the sandbox's,
and of this repository nothing must be importable in it but what the program itself can import.

Exit codes are the published host's: 0 done; 32 failed, and the person has been told why;
anything else failed, and the host says so.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

# The interpreter puts this file's folder first, where the program's own modules should be.
sys.path.pop(0)

try:
    import pulumi
    import pulumi.runtime
except ImportError as error:
    sys.exit(f"the Pulumi SDK is not installed ({error}): run pip install -r requirements.txt")

TOLD = 32


def arguments() -> argparse.Namespace:
    """What the host says about this run; values arrive as the protocol names them."""
    parser = argparse.ArgumentParser()
    for name in ("monitor", "engine", "project", "stack", "root_directory", "organization", "pwd"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--dry_run", type=lambda text: text == "true")
    parser.add_argument("--parallel", type=int)
    parser.add_argument("program")
    parser.add_argument("arguments", nargs="*")
    return parser.parse_args()


def configure(run: argparse.Namespace) -> None:
    """Connect the SDK to the engine, and hand it the stack's configuration."""
    pulumi.runtime.set_all_config(
        pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env()
    )
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=run.monitor,
            engine=run.engine,
            project=run.project,
            stack=run.stack,
            parallel=run.parallel,
            dry_run=run.dry_run,
            organization=run.organization,
            root_directory=run.root_directory,
        )
    )


def start(program: str) -> None:
    """Run the program's file, or its folder's ``__main__.py``."""
    runpy.run_path(program, run_name="__main__")


def own_traceback(program: str) -> str:
    """The exception being handled, from the first frame on that belongs to the program."""
    _, error, frames = sys.exc_info()
    start = Path(program).resolve()
    inside = (start, start / "__main__.py")
    files = [Path(frame.filename).resolve() for frame in traceback.extract_tb(frames)]
    first = next((at for at, file in enumerate(files) if file in inside), 0)
    return "".join(traceback.format_exception(error, limit=first - len(files)))


def main() -> int:
    """Run the program to its end; returns the exit code."""
    run = arguments()
    configure(run)
    sys.argv = [run.program, *run.arguments]
    if run.pwd:
        os.chdir(run.pwd)

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max(run.parallel, 1) * 4)
    loop.set_default_executor(executor)
    # A program that fails leaves futures behind that nobody awaits any more, which asyncio would
    # report at length beside the one error that matters.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(partial(start, run.program)))
    except pulumi.RunError as refusal:
        pulumi.log.error(str(refusal))
        return 1
    except Exception:  # noqa: BLE001 - whatever the program raised
        pulumi.log.error(
            f"Program failed with an unhandled exception:\n{own_traceback(run.program)}"
        )
        return TOLD
    except KeyboardInterrupt:
        return TOLD
    finally:
        # The engine may interrupt more than once; the end of the interpreter is no place for it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        executor.shutdown()
        loop.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
