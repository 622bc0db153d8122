"""The password is in clear nowhere: each place where it could turn up is looked at."""

from __future__ import annotations

import base64

import pytest

from provider.account import Account
from provider.account_name import AccountName
from provider.configuration import Configuration
from provider.proof import Proof
from provider.rights import Rights
from tests.unit.conftest import Up
from tests.unit.recording import (
    PASSWORD,
    PROJECT,
    SECRET,
    Created,
    Engine,
    all_created,
    created,
    texts,
)

ADMIN_PASSWORD = "typed-nowhere"  # noqa: S105 - of no account

# The only inputs that hold the password: those of the account, and the Secret's.
PLACES = {
    ("AccountName", "password"),
    ("Account", "password"),
    ("User", "plaintextPassword"),
    ("Rights", "password"),
    ("Proof", "password"),
    ("Secret", "stringData.password"),
}
# And the only ones that hold the admin's: those of the providers of MySQL.
ADMIN_PLACES = {("mysql", "password"), ("mysql-extra", "password")}


@pytest.fixture
def engine(up: Up) -> Engine:
    return up(destinationRules=True)


def places(resource: Created, needle: str, value: object = None, path: str = "") -> set[str]:
    """Give the paths of the inputs that hold a text, in clear or in base64."""
    value = resource.inputs if value is None else value
    if isinstance(value, dict):
        inner = {f"{path}.{key}" if path else key: item for key, item in value.items()}
    elif isinstance(value, list):
        inner = {f"{path}[{i}]": item for i, item in enumerate(value)}
    else:
        needles = (needle, base64.b64encode(needle.encode()).decode())
        return {path} if any(n in str(value) for n in needles) else set()
    return {
        place
        for key, item in inner.items()
        if item is not None
        for place in places(resource, needle, item, key)
    }


def test_the_password_is_in_what_makes_the_account_and_in_the_secret_and_in_no_other_input(
    engine: Engine,
) -> None:
    found = {(r.kind, place) for r in engine.resources for place in places(r, PASSWORD)}
    assert found == PLACES


def test_wherever_the_password_is_an_input_the_engine_encrypts_it(engine: Engine) -> None:
    for kind, place in PLACES:
        for resource in all_created(engine, kind):
            assert any(place.startswith(secret) for secret in resource.secrets)


def test_the_search_finds_a_password_in_clear_and_in_base64(engine: Engine) -> None:
    secret = created(engine, "Secret")
    encoded = base64.b64encode(PASSWORD.encode()).decode()
    assert places(secret, PASSWORD, {"env": [{"value": f"pw={PASSWORD}"}]}) == {"env[0].value"}
    assert places(secret, PASSWORD, {"data": {"password": encoded}}) == {"data.password"}


def test_the_admins_password_is_in_the_providers_of_mysql_alone_and_no_output(up: Up) -> None:
    engine = up(**{"mysql:password": ADMIN_PASSWORD})
    found = {(r.kind, place) for r in engine.resources for place in places(r, ADMIN_PASSWORD)}
    assert found == ADMIN_PLACES
    assert not any(ADMIN_PASSWORD in text for text in texts(engine.outputs))
    for kind, place in ADMIN_PLACES:
        assert place in created(engine, kind).secrets


def test_no_output_and_no_diagnostic_holds_the_password(engine: Engine) -> None:
    assert not any(PASSWORD in text for text in texts(engine.outputs))
    assert not any(PASSWORD in text for _, text in engine.said)


def test_the_generated_password_can_go_unescaped_into_the_plugins_sql(engine: Engine) -> None:
    inputs = created(engine, "RandomPassword").inputs
    assert inputs["length"] >= 24
    assert not set("'\"\\`") & set(inputs["overrideSpecial"])


def test_the_secret_is_immutable_and_has_another_name_with_another_login(
    engine: Engine,
) -> None:
    inputs = created(engine, "Secret").inputs
    assert inputs["immutable"] is True
    assert inputs["metadata"]["name"] == SECRET
    assert "metadata.name" not in created(engine, "Secret").secrets


def test_the_pod_gets_the_password_only_by_reference_to_the_secret(engine: Engine) -> None:
    (container,) = created(engine, "Deployment").inputs["spec"]["template"]["spec"]["containers"]
    (password,) = (e for e in container["env"] if e["name"] == "MYSQL_DB_PASSWORD")
    assert password == {
        "name": "MYSQL_DB_PASSWORD",
        "valueFrom": {"secretKeyRef": {"name": SECRET, "key": "password"}},
    }
    assert "envFrom" not in container


def test_another_secret_rolls_the_pods_for_they_refer_to_it_by_its_name(engine: Engine) -> None:
    assert engine.outputs["secret"] == SECRET
    pod = created(engine, "Deployment").inputs["spec"]["template"]["spec"]
    assert engine.outputs["secret"] in texts(pod)


@pytest.mark.parametrize("kind", [AccountName, Account, Rights, Proof])
def test_the_provider_hides_the_password_whoever_asks_it(
    kind: type[AccountName | Account | Rights | Proof],
) -> None:
    assert "password" in kind.inputs
    assert "password" in kind.secrets


def test_the_provider_hides_the_admins_password_whoever_asks_it() -> None:
    assert "password" in Configuration().secrets


def test_a_wrong_setting_does_not_show_the_admins_password(up: Up) -> None:
    engine = up(**{"port": 0, "mysql:password": ADMIN_PASSWORD})
    assert engine.errors()
    assert not any(ADMIN_PASSWORD in line for line in engine.errors())
    assert all(line.startswith(PROJECT) for line in engine.errors())
