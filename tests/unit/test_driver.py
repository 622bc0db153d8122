"""Whether an image's driver can log in to a server, from what the server says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import pytest

from components._admin import Connection
from components._driver import ServerFacts, image_problem, read_facts, server_problem

STOCK = "registry.istio.io/release/examples-bookinfo-ratings-v2:1.20.3"
OURS = "localhost/bookinfo-ratings-mysql2:1.20.3"
DIGEST = "@sha256:" + "0" * 64

MYSQL_5_7 = ServerFacts("5.7.44", "mysql_native_password", tls_only=False)
MYSQL_9 = ServerFacts("9.7.4", "caching_sha2_password", tls_only=False)


class Answers:
    """A connection to a server that says this of itself."""

    def __init__(self, version: str, variables: dict[str, str]) -> None:
        self._answers: dict[str, Sequence[tuple[str, ...]]] = {
            "SELECT VERSION()": [(version,)],
            "SHOW VARIABLES": list(variables.items()),
        }
        self._rows: Sequence[tuple[str, ...]] = ()

    @contextmanager
    def cursor(self) -> Iterator[Answers]:
        yield self

    def execute(self, sql: str) -> None:
        (self._rows,) = (rows for start, rows in self._answers.items() if sql.startswith(start))

    def fetchone(self) -> tuple[str, ...]:
        return self._rows[0]

    def fetchall(self) -> Sequence[tuple[str, ...]]:
        return self._rows


def facts(version: str, **variables: str) -> ServerFacts:
    return read_facts(cast("Connection", Answers(version, variables)))


@pytest.mark.parametrize(
    ("version", "variables", "plugin"),
    [
        (
            "5.7.44-log",
            {"default_authentication_plugin": "mysql_native_password"},
            "mysql_native_password",
        ),
        ("5.6.51", {}, "mysql_native_password"),
        (
            "8.0.36",
            {"default_authentication_plugin": "caching_sha2_password"},
            "caching_sha2_password",
        ),
        (
            "8.0.36",
            {"default_authentication_plugin": "mysql_native_password"},
            "mysql_native_password",
        ),
        # From 8.0.27 the policy comes first; * leaves the choice to the default.
        (
            "8.0.36",
            {
                "default_authentication_plugin": "mysql_native_password",
                "authentication_policy": "*,,",
            },
            "mysql_native_password",
        ),
        (
            "8.0.36",
            {
                "default_authentication_plugin": "mysql_native_password",
                "authentication_policy": "*:caching_sha2_password,,",
            },
            "caching_sha2_password",
        ),
        ("8.4.3", {"authentication_policy": "*,,"}, "caching_sha2_password"),
        ("8.4.3", {"authentication_policy": "mysql_native_password"}, "mysql_native_password"),
        ("9.7.4", {"authentication_policy": "*:sha256_password,*"}, "sha256_password"),
        ("9.7.4", {"authentication_policy": ""}, "caching_sha2_password"),
        ("10.0.1", {}, "caching_sha2_password"),
        ("8.0.mysql_aurora.3.04.0", {}, "caching_sha2_password"),
    ],
)
def test_a_new_account_gets_the_plugin_that_policy_default_and_version_say(
    version: str, variables: dict[str, str], plugin: str
) -> None:
    assert facts(version, **variables).account_plugin == plugin


@pytest.mark.parametrize(("value", "tls_only"), [("ON", True), ("OFF", False)])
def test_a_server_may_take_tls_only(*, value: str, tls_only: bool) -> None:
    assert facts("9.7.4", require_secure_transport=value).tls_only is tls_only
    assert facts("9.7.4").tls_only is False


@pytest.mark.parametrize(
    "image",
    [
        STOCK,
        STOCK.partition(":")[0],
        "examples-bookinfo-ratings-v2",
        "examples-bookinfo-ratings-v2:latest",
        "docker.io/istio/examples-bookinfo-ratings-v2:1.20.3",
        "registry.example.com:5000/mirror/examples-bookinfo-ratings-v2",
        "registry.example.com:5000/mirror/examples-bookinfo-ratings-v2:1.20.3" + DIGEST,
        "istio/examples-bookinfo-ratings-v2" + DIGEST,
    ],
)
def test_the_stock_image_is_known_wherever_it_comes_from(image: str) -> None:
    problem = image_problem(image, "test", MYSQL_9)
    assert problem is not None
    assert problem.startswith(f"image: {image} cannot log in to this MySQL 9.7.4")
    assert "caching_sha2_password" in problem
    assert "build images/ratings" in problem
    assert image_problem(image, "test", MYSQL_5_7) is None


@pytest.mark.parametrize(
    "image", [OURS, "registry.example.com:5000/bookinfo-ratings-mysql2" + DIGEST]
)
def test_our_image_can_log_in_to_every_server(image: str) -> None:
    assert image_problem(image, "test", MYSQL_9) is None
    assert image_problem(image, "test", MYSQL_5_7) is None


@pytest.mark.parametrize("image", [STOCK, OURS])
def test_bookinfos_code_reads_no_other_database_than_test(image: str) -> None:
    problem = image_problem(image, "books", MYSQL_5_7)
    assert problem is not None
    assert problem.startswith("database: 'books' cannot work with the image ")
    assert "'test'" in problem


@pytest.mark.parametrize("image", [STOCK, OURS])
def test_bookinfos_code_dials_without_tls(image: str) -> None:
    problem = image_problem(
        image, "test", ServerFacts("9.7.4", "mysql_native_password", tls_only=True)
    )
    assert problem is not None
    assert "require_secure_transport" in problem


@pytest.mark.parametrize(
    "image",
    [
        "registry.example.com/my-ratings:1",
        "registry.example.com/examples-bookinfo-ratings-v2/mine:1",
        "examples-bookinfo-ratings-v2-mine",
        "my-examples-bookinfo-ratings-v2",
        "",
        ":",
    ],
)
def test_an_image_that_is_not_known_here_is_trusted(image: str) -> None:
    assert image_problem(image, "books", ServerFacts("9.7.4", "x", tls_only=True)) is None


@pytest.mark.parametrize("version", ["10.11.6-MariaDB", "5.5.5-10.11.6-mariadb-log"])
def test_mariadb_is_refused_for_the_plugin_cannot_make_a_user_there(version: str) -> None:
    problem = server_problem(ServerFacts(version, "mysql_native_password", tls_only=False))
    assert problem is not None
    assert problem.startswith(f"mysql:endpoint: this is MariaDB {version}")
    assert problem.endswith("use MySQL")
    assert server_problem(MYSQL_9) is None
