"""The MySQL server: does it let the admin in, does it suit the image, what is in it already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components._admin import Admin, DatabaseProblem
from components._driver import image_problem, read_facts, server_problem
from settings import PROJECT, Settings

# What each type of pulumi-mysql would make, and how to see whether it is there.
_EXISTING = {
    "mysql:index/database:Database": (
        "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s",
        ("name",),
        "database",
        "the database {name}",
    ),
    "mysql:index/user:User": (
        "SELECT 1 FROM mysql.user WHERE User = %s AND Host = %s",
        ("user", "host"),
        "reader",
        "the account '{user}'@'{host}'",
    ),
}


def problems(settings: Settings, admin: Admin) -> Iterator[str]:
    """Say what is wrong with the server, its account or the image for it: one line each."""
    try:
        with admin.connect() as connection:
            facts = read_facts(connection)
    except DatabaseProblem as problem:
        yield str(problem)
        return
    if problem_of_server := server_problem(facts):
        yield problem_of_server  # about which what is said of images is not true
    elif problem_of_image := image_problem(settings.image, settings.database, facts):
        yield f"{PROJECT}:{problem_of_image}"


def exists(admin: Admin, kind: str, inputs: Mapping[str, Any]) -> str | None:
    """Say that what is about to be created is there already, if so; one line."""
    if kind not in _EXISTING:
        return None
    query, keys, setting, what = _EXISTING[kind]
    named = {key: inputs[key] for key in keys}
    try:
        with admin.connect() as connection, connection.cursor() as cursor:
            if not cursor.execute(query, tuple(named.values())):
                return None
    except DatabaseProblem as problem:
        return str(problem)
    return (
        f"{PROJECT}:{setting}: {what.format(**named)} exists already at {admin.server.endpoint}, "
        "and this stack did not make it; give another name, or remove it first"
    )
