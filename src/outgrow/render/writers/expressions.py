"""Values of an infrastructure description that are only known when it is applied.

One small language for HCL and for Pulumi's Python: a target builds `Resource` blocks out of
these, and each writer spells them in its own way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute of another block: `Ref("aws_vpc", "main", "id")`.

    A data source has `data=True`. `attribute` may go on with an index:
    `certificates[0].arn` is written `("domain_validation_options", 0, "resource_record_name")`.
    """

    type: str
    name: str
    attribute: str | tuple[str | int, ...] = "id"
    data: bool = False


@dataclass(frozen=True, slots=True)
class Var:
    """A variable of the module: `var.image_tag`."""

    name: str


@dataclass(frozen=True, slots=True)
class ModuleOutput:
    """An output of a child module: `module.us_east_1.alb_dns_name`."""

    module: str
    output: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Text with values in it: `Joined("arn:aws:s3:::", Ref(...), "/*")`."""

    parts: tuple[Value, ...]

    def __init__(self, *parts: Value) -> None:
        object.__setattr__(self, "parts", parts)


@dataclass(frozen=True, slots=True)
class JsonText:
    """A document that its attribute takes as JSON text: an IAM policy, a dashboard."""

    value: Value


@dataclass(frozen=True, slots=True)
class FileText:
    """What stands in a file beside the module: `file("agent.json")`, or its base64 hash.

    `path` is relative to the module. `as_hash` is for `source_code_hash`; `as_path` names the
    file itself, for a package that is made before it is applied.
    """

    path: str
    as_hash: bool = False
    as_base64: bool = False
    as_path: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with a comment above it: why it is so, with the strategy's line."""

    value: Value
    comment: str


@dataclass(frozen=True, slots=True)
class Block:
    """A nested block, `ingress { ... }`; a list of them for one that repeats.

    `comment` stands above it.
    """

    arguments: Mapping[str, Value | Block | Sequence[Block]]
    comment: str = ""


Value: TypeAlias = (
    "str | bool | int | Decimal | Ref | Var | ModuleOutput | Joined | JsonText | FileText | Noted"
    " | Sequence[Value] | Mapping[str, Value] | None"
)
Arguments: TypeAlias = Mapping[str, "Value | Block | Sequence[Block]"]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How changes of a resource are made, and which of its attributes others change."""

    prevent_destroy: bool = False
    create_before_destroy: bool = False
    ignore_changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceBlock:
    """A resource, or a data source, of a provider.

    `provider` is an alias (`aws.us_east_1`) where it is not the default one; `section` is
    the file it belongs to (`network`, `database`); `comment` stands above it. `waivers` are
    findings of checkov that do not apply, each with its reason: they stand inside the block.
    """

    type: str
    name: str
    arguments: Arguments
    section: str
    comment: str = ""
    kind: Literal["resource", "data"] = "resource"
    provider: str | None = None
    depends_on: tuple[Ref, ...] = ()
    lifecycle: Lifecycle | None = None
    waivers: tuple[tuple[str, str], ...] = ()

    def ref(self, attribute: str | tuple[str | int, ...] = "id") -> Ref:
        """Return an attribute of this block as a value for another one."""
        return Ref(self.type, self.name, attribute, data=self.kind == "data")


@dataclass(frozen=True, slots=True)
class VariableBlock:
    """A variable that whoever applies it gives; `default` None means that one must be given.

    An `ephemeral` one is kept in no state and no saved plan; only write-only arguments take it.
    `example` shows what a value looks like. `is_regional` says that each region has its own.
    """

    name: str
    type: Literal["string", "number", "bool", "list(string)", "map(string)"]
    description: str
    default: Value = None
    sensitive: bool = False
    ephemeral: bool = False
    condition: str | None = None  # HCL, for `validation`
    error_message: str = ""
    example: str = ""
    is_regional: bool = False


@dataclass(frozen=True, slots=True)
class OutputBlock:
    """A value to show after it was applied, or for another module to read."""

    name: str
    value: Value
    description: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class ModuleCall:
    """One use of a child module: `name` is its key among the modules, and its folder's.

    `providers` maps a provider's name within the child (`aws`, `aws.us_east_1`) to the one
    of the root.
    """

    name: str
    arguments: Mapping[str, Value]
    providers: Mapping[str, str]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ProviderBlock:
    """A provider of the root module for one region; `alias` None is the default one."""

    region: str
    alias: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Module:
    """Everything of one region or of the whole: what a writer turns into files.

    `calls` and `providers` are those of a root module. `files` are texts that stand beside
    it and that a `FileText` names.
    """

    resources: tuple[ResourceBlock, ...]
    variables: tuple[VariableBlock, ...] = ()
    outputs: tuple[OutputBlock, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[ModuleCall, ...] = ()
    providers: tuple[ProviderBlock, ...] = ()
