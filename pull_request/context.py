"""Where it runs: what GitHub Actions says of the run and of the pull request.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pull_request.engine import PullRequestProblem

_SHORT = 7


@dataclass(frozen=True)
class Context:
    """A run of GitHub Actions; on an engineer's machine, nothing of it.

    Attributes:
        pull_request: Its number; None where the run is of none.
        summary: The file for the summary of the step; None where there is none.
        footer: Of which commit and which run it is, in Markdown.
    """

    api: str
    repository: str
    token: str
    pull_request: int | None
    summary: Path | None
    footer: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Context:
        """Read it from the environment."""
        event = _event(environment)
        pull_request: Mapping[str, Any] = event.get("pull_request") or {}
        commit = str(
            (pull_request.get("head") or {}).get("sha") or environment.get("GITHUB_SHA", "")
        )
        repository = environment.get("GITHUB_REPOSITORY", "")
        run = environment.get("GITHUB_RUN_ID", "")
        parts = [f"Commit `{commit[:_SHORT]}`"] if commit else []
        if run:
            server = environment.get("GITHUB_SERVER_URL", "https://github.com")
            parts.append(f"[the run and its log]({server}/{repository}/actions/runs/{run})")
        summary = environment.get("GITHUB_STEP_SUMMARY")
        return cls(
            api=environment.get("GITHUB_API_URL", "https://api.github.com"),
            repository=repository,
            token=environment.get("GITHUB_TOKEN", ""),
            pull_request=pull_request.get("number"),
            summary=Path(summary) if summary else None,
            footer=", ".join(parts),
        )

    def require(self) -> None:
        """See that GitHub can be written to.

        Raises:
            PullRequestProblem: Something for that is not set.
        """
        for name, value in (("GITHUB_REPOSITORY", self.repository), ("GITHUB_TOKEN", self.token)):
            if not value:
                raise PullRequestProblem(f"{name} is not set; in a workflow's step, set it in env")


def _event(environment: Mapping[str, str]) -> Mapping[str, Any]:
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_text())
    except (OSError, ValueError):
        raise PullRequestProblem(f"GITHUB_EVENT_PATH: {path!r} is no event of GitHub's") from None
    return event if isinstance(event, dict) else {}
