"""The wiring of a preview: drawn though not everything is known yet."""

from __future__ import annotations

from pull_request.steps import Fate, Side, Step
from pull_request.wiring import after
from tests.unit.picture_states import exported, outputs, resources


def test_a_secret_whose_name_is_not_known_yet_is_called_as_in_the_program() -> None:
    state = exported()
    del outputs(state, "Secret")["metadata"]["name"]
    (container,) = outputs(state, "Deployment")["spec"]["template"]["spec"]["containers"]
    (password,) = (each for each in container["env"] if each["name"] == "MYSQL_DB_PASSWORD")
    del password["valueFrom"]["secretKeyRef"]["name"]
    wiring = after(
        Step(
            urn=each["urn"],
            fate=Fate.MADE,
            types=tuple(each["urn"].split("::")[2].split("$")),
            before=None,
            after=Side(outputs=each["outputs"], provider=each.get("provider", "")),
        )
        for each in resources(state)
    )
    assert wiring is not None
    assert wiring.workload is not None
    assert wiring.secret == wiring.workload.secret == "reader-password"  # noqa: S105 - a name
