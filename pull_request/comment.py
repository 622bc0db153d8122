"""The comment as a whole: one line that says it all, then its parts, as far as there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pull_request.findings import Weight
from pull_request.headline import headline
from pull_request.markdown import block, code
from pull_request.parts import Part, parts
from pull_request.report import Outcome, Report

#: GitHub takes no comment with more characters; GitLab takes a million.
LIMIT = 65_536
_ROOM = LIMIT - 1_000
_LEAST_OF_A_PART = 400

Hide = Callable[[str], str]
"""Takes secrets out of a text."""


def marker(kind: str, stack: str) -> str:
    """Give the hidden line by which the comment of a stack is found again."""
    return f"<!-- external-mysql {kind} {stack.replace('--', '- -')} -->"


def of_preview(report: Report, hide: Hide, footer: str = "") -> str:
    """Write what a preview says.

    Args:
        report: What it found.
        hide: Takes secrets out of a text.
        footer: Of which commit and which run it is.
    """
    failed = report.outcome is Outcome.FAILED
    top = [
        marker("preview", report.stack),
        f"### Stack {code(report.stack)}: {'the preview failed' if failed else 'preview'}",
    ]
    if not failed:
        top.append(f"**{headline(report)}**")
    return written(top, list(parts(report)), hide, footer)


def of_drift(
    stack: str, reports: Sequence[tuple[str, Report]], hide: Hide, footer: str = ""
) -> str:
    """Write what the questions about drift were answered with.

    Args:
        stack: The stack's name.
        reports: Each question with its answer.
        hide: Takes secrets out of a text.
        footer: Of which commit and which run it is.
    """
    lines = [f"- {question}: **{headline(report)}**" for question, report in reports]
    top = [marker("drift", stack), f"### Stack {code(stack)}: drift", "\n".join(lines)]
    body: list[Part] = []
    for question, report in reports:
        warned = report.of_weight(Weight.WARNING)
        if report.outcome is not Outcome.DONE or report.changes or warned:
            body += [Part(question, "", level=3), *parts(report)]
    if any(report.changes for _, report in reports):
        body.append(Part("", _REMEDY))
    return written(top, body, hide, footer)


_REMEDY = (
    "`pulumi up --refresh` makes all of it as the program says. What was changed by hand and is to "
    "stay so belongs into the settings."
)


def written(top: Sequence[str], body: Sequence[Part], hide: Hide, footer: str) -> str:
    """Put parts together; what there is no room for is left out, with a word."""
    ending = f"\n\n<sub>{footer}</sub>\n" if footer else "\n"
    text = hide("\n\n".join(top))
    for part in body:
        hidden = Part(part.title, hide(part.body), part.folded, part.cut, part.level)
        text += _fitted(hidden, _ROOM - len(text.encode()) - len(ending.encode()))
    return text + ending


def _fitted(part: Part, room: int) -> str:
    whole = part.shown()
    if len(whole.encode()) <= room:
        return whole
    if part.cut and room > _LEAST_OF_A_PART:
        return _cut(part, room)
    left_out = f"\n\n*{part.title or 'A part'} is left out: a comment takes no more.*"
    return left_out if len(left_out.encode()) <= room else ""


def _cut(part: Part, room: int) -> str:
    """Cut text as it is at the end of a line, and say so."""
    lines = part.body.splitlines()
    # A fence is longer than any in the text, and the word is as long as it is here at most.
    kept = room - len(part.shown(f"{block(part.body)[:0]}{_word(len(lines))}").encode())
    kept -= 2 * block(part.body).index("\n") + 4
    shown: list[str] = []
    for line in lines:
        kept -= len(line.encode()) + 1
        if kept < 0:
            break
        shown.append(line)
    word = _word(len(lines) - len(shown))
    return part.shown(f"{block(chr(10).join(shown))}\n\n{word}" if shown else word)


def _word(lines: int) -> str:
    return f"*… {lines} more lines are cut: a comment takes no more. The run's log has all of it.*"
