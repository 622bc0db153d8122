"""An exported state: its resources, with every secret taken out before anything looks at them.

https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_export/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

#: Stands where a secret was.
HIDDEN = "[secret]"

# How the engine marks a secret, encrypted or (`--show-secrets`) in clear.
# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark, no secret

_COMPONENTS = "external-mysql:index:"

Part = TypeVar("Part", bound=BaseModel)


class PictureProblem(Exception):
    """Nothing can be drawn; the message is one line for a person."""


class _Exported(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class Resource(_Exported):
    """One resource, as the state holds it.

    Attributes:
        outputs: Its properties as last seen; a secret is `HIDDEN`.
        provider: Its provider, `urn::id`.
        delete: Whether it has been replaced, and only waits for its deletion.
        init_errors: What kept it from becoming ready.
    """

    urn: str
    outputs: dict[str, Any] = {}
    provider: str = ""
    delete: bool = False
    init_errors: list[str] = []
    additional_secret_outputs: list[str] = []

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def types(self) -> list[str]:
        """Its type, behind those of the components that it is a part of."""
        return self.urn.split("::")[2].split("$")

    @property
    def kind(self) -> str:
        """The last word of its type, e.g. `Deployment`."""
        return self.types[-1].rpartition(":")[2]

    def is_part_of(self, component: str) -> bool:
        """Whether it is a child of one of this program's components."""
        return self.types[-2:-1] == [_COMPONENTS + component]

    def read(self, model: type[Part]) -> Part:
        """Read its outputs.

        Raises:
            PictureProblem: They have another shape than this program's.
        """
        try:
            return model.model_validate(self.outputs)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise PictureProblem(
                f"{where} of the {self.kind} {self.name} is not as this program writes it; "
                "was the state made by another version?"
            ) from None


class _Operation(_Exported):
    resource: Resource
    type: str


class _Deployment(BaseModel):
    resources: list[Resource] = []
    pending_operations: list[_Operation] = []


class _Export(BaseModel):
    version: int
    deployment: _Deployment = _Deployment()


class State(BaseModel):
    """What a stack is made of.

    Attributes:
        stack: Its name.
        resources: What is there, without what is about to be deleted.
        unfinished: What an interrupted run was about to do, e.g. `creating Deployment ratings`.
    """

    model_config = ConfigDict(frozen=True)

    stack: str
    resources: list[Resource] = Field(repr=False)
    unfinished: list[str]

    def of(self, component: str, kind: str) -> Resource | None:
        """Give the one resource of a kind in one of this program's components.

        Raises:
            PictureProblem: There are several.
        """
        return _only(kind, (r for r in self.all_of(component, kind)))

    def all_of(self, component: str, kind: str) -> Iterator[Resource]:
        """Give the resources of a kind in one of this program's components."""
        return (r for r in self.resources if r.kind == kind and r.is_part_of(component))

    def provider_of(self, resource: Resource) -> Resource | None:
        """Give a resource's provider."""
        urn = resource.provider.rpartition("::")[0]
        return next((r for r in self.resources if r.urn == urn), None)

    def component(self, name: str) -> Resource | None:
        """Give one of this program's components."""
        return _only(name, (r for r in self.resources if r.types[-1] == _COMPONENTS + name))


def parse(text: str | bytes) -> State:
    """Read the export of one stack.

    Raises:
        PictureProblem: It is none, it is empty, or it is another program's.
    """
    try:
        export = _Export.model_validate_json(text)
    except ValidationError:
        raise PictureProblem(
            "this is no state of a stack; give what `pulumi stack export` writes"
        ) from None
    resources = [_without_secrets(r) for r in export.deployment.resources if not r.delete]
    if all(r.types[-1].startswith("pulumi:") for r in resources):  # the stack itself, providers
        raise PictureProblem("the stack is empty, there is nothing to draw; run `pulumi up`")
    if not any(t.startswith(_COMPONENTS) for r in resources for t in r.types):
        raise PictureProblem(
            "this stack holds none of external-mysql's components; "
            "name one that does with --stack, or go to its folder"
        )
    return State(
        stack=resources[0].urn.split("::")[0].rpartition(":")[2],
        resources=resources,
        unfinished=[
            f"{operation.type} {operation.resource.kind} {operation.resource.name}"
            for operation in export.deployment.pending_operations
        ],
    )


def _only(what: str, found: Iterable[Resource]) -> Resource | None:
    resources = list(found)
    if len(resources) > 1:
        raise PictureProblem(
            f"this stack has {len(resources)} of {what}; a picture shows one wiring"
        )
    return resources[0] if resources else None


def _without_secrets(resource: Resource) -> Resource:
    outputs = {
        name: HIDDEN if name in resource.additional_secret_outputs else hide(value)
        for name, value in resource.outputs.items()
    }
    return resource.model_copy(update={"outputs": outputs})


def hide(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Put `HIDDEN` in the place of each secret in a value."""
    if isinstance(value, list):
        return [hide(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(_SIGNATURE) == _SECRET:
        return HIDDEN
    return {key: hide(inner) for key, inner in value.items()}
