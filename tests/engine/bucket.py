"""A bucket of S3 for the tests' states: versitygw on a folder, which can go away and come back."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from sandbox import toolchain
from sandbox.processes import DIES_WITH_PARENT

_HERE = "127.0.0.1"
_PATIENCE = 30


class Bucket:
    """A bucket."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server((_HERE, 0)) as taken:
            self._port: int = taken.getsockname()[1]
        self._program = toolchain.ensure(["versitygw"])["versitygw"]
        self._folder = folder
        (folder / "state").mkdir()  # versitygw takes each folder for a bucket
        self._process: subprocess.Popen[str] | None = None
        self._keys = {
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": secrets.token_hex(),
        }

    def environment(self, prefix: str) -> dict[str, str]:
        """Give what leads the CLI to a state of its own in it."""
        where = f"endpoint=http://{_HERE}:{self._port}&s3ForcePathStyle=true&region=us-east-1"
        return {**self._keys, "PULUMI_BACKEND_URL": f"s3://state/{prefix}?{where}"}

    def start(self) -> None:
        """Have it answer."""
        process = subprocess.Popen(
            [
                *DIES_WITH_PARENT,
                *(self._program, f"--port={_HERE}:{self._port}", "posix", self._folder),
            ],
            env={
                **os.environ,
                "ROOT_ACCESS_KEY": self._keys["AWS_ACCESS_KEY_ID"],
                "ROOT_SECRET_KEY": self._keys["AWS_SECRET_ACCESS_KEY"],
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        listens = Event()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:  # to its end, or it would wait for a reader
                if f":{self._port}" in line:
                    listens.set()

        Thread(target=read, daemon=True).start()
        assert listens.wait(_PATIENCE), "versitygw does not say that it listens"
        self._process = process

    def stop(self) -> None:
        """End it at once, as a lost connection does; what it holds stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def gone(self) -> Iterator[socket.socket]:
        """It is away; on its port something accepts connections and knows of each attempt."""
        self.stop()
        with socket.create_server((_HERE, self._port)) as refuses:
            yield refuses
        self.start()


@contextmanager
def bucket(folder: Path) -> Iterator[Bucket]:
    """A bucket for as long as it lasts."""
    made = Bucket(folder)
    made.start()
    try:
        yield made
    finally:
        made.stop()
