"""The driver inside the ratings image can log in to accounts of this server."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BY_THE_SERVER
from mysql.driver import image_problem
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BY_THE_SERVER

CAN = ok("new accounts get {plugin}, and {image} may use it")
CANNOT = failure(f"{PROJECT}:{{problem}}", "{todo}")


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge the image by its name; one that is not known is trusted."""
    login, settings = seen(facts.server).login, facts.settings
    problem = image_problem(settings.image, login, tls=settings.reader_tls)
    if problem is None:
        yield CAN(plugin=login.account_plugin, image=settings.image)
    else:
        says, _, todo = problem.rpartition("; ")
        yield CANNOT(problem=says, todo=todo)
