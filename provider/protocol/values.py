"""Property values between the engine and a plugin: protobuf structs on the wire, Python here.

A plugin that does not accept secrets is sent them in clear by the engine, which marks what comes
back; the published plugins of this project do it so. So only the way out knows of secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from google.protobuf import struct_pb2

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, no password
UNKNOWN_MARK: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""These three mark special values in Pulumi's protocol (``pulumi/runtime/rpc.py`` of the SDK)."""


class Unknown:
    """A value that is only known after the update."""

    def __repr__(self) -> str:
        """For messages."""
        return "<unknown>"


UNKNOWN: Final = Unknown()

Value = Any
"""None, bool, int, float, str, a list or dict of these, or :data:`UNKNOWN`."""

Properties = dict[str, Value]
"""Values by property name."""


def from_wire(struct: struct_pb2.Struct) -> Properties:
    """Read properties; nulls are left out, secrets are opened."""
    values = {name: _value(field) for name, field in struct.fields.items()}
    return {name: value for name, value in values.items() if value is not None}


def to_wire(properties: Mapping[str, Value], secret: Collection[str] = ()) -> struct_pb2.Struct:
    """Write properties.

    Args:
        properties: By name.
        secret: The names of those that the engine has to encrypt and never to show.
    """
    marked = {
        name: {SIGNATURE: SECRET, "value": value} if name in secret else value
        for name, value in properties.items()
    }
    return struct_pb2.Struct(fields={name: _field(value) for name, value in marked.items()})


def _value(field: struct_pb2.Value) -> Value:
    match field.WhichOneof("kind"):
        case "bool_value":
            return field.bool_value
        case "number_value":
            number = field.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return UNKNOWN if field.string_value == UNKNOWN_MARK else field.string_value
        case "list_value":
            return [_value(item) for item in field.list_value.values]
        case "struct_value":
            fields = field.struct_value.fields
            if SIGNATURE in fields:
                return _value(fields["value"])
            return {name: _value(item) for name, item in fields.items()}
    return None


def _field(value: Value) -> struct_pb2.Value:
    match value:
        case Unknown():
            return struct_pb2.Value(string_value=UNKNOWN_MARK)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case list():
            items = [_field(item) for item in value]
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
        case dict():
            return struct_pb2.Value(struct_value=to_wire(value))
    return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
