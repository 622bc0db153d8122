"""The network of a pod, looked at from within: what its containers would see."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

_CLONE_NEWNET = 0x40000000
_NAMESPACES = Path("/run/netns")

T = TypeVar("T")


def inside(namespace: str, look: Callable[[], T]) -> T:
    """Call a function in a network namespace.

    A thread has a network of its own, so it gets one, which ends when the function has returned:
    sockets that are made in it are the namespace's, the rest of this process stays where it was.
    https://man7.org/linux/man-pages/man2/setns.2.html

    Args:
        namespace: Its name, as `ip netns` shows it.
        look: Makes sockets and is done with them when it returns.

    Raises:
        OSError: There is no such namespace, or it may not be entered.
    """

    def enter_and_look() -> T:
        with (_NAMESPACES / namespace).open() as entrance:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(entrance.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), namespace)
        return look()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(enter_and_look).result()
