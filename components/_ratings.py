"""The resource `Ratings`: the article's table and its rows in one database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
from pulumi.dynamic import Resource

from components._ratings_provider import RatingsProvider, rows_of
from components._ratings_table import COLUMNS
from components._rows import in_words


class RatingsInputs(TypedDict):
    """What a `Ratings` takes."""

    database: pulumi.Input[str]
    """The database that holds the table."""

    rows: pulumi.Input[Mapping[str, int | None]]
    """ReviewID as text -> Rating."""

    exclusive: pulumi.Input[bool]
    """Whether rows that somebody else added are deleted."""


class Ratings(Resource, name="Ratings"):
    """Table and rows, created, read, updated row by row and deleted over PyMySQL."""

    database: pulumi.Output[str]
    rows: pulumi.Output[Mapping[str, int | None]]
    unmanaged: pulumi.Output[Mapping[str, int | None]]

    def __init__(self, name: str, inputs: RatingsInputs, opts: pulumi.ResourceOptions) -> None:
        """Declare the table; a preview says row by row what would change."""
        says = pulumi.ResourceHook(
            f"{name}-in-words",
            _say_changes,
            pulumi.ResourceHookOptions(on_dry_run=True),
        )
        super().__init__(
            RatingsProvider(),
            name,
            {**inputs, "columns": COLUMNS, "unmanaged": None},
            pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_update=[says]))
            ),
        )


def _say_changes(args: pulumi.ResourceHookArgs) -> None:
    for line in in_words(rows_of(args.old_outputs or {}), rows_of(args.new_inputs or {})):
        pulumi.info(line)
