"""What unit tests run in: a nameserver on loopback, a kubeconfig of their own, an admin account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.unit.nameserver import Zone, serving
from tests.unit.recording import PROJECT, Engine, run_program

HOST = "mysql.example.com"
CONTEXT = "tests"

# Seconds after which a test that hangs is ended with the stacks of all threads.
_LONGEST_TEST = 60

Up = Callable[..., Engine]

# No deadline: how long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("unit", max_examples=40, deadline=None)
hypothesis.settings.load_profile("unit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End a test that hangs: the engine's futures wait for ever for what nobody resolves."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(_LONGEST_TEST))


@pytest.fixture
def zone() -> Iterator[Zone]:
    """A nameserver that knows the database's addresses."""
    with serving() as zone:
        zone.records[HOST] = ["198.51.100.7", "2001:db8::7"]
        yield zone


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The environment of an engineer who has an admin account and one cluster."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(f"contexts: [{{name: {CONTEXT}}}]")
    for variable, value in {
        "KUBECONFIG": str(kubeconfig),
        "MYSQL_ENDPOINT": f"{HOST}:3306",
        "MYSQL_USERNAME": "admin",
        "MYSQL_PASSWORD": "typed-nowhere",
    }.items():
        monkeypatch.setenv(variable, value)
    for variable in ("MYSQL_TLS_CONFIG", "MYSQL_TLS_CA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    return monkeypatch


@pytest.fixture
def up(machine: pytest.MonkeyPatch, zone: Zone) -> Up:
    """Run the program with these settings on top of the least that it needs.

    A name with a colon is configuration of that namespace, e.g. `mysql:password`.
    """
    del machine
    nameserver = f"{zone.nameserver.address}:{zone.nameserver.port}"
    needed = {"host": HOST, "context": CONTEXT, "nameserver": nameserver}

    def run(**settings: object) -> Engine:
        return run_program(
            {
                name if ":" in name else f"{PROJECT}:{name}": value
                for name, value in {**needed, **settings}.items()
            }
        )

    return run
