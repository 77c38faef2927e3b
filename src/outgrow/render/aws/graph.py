"""The whole of a system on AWS: one root module, or a module a region under a root.

In one region everything stands in the root module "". In several, each region has a module of
its own, called once with that region's provider, and the root holds what joins them: latency
routing. What a region needs of the home region (`AwsRegion.from_home`) becomes a variable
`home_...`; what the root needs of a region (`AwsRegion.from_root`) becomes an output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from outgrow.render.aws.balancer import balancer_blocks, balancer_outputs
from outgrow.render.aws.data import (
    data_blocks,
    data_outputs,
    data_variables,
    replicated_blocks,
)
from outgrow.render.aws.edge import edge_blocks, edge_outputs, edge_variables, joined_blocks
from outgrow.render.aws.idle import idle_blocks, idle_files, idle_outputs, idle_variables
from outgrow.render.aws.kubernetes_cluster import (
    cluster_of_kubernetes,
    kubernetes_outputs,
    kubernetes_variables,
)
from outgrow.render.aws.machines import machine_blocks, machine_files, machine_outputs
from outgrow.render.aws.network import network_blocks
from outgrow.render.aws.operations import operations_blocks, operations_variables
from outgrow.render.aws.region import ACCOUNT, AwsRegion, output_of, regions_of
from outgrow.render.aws.registry import registry_blocks, registry_outputs
from outgrow.render.aws.security import security_blocks
from outgrow.render.aws.services import service_blocks, service_outputs
from outgrow.render.aws.tasks import image_variables
from outgrow.render.aws.waf import waf_blocks
from outgrow.render.system.model import System
from outgrow.render.writers.expressions import (
    Module,
    ModuleCall,
    ModuleOutput,
    OutputBlock,
    ProviderBlock,
    Ref,
    ResourceBlock,
    Value,
    Var,
    VariableBlock,
)
from outgrow.render.writers.walk import leaves, leaves_of, variables_in

HOME = "home_"


@dataclass(frozen=True, slots=True)
class Concern:
    """One part of the graph: its blocks in a region, with the variables and outputs."""

    blocks: Callable[[AwsRegion], Iterator[ResourceBlock]]
    variables: Callable[[AwsRegion], Iterable[VariableBlock]] = lambda _: ()
    outputs: Callable[[AwsRegion], Iterable[OutputBlock]] = lambda _: ()
    files: Callable[[AwsRegion], Mapping[str, str]] = lambda _: {}


# In the order in which a reader meets them.
CONCERNS: tuple[Concern, ...] = (
    Concern(network_blocks),
    Concern(security_blocks),
    Concern(balancer_blocks, outputs=balancer_outputs),
    Concern(waf_blocks),
    Concern(registry_blocks, outputs=registry_outputs),
    Concern(machine_blocks, outputs=machine_outputs, files=machine_files),
    Concern(cluster_of_kubernetes, kubernetes_variables, kubernetes_outputs),
    Concern(idle_blocks, idle_variables, idle_outputs, idle_files),
    Concern(service_blocks, image_variables, service_outputs),
    Concern(data_blocks, data_variables, data_outputs),
    Concern(edge_blocks, edge_variables, edge_outputs),
    Concern(operations_blocks, operations_variables),
)
# What stands above regions, only where there are several: `(regions) -> blocks`.
GLOBAL: tuple[Callable[[tuple[AwsRegion, ...]], Iterator[ResourceBlock]], ...] = (
    joined_blocks,
    replicated_blocks,
)


def aws_modules(system: System) -> Mapping[str, Module]:
    """Return the modules of a system by the name of their folder, "" being the root."""
    regions = regions_of(system)
    modules = {region.module: _module(region) for region in regions}
    if len(regions) == 1:
        return {"": _with_providers(modules[regions[0].module], regions)}
    return _joined(regions, modules) if regions else {}


def _module(region: AwsRegion) -> Module:
    blocks = _with_account([block for concern in CONCERNS for block in concern.blocks(region)])
    known = {v.name: v for concern in CONCERNS for v in concern.variables(region)}
    used = variables_in(blocks)
    homes = {name: _home_variable(name) for name in used if name.startswith(HOME)}
    return Module(
        resources=blocks,
        variables=tuple(v for name, v in {**known, **homes}.items() if name in used),
        outputs=tuple(o for concern in CONCERNS for o in concern.outputs(region)),
        files={path: text for concern in CONCERNS for path, text in concern.files(region).items()},
    )


def _with_account(blocks: list[ResourceBlock]) -> tuple[ResourceBlock, ...]:
    """Return `blocks` with the data source of the account where one of them names it."""
    present = any(block.ref().type == ACCOUNT.type for block in blocks)
    if present or ACCOUNT not in leaves_of(blocks):
        return tuple(blocks)
    account = ResourceBlock(ACCOUNT.type, ACCOUNT.name, {}, "network", kind="data")
    return (account, *blocks)


def _home_variable(name: str) -> VariableBlock:
    what = name.removeprefix(HOME).replace("_", " ")
    return VariableBlock(name, "string", f"From the home region: {what}")


def _joined(regions: tuple[AwsRegion, ...], modules: Mapping[str, Module]) -> Mapping[str, Module]:
    """Return the modules of several regions under a root that calls each of them."""
    home = regions[0].module
    above = tuple(block for build in GLOBAL for block in build(regions))
    calls = tuple(_call(region, modules[region.module], home) for region in regions)
    wanted = _wanted(above, calls)
    children = {
        f"modules/{name}": _showing(module, wanted.get(name, ()))
        for name, module in modules.items()
    }
    variables = {one.name: one for region in regions for one in _root_variables(region, modules)}
    root = Module(
        resources=above,
        variables=tuple(v for v in variables.values() if not v.name.startswith(HOME)),
        outputs=tuple(_passed(home, output) for output in modules[home].outputs),
        calls=calls,
    )
    return {"": _with_providers(root, regions), **children}


def _root_variables(region: AwsRegion, modules: Mapping[str, Module]) -> Iterator[VariableBlock]:
    """Yield what the root asks for on behalf of one region."""
    for variable in modules[region.module].variables:
        name = _asked(region, variable)
        condition = variable.condition
        if condition is not None:
            condition = condition.replace(f"var.{variable.name}", f"var.{name}")
        where = "" if name == variable.name else f", in {region.region}"
        said = f"{variable.description}{where}"
        yield replace(variable, name=name, description=said, condition=condition)


def _asked(region: AwsRegion, variable: VariableBlock) -> str:
    """Return what the root calls a variable: images come from the region's own registry."""
    own = variable.is_regional and not region.is_home
    return f"{variable.name}_{region.module}" if own else variable.name


def _call(region: AwsRegion, module: Module, home: str) -> ModuleCall:
    arguments: dict[str, Value] = {
        v.name: ModuleOutput(home, v.name.removeprefix(HOME))
        if v.name.startswith(HOME)
        else Var(_asked(region, v))
        for v in module.variables
    }
    inner = "aws" if region.is_home else f"aws.{region.module}"
    aliases = {b.provider: b.provider for b in module.resources if b.provider}
    return ModuleCall(region.module, arguments, {"aws": inner, **aliases})


def _wanted(
    above: tuple[ResourceBlock, ...], calls: tuple[ModuleCall, ...]
) -> Mapping[str, tuple[str, ...]]:
    found = [leaf for leaf in leaves_of(above) if isinstance(leaf, ModuleOutput)]
    for call in calls:
        for value in call.arguments.values():
            found += [leaf for leaf in leaves(value) if isinstance(leaf, ModuleOutput)]
    names = dict.fromkeys((leaf.module, leaf.output) for leaf in found)
    return {
        module: tuple(output for owner, output in names if owner == module)
        for module in dict.fromkeys(owner for owner, _ in names)
    }


def _showing(module: Module, outputs: tuple[str, ...]) -> Module:
    """Return `module` with an output for each name that another module asks for."""
    present = {output.name for output in module.outputs}
    added = tuple(
        OutputBlock(name, _shown(module, name), f"For other regions: {name.replace('_', ' ')}")
        for name in outputs
        if name not in present
    )
    return Module(module.resources, module.variables, (*module.outputs, *added), module.files)


def _shown(module: Module, output: str) -> Ref:
    for block in module.resources:
        start = output_of(Ref(block.type, block.name, ""))
        if output.startswith(start) and block.kind == "resource":
            return block.ref(output.removeprefix(start))
    raise KeyError(output)


def _passed(home: str, output: OutputBlock) -> OutputBlock:
    value = ModuleOutput(home, output.name)
    return OutputBlock(output.name, value, output.description, output.sensitive)


def _with_providers(module: Module, regions: tuple[AwsRegion, ...]) -> Module:
    home, *others = regions
    tags = {
        "Project": home.system.name,
        "Environment": home.system.environment,
        "Phase": home.system.phase,
        "ManagedBy": "terraform",
    }
    aliases = {region.module: region.region for region in others}
    aliases |= {
        block.provider.removeprefix("aws."): block.provider.removeprefix("aws.").replace("_", "-")
        for block in module.resources
        if block.provider
    }
    providers = [ProviderBlock(home.region, None, tags)]
    providers += [ProviderBlock(place, alias, tags) for alias, place in aliases.items()]
    return Module(
        module.resources,
        module.variables,
        module.outputs,
        module.files,
        module.calls,
        tuple(providers),
    )
