"""What the sidecar costs: ratings read from MySQL through it, and past it, in one run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.comparison import Comparison
from demo.pod import Pod

LATENCY, THROUGHPUT = "a query, one by one", "a query, four at a time"
_ASK = Path(__file__).with_name("ask.js").read_text()


@dataclass
class Asked:
    """A pod of the ratings service, asked from within: what comes in passes no sidecar.

    Attributes:
        pod: The pod.
        alone: Seconds that a question took while no other was asked, the median of each round.
        together: Seconds a question while several are asked at a time, round by round.
    """

    pod: Pod
    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)

    def ask(self, questions: int) -> None:
        """Ask for ratings so many times one by one, then as often several at a time."""
        said = json.loads(self.pod.node(_ASK, str(questions)))
        self.alone.append(median(said["alone"]))
        self.together.append(said["together"])


def compare(through: Pod, past: Pod, rounds: int, questions: int = 200) -> list[Comparison]:
    """Ask both pods in turns; each question is a new connection to MySQL and a query.

    Args:
        through: Its sidecar takes what it sends.
        past: It has no sidecar.
        rounds: How often each is asked; one more round goes first and is not counted.
        questions: How often in a round.
    """
    one, other = Asked(through), Asked(past)
    for _ in range(rounds + 1):
        one.ask(questions)
        other.ask(questions)
    return [
        Comparison(LATENCY, one.alone[1:], other.alone[1:]),
        Comparison(THROUGHPUT, one.together[1:], other.together[1:]),
    ]


def rates(together: Comparison) -> str:
    """Say how many queries a second that is, through the sidecar and past it."""
    through, past = (1 / median(seconds) for seconds in (together.one, together.other))
    return f"{through:.0f} through the sidecar, {past:.0f} past it"
