"""Whether an image's driver can log in to a server, from what the server says of itself."""

from __future__ import annotations

import pytest

from mysql.driver import ServerFacts, account_plugin, database_problem, image_problem

STOCK = "registry.istio.io/release/examples-bookinfo-ratings-v2:1.20.3"
OURS = "localhost/bookinfo-ratings-mysql2:1.20.3"
DIGEST = "@sha256:" + "0" * 64

MYSQL_5_7 = ServerFacts("5.7.44", "mysql_native_password", tls_only=False)
MYSQL_9 = ServerFacts("9.7.4", "caching_sha2_password", tls_only=False)
TLS_ONLY = ServerFacts("9.7.4", "caching_sha2_password", tls_only=True)


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
    default = variables.get("default_authentication_plugin", "")
    policy = variables.get("authentication_policy", "")
    assert account_plugin(version, default, policy) == plugin


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
    problem = image_problem(image, MYSQL_9, tls=False)
    assert problem is not None
    assert problem.startswith(f"image: {image} cannot log in to this MySQL 9.7.4")
    assert "caching_sha2_password" in problem
    assert "build images/ratings" in problem
    assert image_problem(image, MYSQL_5_7, tls=False) is None


@pytest.mark.parametrize(
    "image", [OURS, "registry.example.com:5000/bookinfo-ratings-mysql2" + DIGEST]
)
def test_our_image_can_log_in_to_every_server(image: str) -> None:
    assert image_problem(image, MYSQL_9, tls=False) is None
    assert image_problem(image, MYSQL_5_7, tls=False) is None


@pytest.mark.parametrize("image", [STOCK, OURS])
def test_bookinfos_code_reads_no_other_database_than_test(image: str) -> None:
    problem = database_problem(image, "books")
    assert problem is not None
    assert problem.startswith(f"database: 'books' cannot work with the image {image}, whose")
    assert "'test'" in problem
    assert database_problem(image, "test") is None


@pytest.mark.parametrize("image", [STOCK, OURS])
def test_a_server_that_takes_tls_alone_is_dialled_over_it(image: str) -> None:
    problem = image_problem(image, TLS_ONLY, tls=False)
    assert problem is not None
    assert problem.startswith("readerTls: it is false, and this MySQL 9.7.4 takes TLS only")
    assert problem.endswith("set readerTls to true")


@pytest.mark.parametrize("server", [MYSQL_5_7, MYSQL_9, TLS_ONLY], ids=lambda s: s.version)
def test_the_stock_image_cannot_dial_over_tls_and_ours_can(server: ServerFacts) -> None:
    problem = image_problem(STOCK, server, tls=True)
    assert problem is not None
    assert problem.startswith(f"image: {STOCK} cannot dial over TLS, and readerTls is true")
    assert image_problem(OURS, server, tls=True) is None


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
    assert database_problem(image, "books") is None
    assert image_problem(image, TLS_ONLY, tls=False) is None
    assert image_problem(image, MYSQL_9, tls=True) is None
