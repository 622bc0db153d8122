"""What a person reads when the sandbox cannot do what it was asked."""

from __future__ import annotations


class SandboxError(Exception):
    """Something is in the way; the message says what, and ``hints`` what to do about it.

    Args:
        message: One line: what is wrong, with the value that is wrong.
        hints: Further lines, each something to do or to look at.
    """

    def __init__(self, message: str, *hints: str) -> None:
        super().__init__(message)
        self.hints = hints
