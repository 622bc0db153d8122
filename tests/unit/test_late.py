"""What is loaded later than others import it, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from late import enter_as_bare_folder
from tests.unit.interpreter import python


def test_a_package_that_is_not_installed_is_one_line() -> None:
    with pytest.raises(SystemExit) as ended:
        enter_as_bare_folder("no_such_package")
    assert ended.value.code == "no_such_package is not installed: pip install -r requirements.txt"


@pytest.mark.parametrize("name", ["load", "called"])
def test_what_is_put_off_hides_nothing_that_a_module_has_itself(tmp_path: Path, name: str) -> None:
    (tmp_path / "others.py").write_text(f"def {name}(): return 'theirs'\n")
    used = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from late import put_off
put_off("others", "called")
import others
print(others.{name}())
"""
    assert python(used) == "theirs\n"


def test_of_kubernetes_client_no_more_is_loaded_than_reads_a_kubeconfig_and_asks() -> None:
    used = """
import sys
from cluster.api import load_client
load_client()
parts = {"kubernetes.client.rest", "oauthlib.oauth2.rfc6749", "pydantic", "requests"}
print(*(parts & {*sys.modules}))
"""
    assert python(used) == "kubernetes.client.rest\n"


def test_what_renews_a_token_of_openid_is_loaded_once_it_is_called() -> None:
    used = """
from cluster.api import load_client
load_client()
from kubernetes.config import kube_config
print(type(kube_config.OAuth2Session(client_id="us")).__name__)
print(type(kube_config.ApiClient(kube_config.Configuration())).__name__)
print(kube_config.oauthlib.oauth2.rfc6749.errors.InvalidClientIdError.__name__)
"""
    assert python(used).split() == [
        "OAuth2Session",
        "ApiClient",
        "InvalidClientIdError",
    ]


def test_what_asks_the_api_server_needs_nothing_of_what_is_put_off() -> None:
    used = """
from cluster.api import load_client
load_client()
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import ws_client
from kubernetes.utils.quantity import parse_quantity
print(parse_quantity("2Ki"), ws_client.websocket_call.__name__)
"""
    assert python(used) == "2048 websocket_call\n"


def test_what_has_been_imported_stays_as_it_is() -> None:
    used = """
import kubernetes, oauthlib.oauth2, requests_oauthlib
before = kubernetes, oauthlib.oauth2, requests_oauthlib
from cluster.api import load_client
load_client()
import kubernetes, oauthlib.oauth2, requests_oauthlib
print(before == (kubernetes, oauthlib.oauth2, requests_oauthlib), kubernetes.client.ApiClient)
"""
    assert python(used) == "True <class 'kubernetes.client.api_client.ApiClient'>\n"
