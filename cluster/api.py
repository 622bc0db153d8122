"""The API server of one context.

The kubeconfig is read by Kubernetes' own client for Python, which knows what the Kubernetes
provider knows: exec plugins of every version, `proxy-url`, `tls-server-name`.
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cluster.mark import MANAGER
from late import enter_as_bare_folder, put_off

# It takes its time to import, and a run without changes never needs it.
if TYPE_CHECKING:
    from kubernetes.client.rest import RESTClientObject
    from kubernetes.config.kube_config import ConfigNode
    from urllib3 import BaseHTTPResponse

_SECONDS = 6
"""Two look one after the other before a first change, and a failure is to be said within 15."""
_AT_ONCE = 16
"""Connections that are kept: no fewer than questions are asked side by side."""
_NOT_FOUND, _UNAUTHORISED, _FORBIDDEN, _CONFLICT = 404, 401, 403, 409
_FIRST_ERROR = 400
_WITH_PODS = {"Deployment"}
_LOADING = Lock()
_JSON = "application/json"
_MERGE = "application/merge-patch+json"

Object = Mapping[str, Any]


class ApiProblem(Exception):
    """The API server gave no answer that helps; the message is one line."""


class Refused(ApiProblem):
    """It answered, and refused.

    Attributes:
        status: HTTP's number of it.
        said: What it said, as JSON where it is an object of Kubernetes.
    """

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status

    @property
    def is_forbidden(self) -> bool:
        """Whether it knows who asks, who may not."""
        return self.status == _FORBIDDEN

    @property
    def is_unknown(self) -> bool:
        """Whether it does not know who asks."""
        return self.status == _UNAUTHORISED

    @property
    def is_conflict(self) -> bool:
        """Whether somebody else has changed the object meanwhile."""
        return self.status == _CONFLICT


class Unreachable(ApiProblem):
    """Nobody can connect to it from here, the Kubernetes provider neither."""


class NotReached(ApiProblem):
    """This client did not get through; the Kubernetes provider, another program, may."""


@dataclass(frozen=True)
class _Question:
    """One request to it."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Object | None = None
    content: str = _JSON


class Api:
    """The API server of one context.

    Args:
        context: Name of the context.
        files: The kubeconfigs; of a name in several the first counts.
    """

    def __init__(self, context: str, files: Sequence[Path]) -> None:
        self._client, self._complaints = _client(context, files)

    def get(self, path: str, **query: str) -> Object | None:
        """Read what is at a path; None where there is nothing.

        Raises:
            ApiProblem: There is no answer, or a refusal.
        """
        try:
            return self._ask(_Question("GET", path, query))
        except Refused as refused:
            if refused.status == _NOT_FOUND:
                return None
            raise

    def create(self, path: str, body: Object, **query: str) -> Object:
        """Post an object that asks something, or with `dryRun`.

        Raises:
            ApiProblem: There is no answer, or a refusal.
        """
        return self._ask(_Question("POST", path, query, body))

    def patch(self, path: str, body: Object, manager: str) -> Object:
        """Merge into an object what is given.

        Raises:
            ApiProblem: There is no answer, or a refusal.
        """
        return self._ask(_Question("PATCH", path, {"fieldManager": manager}, body, _MERGE))

    def replace(self, path: str, body: Object, manager: str) -> Object:
        """Put an object in the place of the one that was read, if nobody has changed that since.

        Raises:
            ApiProblem: There is no answer, or a refusal.
        """
        return self._ask(_Question("PUT", path, {"fieldManager": manager}, body))

    def delete(self, path: str, found: Object, seconds: int) -> bool:
        """Delete the object that was read, after all that belongs to it, and wait until it is gone.

        Args:
            path: Where it is.
            found: The object; another one under its name is left alone.
            seconds: How long to wait.

        Returns:
            Whether it is gone.

        Raises:
            ApiProblem: There is no answer, or a refusal.
        """
        # What has nothing that belongs to it is gone at once, without a controller's help.
        policy = "Foreground" if found.get("kind") in _WITH_PODS else "Background"
        body = {
            "preconditions": {"uid": found["metadata"]["uid"]},
            "propagationPolicy": policy,
        }
        try:
            answer = self._ask(_Question("DELETE", path, {}, body))
        except Refused as refused:
            if refused.status == _NOT_FOUND:
                return True
            raise
        if answer.get("kind") == "Status":  # it is gone already
            return True
        return self.is_gone(path, answer, seconds)

    def run(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> str:
        """Run a command in a pod and give what it prints.

        Raises:
            ApiProblem: It cannot be run there.
        """
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415 - as above
        from kubernetes.stream import ws_client  # noqa: PLC0415

        query = [("container", container), ("stdout", "true"), ("stderr", "true")]
        query += [("command", each) for each in command]
        # Not by the class of the core API, which loads each type that there is.
        url = self._url(f"/api/v1/namespaces/{namespace}/pods/{pod}/exec", query)
        try:
            running = ws_client.websocket_call(  # type: ignore[no-untyped-call]
                *(self._client.configuration, "GET", url),
                headers=self._headers(),
                _preload_content=False,
            )
            running.run_forever(timeout=_SECONDS)
            printed = str(running.read_stdout())
            running.close()
        except ApiException as error:
            # The client has no number for what is refused before the protocol is changed.
            raise NotReached(_one_line(error.reason)) from None
        except OSError as error:
            raise NotReached(_one_line(error)) from None
        return printed

    def is_gone(self, path: str, found: Object, seconds: float) -> bool:
        """Wait until an object that ends is gone; says whether it is.

        Raises:
            ApiProblem: There is no answer, or a refusal.
        """
        uid, until = found["metadata"]["uid"], monotonic() + seconds
        folder, _, name = path.rpartition("/")
        while (left := until - monotonic()) > 0:
            now = self.get(path)
            if now is None or now["metadata"]["uid"] != uid:
                return True
            query = {
                "watch": "true",
                "fieldSelector": f"metadata.name={name}",
                "resourceVersion": now["metadata"]["resourceVersion"],
                "timeoutSeconds": str(max(1, int(left))),
            }
            for event in self._events(folder, query, left):
                if event.get("type") == "DELETED":
                    return True
        return False

    def _events(self, path: str, query: Mapping[str, str], seconds: float) -> Iterator[Object]:
        from urllib3 import exceptions  # noqa: PLC0415 - comes with the client

        response = self._send(_Question("GET", path, query), seconds + _SECONDS)
        try:
            for line in _lines(response):
                yield json.loads(line)
        except exceptions.HTTPError as error:
            raise self._unreached(error) from None
        finally:
            response.release_conn()

    def _ask(self, question: _Question) -> Object:
        from urllib3 import exceptions  # noqa: PLC0415 - comes with the client

        response = self._send(question, _SECONDS)
        try:
            text = response.data.decode(errors="replace")
        except exceptions.HTTPError as error:
            raise self._unreached(error) from None
        answer: Object = json.loads(text)
        return answer

    def _send(self, question: _Question, seconds: float) -> BaseHTTPResponse:
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415 - as above
        from urllib3 import exceptions  # noqa: PLC0415 - comes with the client

        try:
            answer = self._client.request(  # type: ignore[no-untyped-call]
                question.method,
                self._url(question.path, list(question.query.items())),
                headers={**self._headers(), "Accept": _JSON, "Content-Type": question.content},
                body=question.body,
                _request_timeout=(_SECONDS, seconds),
            )
            response: BaseHTTPResponse = answer.response
            if response.status < _FIRST_ERROR:
                return response
            said = _message(response.data.decode(errors="replace"), response.status)
        except ApiException as error:  # what becomes of a TLS error
            raise NotReached(_one_line(error.reason)) from None
        except exceptions.HTTPError as error:
            raise self._unreached(error) from None
        if response.status == _UNAUTHORISED and self._complaints:
            raise NotReached("; ".join(self._complaints))
        raise Refused(response.status, said)

    def _url(self, path: str, query: Sequence[tuple[str, str]]) -> str:
        host = self._client.configuration.host
        return f"{host}{path}?{urlencode(query)}" if query else f"{host}{path}"

    def _headers(self) -> dict[str, str]:
        bearer = self._client.configuration.auth_settings().get("BearerToken")
        # As without a name of its own an API server would call who sets a field.
        return {"User-Agent": MANAGER, **({bearer["key"]: bearer["value"]} if bearer else {})}

    def _unreached(self, error: Exception) -> ApiProblem:
        from urllib3 import exceptions  # noqa: PLC0415

        reason = getattr(error, "reason", None) or error
        plain = (exceptions.NewConnectionError, exceptions.ConnectTimeoutError)
        # A proxy or a certificate may be another matter for another program.
        if isinstance(reason, plain) and not self._client.configuration.proxy:
            return Unreachable(_one_line(reason))
        return NotReached(_one_line(reason))


def _lines(response: BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for chunk in response.stream():
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(None, lines)


def load_client() -> None:
    """Import Kubernetes' client; who needs it meanwhile waits."""
    with _LOADING:  # two threads that import one package at once get in each other's way
        # It loads all that it has, which takes three times as long: its types are used nowhere,
        # and its way to renew a token of OpenID only with such a kubeconfig.
        enter_as_bare_folder("kubernetes")
        put_off("kubernetes.client.api_client", "ApiClient")
        put_off("oauthlib.oauth2")
        put_off("requests_oauthlib", "OAuth2Session")
        import_module("kubernetes.config")
        import_module("kubernetes.client.rest")


def _client(context: str, files: Sequence[Path]) -> tuple[RESTClientObject, list[str]]:
    """Make the client; gives what it complained of meanwhile too.

    The layer below its `ApiClient`, which is there for the types of the objects.
    """
    load_client()
    from kubernetes.client import Configuration  # noqa: PLC0415 - as above
    from kubernetes.client.rest import RESTClientObject  # noqa: PLC0415
    from kubernetes.config import ConfigException, load_kube_config_from_dict  # noqa: PLC0415
    from kubernetes.config.kube_config import KubeConfigMerger  # noqa: PLC0415

    configuration = Configuration()
    configuration.retries = False
    configuration.connection_pool_maxsize = _AT_ONCE
    try:
        with _complaints() as complaints:
            merged = KubeConfigMerger(os.pathsep.join(map(str, files))).config  # type: ignore[no-untyped-call]
            load_kube_config_from_dict(  # type: ignore[no-untyped-call]
                merged, context, client_configuration=configuration, persist_config=False
            )
    except (ConfigException, OSError, ValueError, TypeError, KeyError) as error:
        raise NotReached(_one_line(error)) from None
    if _names_proxy(context, merged):
        configuration.no_proxy = ""  # what a kubeconfig names is used for each address
    return RESTClientObject(configuration), complaints


def _names_proxy(context: str, merged: ConfigNode) -> bool:
    cluster = merged["contexts"].get_with_name(context)["context"]["cluster"]
    return "proxy-url" in merged["clusters"].get_with_name(cluster)["cluster"]


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Keep what the client logs and goes on after: an exec plugin that failed is no exception."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(_one_line(record.getMessage()))

    root, keep = logging.getLogger(), Keep(logging.ERROR)
    root.addHandler(keep)
    try:
        yield lines
    finally:
        root.removeHandler(keep)


def _message(text: str, status: int) -> str:
    try:
        return _one_line(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return _one_line(text) or f"HTTP {status}"


def _one_line(said: object) -> str:
    return " ".join(str(said).split())
