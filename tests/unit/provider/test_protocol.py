"""The provider protocol as the engine sees it: values, differences, refusals, lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2

from provider.protocol import values
from provider.protocol.engine import Engine
from provider.protocol.service import (
    Change,
    Checked,
    Failure,
    Found,
    Kind,
    Provider,
    RefusedError,
    Resource,
    Settings,
)
from provider.protocol.values import UNKNOWN, Properties, from_wire, to_wire

# --- values


def test_special_values_are_marked_as_the_sdk_marks_them() -> None:
    assert rpc._special_sig_key == values.SIGNATURE  # noqa: SLF001
    assert rpc._special_secret_sig == values.SECRET  # noqa: SLF001
    assert rpc.UNKNOWN == values.UNKNOWN_MARK


TEXTS = st.text("aé\n'`%", max_size=5)


@given(
    st.dictionaries(
        TEXTS,
        st.recursive(
            st.booleans() | st.integers(-(2**53), 2**53) | TEXTS | st.just(UNKNOWN),
            lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
            max_leaves=6,
        ),
    )
)
def test_what_is_written_is_read_back(properties: dict[str, Any]) -> None:
    assert from_wire(to_wire(properties)) == properties
    assert from_wire(to_wire(properties, properties)) == properties


def hidden(properties: struct_pb2.Struct) -> set[str]:
    """Give the names of the properties that the engine hides."""
    read = rpc.deserialize_properties(properties)
    return {name for name, value in read.items() if rpc.is_rpc_secret(value)}


def test_secrets_are_marked_on_the_way_out() -> None:
    assert hidden(to_wire({"password": "p", "user": "u"}, ["password"])) == {"password"}


def test_nulls_are_left_out() -> None:
    assert from_wire(to_wire({"gone": None})) == {}


# --- calls of the engine


class Thing:
    """A resource that keeps what it is told."""

    secrets = ("word",)

    def check(self, _urn: str, news: Properties, olds: Properties | None = None) -> Checked:
        failures = [] if "name" in news else [Failure("it is missing", "name")]
        size = 3 if olds is None else olds["size"]
        return Checked({"size": size, **news}, failures)

    def diff(self, _urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        return [
            *([Change("name", replaces=True)] if state["name"] != inputs["name"] else []),
            *(Change(f'rows["{row}"]', kind=kind) for row, kind in inputs.get("rows", {}).items()),
        ]

    def plan(self, _urn: str, state: Properties | None, inputs: Properties) -> Properties:
        return {**(state or {}), **inputs, "planned": True}

    def create(self, _urn: str, inputs: Properties) -> tuple[str, Properties]:
        return inputs["name"], inputs

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        return Found(state, inputs) if state["name"] != "gone" else None

    def update(self, _urn: str, state: Properties, inputs: Properties) -> Properties:
        return {**state, **inputs}

    def delete(self, _urn: str, state: Properties) -> None:
        if state["name"] == "stuck":
            raise RefusedError(f"{state['name']} is stuck")
        raise KeyError(state["word"])


class Taken(Settings):
    """Settings of which one is a secret."""

    secrets = ("password",)

    def __init__(self) -> None:
        self.taken: Properties = {}
        self.prepared: list[Properties] = []

    def prepare(self, settings: Properties) -> None:
        self.prepared.append(settings)

    def check(self, news: Properties) -> Checked:
        failures = [Failure("is not set", "endpoint")] if "endpoint" not in news else []
        return Checked(news, failures)

    def take(self, settings: Properties) -> None:
        if settings.get("endpoint") == "nowhere":
            raise RefusedError("mysql:endpoint: nowhere is no host")
        self.taken = settings


class Refused(Exception):
    """What the engine would be told."""


class Context:
    """A call of the engine's."""

    def abort(self, code: object, message: str) -> None:
        assert code is grpc.StatusCode.UNKNOWN
        raise Refused(message)


CONTEXT: Any = Context()
SETTINGS = Taken()
RESOURCES: Mapping[str, Resource] = {"a:b:C": Thing()}
PROVIDER = Provider("1.0.0", SETTINGS, RESOURCES)
URN = "urn:pulumi:dev::p::parent$a:b:C::mine"


def wire(**properties: Any) -> struct_pb2.Struct:
    return to_wire(properties)


def test_its_version_is_told() -> None:
    assert PROVIDER.GetPluginInfo(empty_pb2.Empty(), CONTEXT).version == "1.0.0"


def test_a_refusal_reaches_the_engine_in_one_line() -> None:
    left = "; until then mine stays, and all behind it: the same command goes on from there"
    with pytest.raises(Refused, match=f"^stuck is stuck{left}$"):
        PROVIDER.Delete(provider_pb2.DeleteRequest(urn=URN, properties=wire(name="stuck")), CONTEXT)


def test_a_bug_is_one_line_that_says_where_and_not_with_which_values() -> None:
    state = wire(name="x", word="s3cret")
    with pytest.raises(Refused) as refused:
        PROVIDER.Delete(provider_pb2.DeleteRequest(urn=URN, properties=state), CONTEXT)
    line = str(refused.value)
    assert line.startswith(f"KeyError at {__file__}:")
    assert line.endswith(": a bug of this plugin; please report it")
    assert "\n" not in line
    assert "Traceback" not in line
    assert "s3cret" not in line


def test_a_type_that_is_not_known_is_refused_by_name() -> None:
    request = provider_pb2.CheckRequest(urn="urn:pulumi:dev::p::parent$a:b:D::mine")
    with pytest.raises(Refused, match="has a:b:C, but no a:b:D"):
        PROVIDER.Check(request, CONTEXT)


def test_what_is_wrong_with_an_input_is_said_with_its_name() -> None:
    answer = PROVIDER.Check(provider_pb2.CheckRequest(urn=URN, news=wire(word="low")), CONTEXT)
    assert [(f.property, f.reason) for f in answer.failures] == [("name", "it is missing")]
    assert from_wire(answer.inputs) == {"size": 3, "word": "low"}
    assert hidden(answer.inputs) == {"word"}


# --- the provider's own settings


def test_a_secret_setting_stays_hidden_once_it_is_checked() -> None:
    news = wire(endpoint="mysql.example.com", password="s3cret")
    answer = PROVIDER.CheckConfig(provider_pb2.CheckRequest(news=news), CONTEXT)
    assert hidden(answer.inputs) == {"password"}
    assert list(answer.failures) == []


def test_only_what_the_stack_did_not_have_before_is_got_ready_for() -> None:
    settings, news = Taken(), wire(endpoint="mysql.example.com")
    provider = Provider("1.0.0", settings, {})
    provider.CheckConfig(provider_pb2.CheckRequest(news=news, olds=news), CONTEXT)
    assert settings.prepared == []
    provider.CheckConfig(provider_pb2.CheckRequest(news=news), CONTEXT)
    assert settings.prepared == [{"endpoint": "mysql.example.com"}]


def test_what_is_wrong_with_a_setting_is_said_with_its_name() -> None:
    answer = PROVIDER.CheckConfig(provider_pb2.CheckRequest(news=wire()), CONTEXT)
    assert [(f.property, f.reason) for f in answer.failures] == [("endpoint", "is not set")]


def test_another_setting_is_a_difference_and_no_new_provider() -> None:
    request = provider_pb2.DiffRequest(
        olds=wire(endpoint="a", tls="true", ca="x"),
        news=wire(endpoint="b", tls="true", username="u"),
    )
    answer = PROVIDER.DiffConfig(request, CONTEXT)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.diffs) == ["ca", "endpoint", "username"]
    assert list(answer.replaces) == []


def test_settings_are_taken_and_previews_are_answered() -> None:
    request = provider_pb2.ConfigureRequest(args=wire(endpoint="mysql.example.com"))
    assert PROVIDER.Configure(request, CONTEXT).supportsPreview
    assert SETTINGS.taken == {"endpoint": "mysql.example.com"}


def test_a_setting_that_cannot_be_taken_is_one_line() -> None:
    with pytest.raises(Refused, match=r"^mysql:endpoint: nowhere is no host$"):
        PROVIDER.Configure(provider_pb2.ConfigureRequest(args=wire(endpoint="nowhere")), CONTEXT)


# --- differences


def diff(old: Properties, new: Properties) -> provider_pb2.DiffResponse:
    request = provider_pb2.DiffRequest(urn=URN, olds=to_wire(old), news=to_wire(new))
    return PROVIDER.Diff(request, CONTEXT)


def test_what_is_as_wanted_makes_no_difference() -> None:
    answer = diff({"name": "x"}, {"name": "x"})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE
    assert not answer.hasDetailedDiff


def test_each_entry_that_differs_is_named_with_what_becomes_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes = [
        Change('rows["7"]', kind=Kind.ADD),
        Change('rows["1"]', kind=Kind.DELETE),
        Change('rows["2"]'),
        Change("login.plugin"),
        Change("database", replaces=True),
        Change('names["a"]', replaces=True, kind=Kind.DELETE),
    ]
    monkeypatch.setattr(Thing, "diff", lambda *_: changes)
    answer = diff({}, {})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert answer.hasDetailedDiff
    assert {
        path: provider_pb2.PropertyDiff.Kind.Name(each.kind)
        for path, each in answer.detailedDiff.items()
    } == {
        'rows["7"]': "ADD",
        'rows["1"]': "DELETE",
        'rows["2"]': "UPDATE",
        "login.plugin": "UPDATE",
        "database": "UPDATE_REPLACE",
        'names["a"]': "DELETE_REPLACE",
    }
    # The other two lists know no paths.
    assert list(answer.diffs) == ["database", "login", "names", "rows"]
    assert list(answer.replaces) == ["database", "names"]


def test_what_the_engine_cannot_show_is_a_difference_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Thing, "diff", lambda *_: [Change("known", shown=False)])
    answer = diff({}, {})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.diffs) == ["known"]
    assert not answer.hasDetailedDiff
    assert not answer.detailedDiff


# --- the life of a resource


def test_inputs_are_checked_with_those_with_which_it_stands() -> None:
    def size(**olds: object) -> object:
        request = provider_pb2.CheckRequest(urn=URN, olds=wire(**olds), news=wire(name="x"))
        return from_wire(PROVIDER.Check(request, CONTEXT).inputs)["size"]

    assert size(name="x", size=5) == 5
    assert size() == 3  # there is none


def test_a_preview_makes_nothing_and_keeps_what_is_not_known() -> None:
    request = provider_pb2.CreateRequest(
        urn=URN, properties=to_wire({"name": "x", "word": UNKNOWN}), preview=True
    )
    answer = PROVIDER.Create(request, CONTEXT)
    assert answer.id == ""
    assert from_wire(answer.properties) == {"name": "x", "word": UNKNOWN, "planned": True}


def test_a_preview_of_an_update_changes_nothing() -> None:
    for preview in (True, False):
        request = provider_pb2.UpdateRequest(
            urn=URN, olds=wire(name="x"), news=wire(word="low"), preview=preview
        )
        answer = PROVIDER.Update(request, CONTEXT)
        assert ("planned" in from_wire(answer.properties)) is preview
        assert hidden(answer.properties) == {"word"}


def test_what_is_made_has_an_id_and_hides_its_secrets() -> None:
    request = provider_pb2.CreateRequest(urn=URN, properties=wire(name="x", word="low"))
    answer = PROVIDER.Create(request, CONTEXT)
    assert answer.id == "x"
    assert from_wire(answer.properties) == {"name": "x", "word": "low"}
    assert hidden(answer.properties) == {"word"}


def test_what_is_read_hides_its_secrets_in_state_and_inputs() -> None:
    seen = wire(name="x", word="low")
    request = provider_pb2.ReadRequest(urn=URN, id="x", properties=seen, inputs=seen)
    answer = PROVIDER.Read(request, CONTEXT)
    assert hidden(answer.properties) == hidden(answer.inputs) == {"word"}


def test_a_resource_that_is_gone_has_no_id() -> None:
    for name, identity in (("x", "x"), ("gone", "")):
        request = provider_pb2.ReadRequest(urn=URN, id=name, properties=wire(name=name))
        assert PROVIDER.Read(request, CONTEXT).id == identity


def test_what_exists_is_not_imported() -> None:
    with pytest.raises(Refused, match="cannot import what exists"):
        PROVIDER.Read(provider_pb2.ReadRequest(urn=URN, id="x"), CONTEXT)


# --- what people are told


class Log(engine_pb2_grpc.EngineServicer):
    """An engine that writes down what it is told."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str]] = []

    def Log(self, request: engine_pb2.LogRequest, _: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802 - gRPC's name
        severity = engine_pb2.LogSeverity.Name(request.severity)
        self.said.append((severity, request.urn, request.message))
        return empty_pb2.Empty()


@pytest.fixture
def log() -> Iterator[tuple[Log, str]]:
    log, server = Log(), grpc.server(ThreadPoolExecutor(1))
    engine_pb2_grpc.add_EngineServicer_to_server(log, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield log, f"127.0.0.1:{port}"
    server.stop(None).wait()


def test_each_line_is_said_once_under_its_resource(log: tuple[Log, str]) -> None:
    told, address = log
    engine = Engine(address)
    for _ in range(2):  # a refresh and the update after it
        engine.info("urn:a", "ReviewID 1: 5 -> 1")
        engine.warn("urn:a", "the table stays")
        engine.info("urn:b", "ReviewID 1: 5 -> 1")
    assert told.said == [
        ("INFO", "urn:a", "ReviewID 1: 5 -> 1"),
        ("WARNING", "urn:a", "the table stays"),
        ("INFO", "urn:b", "ReviewID 1: 5 -> 1"),
    ]


def test_where_no_engine_listens_nothing_is_said() -> None:
    Engine().warn("urn:a", "the table stays")
