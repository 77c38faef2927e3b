"""The text of each Python file of the program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from outgrow.render.pulumi_aws.places import Address, File, address_of, package_of
from outgrow.render.pulumi_aws.program import (
    Program,
    alias_of,
    expression_of,
    is_known_late,
    logical_name,
    origin,
    qualified,
)
from outgrow.render.writers.expressions import (
    FileText,
    ModuleOutput,
    ProviderBlock,
    Ref,
    ResourceBlock,
    Value,
    Var,
    VariableBlock,
)
from outgrow.render.writers.pulumi_python import (
    Scope,
    Spelled,
    look_up_code,
    resource_code,
    value_code,
)
from outgrow.render.writers.python_text import (
    LINE_WIDTH,
    Code,
    Group,
    Item,
    call,
    comment_lines,
    dictionary,
    listed,
    statement,
    string,
)

_REQUIRED = {"string": "require", "number": "require_float", "bool": "require_bool"}
_TYPES = {
    "string": "str",
    "number": "float",
    "bool": "bool",
    "list(string)": "list[str]",
    "map(string)": "dict[str, str]",
}


class _Imports:
    """What a file has referred to while its text was made."""

    def __init__(self) -> None:
        self.plain: set[str] = set()
        self.files: set[File] = set()
        self.local: set[str] = set()


def section_text(program: Program, file: File, title: str) -> str:
    """Return the file of one section."""
    imports = _Imports()
    body = [_block_text(program, file, one, imports) for one in program.files[file]]
    return _file_text(title, imports, file, body)


def main_text(program: Program, title: str) -> str:
    """Return `__main__.py`: it runs every section and exports what the graph shows."""
    imports = _Imports()
    exports = [
        "\n".join([*comment_lines(output.description), _export(imports, output.name, value)])
        for output in program.modules[""].outputs
        for value in [_output_value(program, output.value, output.sensitive, imports)]
    ]
    used = set(imports.files)
    imports.files |= set(program.files)
    head = _import_lines(imports, None, unused=set(program.files) - used)
    title = f"{title}\n\nEach section makes its resources when it is imported.\n"
    return "\n".join([f'"""{title}"""', "", *head, *([""] if exports else []), *exports]) + "\n"


def settings_text(variables: Sequence[VariableBlock]) -> str:
    """Return `settings.py`: every value that the stack's configuration gives."""
    lines = ['"""What the configuration of the stack gives; `Pulumi.yaml` describes each."""', ""]
    lines += ["import pulumi", "", "config = pulumi.Config()", ""]
    for variable in variables:
        method = _REQUIRED.get(variable.type, "require_object")
        kind = _TYPES[variable.type]
        if variable.sensitive:
            method = method.replace("require", "require_secret")
            kind = f"pulumi.Output[{kind}]"
        get = call(f"config.{method}", [Item(string(variable.name))])
        lines.append(statement(get, f"{variable.name}: {kind} = "))
    return "\n".join(lines) + "\n"


def providers_text(providers: Sequence[ProviderBlock]) -> str:
    """Return `providers.py`: one provider for each region beside the stack's own."""
    lines = ['"""Providers of the regions beside the one that the stack configures."""', ""]
    lines += ["import pulumi_aws as aws", ""]
    for provider in providers:
        if not provider.alias:
            continue
        tags = dictionary(Item(string(v), f"{string(k)}: ") for k, v in tags_of(provider).items())
        items = [
            Item(string(provider.alias)),
            Item(string(provider.region), "region="),
            Item(dictionary([Item(tags, '"tags": ')]), "default_tags="),
        ]
        lines += comment_lines(provider.comment)
        lines.append(statement(call("aws.Provider", items), f"{provider.alias} = "))
    return "\n".join(lines) + "\n"


def tags_of(provider: ProviderBlock) -> Mapping[str, str]:
    """Return the tags of everything, with Pulumi as what manages it."""
    return {k: "pulumi" if k == "ManagedBy" else v for k, v in provider.tags.items()}


def _file_text(title: str, imports: _Imports, file: File, body: Iterable[str]) -> str:
    head = _import_lines(imports, file, unused=set())
    return "\n".join([f'"""{title}"""', "", *head, "", "\n\n".join(body)]) + "\n"


def _import_lines(imports: _Imports, file: File | None, unused: set[File]) -> list[str]:
    plain = [f"import {name}" for name in sorted(imports.plain) if "." not in name]
    plain += ["from pathlib import Path"] if "pathlib.Path" in imports.plain else []
    third = ["import pulumi"] if "pulumi" in imports.local else []
    third += ["import pulumi_aws as aws"] if "aws" in imports.local else []
    groups = [plain, third, _own_imports(imports, file, unused)]
    return "\n\n".join("\n".join(group) for group in groups if group).split("\n")


def _own_imports(imports: _Imports, file: File | None, unused: set[File]) -> list[str]:
    """Return the imports of other files; those of the same package share a line."""
    here = file.package if file else ""
    own = [f"import {name}" for name in imports.local - {"pulumi", "aws"}]
    froms = []
    for home in imports.files:
        note = "  # noqa: F401" if home in unused else ""
        alias = alias_of(home, file)
        if home.package and home.package != here:
            froms.append(f"from {home.package} import {home.name} as {alias}{note}")
        elif not home.package:
            own.append(f"import {home.name}{f' as {alias}' if alias != home.name else ''}{note}")
    near = sorted(home.name for home in imports.files if here and home.package == here)
    if near:
        froms.append(_import_of(here, near))
    return [*sorted(own), *sorted(froms)]


def _import_of(package: str, names: Sequence[str]) -> str:
    """Return one import of several names, in parentheses where a line does not hold them."""
    line = f"from {package} import {', '.join(names)}"
    if len(line) <= LINE_WIDTH:
        return line
    return "\n".join([f"from {package} import (", *(f"    {name}," for name in names), ")"])


def _block_text(program: Program, file: File, one: Address, imports: _Imports) -> str:
    block = program.blocks[one]
    scope = _scope(program, one.module, file, imports)
    imports.local.add("aws")
    options = _options(program, file, one, imports)
    if block.kind == "data":
        code = look_up_code(block, options, scope).code
    else:
        code = resource_code(block, logical_name(one), options, scope)
        if options:
            imports.local.add("pulumi")
    variable = program.variables.get(one)
    text = statement(code, f"{variable} = " if variable else "")
    _note_modules(text, imports)
    notes = [block.comment, *(f"checkov {code}: {why}" for code, why in block.waivers)]
    return "\n".join([*(line for note in notes for line in comment_lines(note)), text])


def _note_modules(text: str, imports: _Imports) -> None:
    """Add the imports of what every file may use: its text says whether it does."""
    for name in ("json", "base64", "hashlib"):
        if f"{name}.dumps(" in text.replace("Output.json_dumps", "") or f"{name}.b64" in text:
            imports.plain.add(name)
        if f"{name}.sha256(" in text:
            imports.plain.add(name)
    if "pulumi." in text:
        imports.local.add("pulumi")


def _options(program: Program, file: File, one: Address, imports: _Imports) -> list[Item]:
    block = program.blocks[one]
    items = []
    provider = program.provider_of(one)
    if provider:
        imports.local |= {"providers", "pulumi"}
        items.append(Item(f"providers.{provider}", "provider="))
    if block.depends_on:
        needs = [_named(program, one.module, ref, file, imports) for ref in block.depends_on]
        items.append(Item(listed([Item(need) for need in needs]), "depends_on="))
    return [*items, *_lifecycle(block)]


def _lifecycle(block: ResourceBlock) -> list[Item]:
    """Return what Terraform's `lifecycle` says; Pulumi creates before it destroys anyway."""
    if block.lifecycle is None:
        return []
    items = [Item("True", "protect=")] if block.lifecycle.prevent_destroy else []
    ignored = [Item(string(name)) for name in block.lifecycle.ignore_changes]
    return [*items, Item(listed(ignored), "ignore_changes=")] if ignored else items


def _named(program: Program, module: str, ref: Ref, file: File | None, imports: _Imports) -> str:
    one = address_of(module, ref)
    home = program.file_of(one)
    if home != file:
        imports.files.add(home)
    return qualified(program, one, file)


def _scope(program: Program, module: str, file: File | None, imports: _Imports) -> Scope:
    def leaf(found: Ref | Var | ModuleOutput) -> Spelled:
        place, value = origin(program, module, found)
        if isinstance(value, Ref):
            _named(program, place, value, file, imports)
            late = is_known_late(program, place, value)
            return Spelled(expression_of(program, value, place, file), late)
        if isinstance(value, Var):
            imports.local.add("settings")
            known = {v.name: v for v in program.modules[""].variables}
            return Spelled(f"settings.{value.name}", known[value.name].sensitive)
        return value_code(value, _scope(program, place, file, imports))

    def text(found: FileText) -> Spelled:
        return Spelled(_file_code(found, imports))

    return Scope(leaf, text)


def _file_code(found: FileText, imports: _Imports) -> Code:
    """Return what reads a file beside the program; packages keep theirs in their own folder."""
    imports.plain.add("pathlib.Path")
    if found.as_path:
        return _archive(found.path)
    path = f"(Path(__file__).parent / {string(found.path)})"
    if found.as_base64:
        imports.plain.add("base64")
        return Group("base64.b64encode(", (Item(f"{path}.read_bytes()"),), ").decode()")
    return f"{path}.read_text()"


def _archive(path: str) -> Group:
    """Return an archive of the source that the package `path` is made of: Pulumi packs it."""
    source = path.removesuffix(".zip") + ".py"
    file = call("str", [Item(f"Path(__file__).parent / {string(source)}")])
    asset = call("pulumi.FileAsset", [Item(file)])
    content = dictionary([Item(asset, f"{string(source.rsplit('/', 1)[-1])}: ")])
    return call("pulumi.AssetArchive", [Item(content)])


def _output_value(program: Program, value: Value, sensitive: bool, imports: _Imports) -> Spelled:
    found = value_code(value, _scope(program, "", None, imports))
    if not sensitive:
        return found
    return Spelled(call("pulumi.Output.secret", [Item(found.code)]), is_output=True)


def _export(imports: _Imports, name: str, value: Spelled) -> str:
    imports.local.add("pulumi")
    return statement(call("pulumi.export", [Item(string(name)), Item(value.code)]))


def module_files(program: Program) -> dict[str, str]:
    """Return the texts that stand beside the program, each in its package's folder."""
    return {
        f"{package_of(key)}/{path}".lstrip("/"): text
        for key, module in program.modules.items()
        for path, text in module.files.items()
    }
