"""HCL as `terraform fmt` leaves it: aligned, two spaces, comments that say why.

Together with `hcl_values` and `hcl_lines` the only place that knows HCL's spelling.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from outgrow.render.writers.expressions import (
    Block,
    Lifecycle,
    ModuleCall,
    OutputBlock,
    ProviderBlock,
    Ref,
    ResourceBlock,
    Value,
    VariableBlock,
)
from outgrow.render.writers.hcl_lines import (
    LINE_WIDTH,
    Line,
    aligned,
    comment_lines,
    indented,
)
from outgrow.render.writers.hcl_values import address_text, argument_lines, quoted


def hcl_text(blocks: Iterable[str], header: str = "") -> str:
    """Return blocks as one file, an empty line between them, `header` as its first comment."""
    parts = ["\n".join(comment_lines(header, 0))] if header else []
    return "\n\n".join([*parts, *blocks]) + "\n"


def resource_text(block: ResourceBlock) -> str:
    """Return a resource or a data source, its comment above it."""
    arguments: dict[str, Value | Block | Sequence[Block]] = dict(block.arguments)
    lines = _waivers(block.waivers)
    if block.provider:
        lines.append(Line("provider", block.provider))
    lines += _body_lines(arguments, 1)
    lines += _lifecycle(block.lifecycle)
    if block.depends_on:
        lines += [Line(""), Line("depends_on", _addresses(block.depends_on))]
    return _labelled(f'{block.kind} "{block.type}" "{block.name}"', lines, block.comment)


def variable_text(block: VariableBlock) -> str:
    """Return a variable with its type, its default and what it must satisfy."""
    lines = [
        Line("description", quoted(block.description)),
        Line("type", block.type),
    ]
    if block.default is not None:
        lines += argument_lines("default", block.default, 1)
    if block.sensitive:
        lines.append(Line("sensitive", "true"))
    if block.ephemeral:
        lines.append(Line("ephemeral", "true"))
    if block.condition:
        checks = [
            Line("condition", block.condition),
            Line("error_message", quoted(block.error_message)),
        ]
        lines += [Line(""), *_nested("validation", checks)]
    return _labelled(f'variable "{block.name}"', lines)


def output_text(block: OutputBlock) -> str:
    """Return an output with what it is for."""
    lines = [Line("description", quoted(block.description))]
    lines += argument_lines("value", block.value, 1)
    if block.sensitive:
        lines.append(Line("sensitive", "true"))
    return _labelled(f'output "{block.name}"', lines)


def call_text(block: ModuleCall, source: str) -> str:
    """Return the use of a child module that lies in the folder `source`."""
    lines = [Line("source", quoted(source)), Line("")]
    lines.append(Line("providers = {"))
    pairs = [Line(inner, outer) for inner, outer in block.providers.items()]
    lines += [Line("  " + line) for line in aligned(pairs)]
    lines.append(Line("}"))
    if block.arguments:
        lines += [Line(""), *_body_lines(block.arguments, 1)]
    return _labelled(f'module "{block.name}"', lines, block.comment)


def provider_text(block: ProviderBlock) -> str:
    """Return the configuration of the AWS provider for one region."""
    lines = [Line("alias", quoted(block.alias))] if block.alias else []
    lines.append(Line("region", quoted(block.region)))
    if block.tags:
        tags = _body_lines({"default_tags": Block({"tags": dict(block.tags)})}, 1)
        lines += [Line(""), *tags]
    return _labelled('provider "aws"', lines, block.comment)


def block_text(header: str, arguments: Mapping[str, Value | Block | Sequence[Block]]) -> str:
    """Return any other block, `terraform` or `mock_provider "aws"`."""
    return _labelled(header, _body_lines(arguments, 1))


def _addresses(refs: Sequence[Ref]) -> str:
    names = [address_text(ref) for ref in refs]
    line = f"[{', '.join(names)}]"
    if len(line) + len("  depends_on = ") <= LINE_WIDTH:
        return line
    return "\n".join(["[", *(f"    {name}," for name in names), "  ]"])


def _body_lines(arguments: Mapping[str, Value | Block | Sequence[Block]], depth: int) -> list[Line]:
    """Return the arguments and then the blocks, an empty line above each block.

    An empty list may stand for no block as well as for no value: it is left out.
    """
    lines: list[Line] = []
    for key, value in arguments.items():
        if not _blocks(value) and not _is_empty_list(value):
            lines += argument_lines(key, value, depth)  # type: ignore[arg-type]
    for key, value in arguments.items():
        for block in _blocks(value):
            lines += [Line("")] if lines else []
            lines += [Line(line) for line in comment_lines(block.comment, 0, depth)]
            lines += _nested(key, _body_lines(block.arguments, depth + 1))
    return lines


def _is_empty_list(value: Value | Block | Sequence[Block]) -> bool:
    return isinstance(value, Sequence) and not value and not isinstance(value, str)


def _blocks(value: Value | Block | Sequence[Block]) -> Sequence[Block]:
    if isinstance(value, Block):
        return [value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [one for one in value if isinstance(one, Block)]
    return []


def _nested(header: str, lines: Sequence[Line]) -> list[Line]:
    if not lines:
        return [Line(f"{header} {{}}")]
    return [Line(f"{header} {{"), *(Line(indented("  ", t)) for t in aligned(lines)), Line("}")]


def _lifecycle(lifecycle: Lifecycle | None) -> list[Line]:
    if lifecycle is None:
        return []
    lines = []
    if lifecycle.create_before_destroy:
        lines.append(Line("create_before_destroy", "true"))
    if lifecycle.prevent_destroy:
        lines.append(Line("prevent_destroy", "true"))
    if lifecycle.ignore_changes:
        lines.append(Line("ignore_changes", f"[{', '.join(lifecycle.ignore_changes)}]"))
    return [Line(""), *_nested("lifecycle", lines)] if lines else []


def _waivers(waivers: Sequence[tuple[str, str]]) -> list[Line]:
    """Return checkov's own comments; it reads one line each and none of them wraps."""
    return [Line(f"#checkov:skip={code}: {' '.join(why.split())}") for code, why in waivers]


def _labelled(header: str, lines: Sequence[Line], comment: str = "") -> str:
    above = comment_lines(comment, 0)
    while lines and lines[0] == Line(""):
        lines = lines[1:]
    if not lines:
        return "\n".join([*above, f"{header} {{}}"])
    body = [indented("  ", line) for line in aligned(lines)]
    return "\n".join([*above, f"{header} {{", *body, "}"])
