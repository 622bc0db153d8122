"""What somebody changed by hand, as the drift command says it."""

from __future__ import annotations

from pull_request import drift
from pull_request.comment import of_drift
from pull_request.headline import headline
from sandbox.stack import Stack


def found(stack: Stack) -> tuple[str, str]:
    """Ask both questions; gives what was changed by hand in one line, and all that is said.

    What is by hand is none of the program's doing: the state is as that says.
    """
    answers = drift.answers(stack.name, stack.folder, stack.environment)
    (_, reality), (_, program) = answers
    assert headline(program) == "Nothing changes."
    return headline(reality), of_drift(stack.name, answers, lambda text: text)
