"""What the sidecar costs: ratings read from MySQL through it, and past it, in one run."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from statistics import median

from bench.comparison import Comparison
from demo.inside import inside

LATENCY, THROUGHPUT = "a query, one by one", "a query, four at a time"
_PORT = 9080
_AT_A_TIME = 4
"""More than there are cores, so that the time is the machine's and not the wait for an answer."""


@dataclass
class Pod:
    """A pod of the ratings service, asked from within: what comes in passes no sidecar.

    Attributes:
        namespace: Its network namespace.
        alone: Seconds that a question took while no other was asked, the median of each round.
        together: Seconds a question while several are asked at a time, round by round.
    """

    namespace: str
    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)

    def ask(self, questions: int) -> None:
        """Ask for ratings so many times one by one, then as often several at a time."""
        self.alone.append(median(inside(self.namespace, lambda: _ask(questions))))
        self.together.append(inside(self.namespace, lambda: _ask_together(questions)))


def compare(through: Pod, past: Pod, rounds: int, questions: int = 200) -> list[Comparison]:
    """Ask both pods in turns; each question is a new connection to MySQL and a query.

    Args:
        through: Its sidecar takes what it sends.
        past: It has no sidecar.
        rounds: How often each is asked; one more round goes first and is not counted.
        questions: How often in a round.
    """
    for _ in range(rounds + 1):
        through.ask(questions)
        past.ask(questions)
    return [
        Comparison(LATENCY, through.alone[1:], past.alone[1:]),
        Comparison(THROUGHPUT, through.together[1:], past.together[1:]),
    ]


def rates(together: Comparison) -> str:
    """Say how many queries a second that is, through the sidecar and past it."""
    through, past = (1 / median(seconds) for seconds in (together.one, together.other))
    return f"{through:.0f} through the sidecar, {past:.0f} past it"


def _ask(questions: int) -> list[float]:
    """Seconds of each question, over one connection to the service."""
    with closing(http.client.HTTPConnection("127.0.0.1", _PORT)) as service:
        return [_timed(lambda: _question(service)) for _ in range(questions)]


def _ask_together(questions: int) -> float:
    """Seconds a question, where several are asked at a time."""
    share = questions // _AT_A_TIME

    def ask() -> float:
        with ThreadPoolExecutor(_AT_A_TIME) as askers:
            return _timed(lambda: list(askers.map(_ask, [share] * _AT_A_TIME)))

    return ask() / (share * _AT_A_TIME)


def _question(service: http.client.HTTPConnection) -> None:
    service.request("GET", "/ratings/0")
    said = service.getresponse().read()
    if b'"ratings"' not in said:
        raise RuntimeError(f"the service has no ratings: {said.decode()}")


def _timed(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun
