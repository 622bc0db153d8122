"""The server: who it is, what decides about logins there, what the admin may do, whose names are.

Everything else stands on it: it is the first to be made, and refuses before anything has changed.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import replace

from mysql.admin import Admin, is_socket
from mysql.authority import BY_PODS, BY_PULUMI_MYSQL, folder_of
from mysql.driver import ServerFacts, image_problem
from mysql.version import version_problem
from provider import admin_rights, names, ratings_table
from provider.adopted_table import give_back
from provider.authorities import untrusted, untrusted_by_pods
from provider.configuration import server_uuid
from provider.connection import Connection, DatabaseProblem, as_admin
from provider.login_facts import read_facts
from provider.protocol.service import Change, Checked, Found
from provider.protocol.values import Properties
from provider.resource import OnServer, changed, flag, owner, port, schema, text, texts, user
from provider.resource import host as account_host

_LOOKED_AT = ("endpoint", "host", "port", "replica", *names.INPUTS)
"""What the server is looked at anew for."""
_DIALLED_IN = 3.0
"""Seconds that an address of the host may take: pods may reach what this machine does not."""


class Server(OnServer):
    """A MySQL server as this stack counts on it.

    Inputs: `host` and `port`, as the pods dial it; `addresses`, of the host, where they are known;
    `replica`, whether the host may be another server than the admin's; `owner`, the stack's mark;
    `database`, the `rows` in it and the account of `reader` and `readerHost`, which the admin is to
    make there;
    `adopt`, what of it is taken over if it is there; `image` of the pods, and whether they use
    `tls`.

    State besides: `endpoint`; `uuid`, its `server_uuid`, and `answering`, which one a refresh found
    in its place; `facts`, see :class:`mysql.driver.ServerFacts`.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        "host": text,
        "port": port,
        "addresses": texts,
        "replica": flag,
        "owner": owner,
        "database": schema,
        "rows": ratings_table.rows,
        "reader": user,
        "readerHost": account_host,
        "adopt": names.words,
        "image": text,
        "tls": flag,
    }

    def check(self, urn: str, news: Properties, olds: Properties | None = None) -> Checked:
        """Add the endpoint, so that another one is a difference."""
        checked = super().check(urn, news, olds)
        endpoint = self.configuration.admin.endpoint
        return Checked({**checked.inputs, "endpoint": endpoint}, checked.failures)

    def diff(self, _urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare; a server that another one has taken the place of differs too."""
        if state["answering"] != state["uuid"]:
            return [Change("answering")]
        # Not the addresses: they change by themselves, and another server is known by its UUID.
        return changed(_full(state, inputs), inputs, (*_LOOKED_AT, "owner", "image", "tls"))

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """Look at the server already: nothing else has been changed yet."""
        return self._look(urn, state, inputs)

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Look at the server."""
        state = self._look(urn, None, inputs)
        return state["uuid"], state

    def update(self, urn: str, state: Properties, inputs: Properties) -> Properties:
        """Look at it again; another server in its place is refused."""
        return self._look(urn, state, inputs)

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found:
        """See who answers now."""
        with self.configuration.connect() as connection:
            facts = _facts(connection)
            answering = server_uuid(connection)
        return Found({**state, "facts": facts, "answering": answering}, inputs)

    def delete(self, urn: str, state: Properties) -> None:
        """Give back what no other resource knows of: a run that was cut off may have taken it."""
        if state.get("adopt"):
            with self.connect({"server": state["uuid"]}) as connection:
                if left := give_back(connection, state["database"], state["owner"], {}):
                    self.engine.warn(urn, left)

    def _look(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        known = state is not None and state["answering"] == state["uuid"]
        if state and known and not changed(_full(state, inputs), inputs, _LOOKED_AT):
            # Another image, on a server that is known: that it is away today does not matter.
            _refuse_image(inputs, state["facts"])
            return {**inputs, **{name: state[name] for name in ("facts", "uuid", "answering")}}
        expected = state["uuid"] if state else ""
        with self.configuration.connect(expected) as connection:
            uuid, facts = server_uuid(connection), _facts(connection)
            if problem := version_problem(facts["version"]):
                raise DatabaseProblem("; ".join(problem).format(version=facts["version"]))
            _refuse_image(inputs, facts)
            lacking = admin_rights.lacking(connection, inputs["database"], facts["version"])
            if not lacking:
                self._refuse_taken(urn, connection, state, inputs)
        if lacking:
            raise DatabaseProblem(
                f"mysql:username: {self.configuration.admin.username} may not do enough; "
                f"run, as one who may: {'; '.join(lacking)}"
            )
        self._trusted_by_all(pods=inputs["tls"])
        if not inputs["replica"]:
            self._compare(urn, inputs, uuid)
        return {**inputs, "facts": facts, "uuid": uuid, "answering": uuid}

    def _refuse_taken(
        self, urn: str, connection: Connection, state: Properties | None, inputs: Properties
    ) -> None:
        """See that the names of all that is to be made can be had: nothing is made yet."""
        before = state or self.predecessor(urn)
        owners, endpoint = self.owners(urn, inputs), self.configuration.admin.endpoint
        if lines := names.taken(connection, before, inputs, owners, endpoint):
            raise DatabaseProblem("\n".join(lines))

    def _trusted_by_all(self, *, pods: bool) -> None:
        """See that pulumi-mysql trusts the server too, and pods that dial it over TLS."""
        admin = self.configuration.admin
        if pods and (problem := untrusted_by_pods(admin)):
            raise DatabaseProblem("; ".join(BY_PODS).format(problem=problem))
        if problem := untrusted(admin, os.environ):
            said = "; ".join(BY_PULUMI_MYSQL)
            raise DatabaseProblem(said.format(problem=problem, folder=folder_of(admin)))

    def _compare(self, urn: str, inputs: Properties, uuid: str) -> None:
        """See that the host is the server on which everything is made."""
        admin, host, number = self.configuration.admin, inputs["host"], inputs["port"]
        if not is_socket(admin.endpoint) and admin.address == (host, number):
            return
        for address in _addresses(inputs):
            try:
                found = _uuid_at(admin, host, address, number)
            except DatabaseProblem as problem:
                self.engine.warn(
                    urn, f"whether {host} is the server of mysql:endpoint was not seen: {problem}"
                )
                return
            if found != uuid:
                raise DatabaseProblem(
                    f"host: {host} ({address}) is the MySQL server {found}, and mysql:endpoint "
                    f"({admin.endpoint}) is {uuid}: what is made there would not be read here; "
                    "give two names of one server, or say that it is a replica of it"
                )


def _full(state: Properties, inputs: Properties) -> Properties:
    """Give a state what it lacks where an older program wrote it: it stands on these names."""
    return {**{name: inputs[name] for name in ("owner", *names.INPUTS)}, "adopt": [], **state}


def _refuse_image(inputs: Properties, facts: Properties) -> None:
    known = ServerFacts(facts["version"], facts["accountPlugin"], facts["tlsOnly"])
    if problem := image_problem(inputs["image"], known, tls=inputs["tls"]):
        raise DatabaseProblem(problem)


def _addresses(inputs: Properties) -> list[str]:
    if inputs["addresses"]:
        return [address.partition("/")[0] for address in inputs["addresses"]]
    return [inputs["host"]]


def _uuid_at(admin: Admin, host: str, address: str, port: int) -> str:
    """Log in at one address of the host, whose certificate is to be the host's."""
    there = replace(admin, endpoint=f"{host}:{port}")
    try:
        dialled = socket.create_connection((address, port), timeout=_DIALLED_IN)
    except OSError as error:
        raise DatabaseProblem(f"{address} port {port} does not answer: {error}") from None
    with dialled, as_admin(there).connected(dialled) as connection:
        return server_uuid(connection)


def _facts(connection: Connection) -> Properties:
    facts = read_facts(connection)
    return {
        "version": facts.version,
        "accountPlugin": facts.account_plugin,
        "tlsOnly": facts.tls_only,
    }
