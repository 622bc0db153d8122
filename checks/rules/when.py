"""When a rule is asked, besides by the doctor, who asks all of them."""

from __future__ import annotations

from enum import StrEnum


class When(StrEnum):
    """Who asks it before a change."""

    BEFORE_A_CHANGE = "before a change"
    """The program's hooks."""

    BY_THE_SERVER = "before a change, by the resource of the server"
    """The provider's own resource, which says the same and is the first to be made."""

    BY_THE_DOCTOR = "by the doctor alone"
    """Nobody: it is settled otherwise, or not worth its time."""


BEFORE_A_CHANGE = When.BEFORE_A_CHANGE
BY_THE_SERVER = When.BY_THE_SERVER
BY_THE_DOCTOR = When.BY_THE_DOCTOR
