"""The environments: what each is for, what it holds, and what may not happen in it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outgrow.analysis.figures import percent
from outgrow.render.document.blocks import (
    BREAK,
    Badge,
    Block,
    Code,
    Column,
    Details,
    Link,
    Paragraph,
    Row,
    Section,
    Strong,
    Table,
    Text,
    joined,
    listed,
    text,
)
from outgrow.render.document.facts import EnvironmentFacts, StrategyFacts
from outgrow.render.document.sections.overview import phase_anchor, without_empty
from outgrow.render.document.sections.resources import instances_words, offering_text
from outgrow.render.document.sizes import ComponentSize, Sizes, environment_sizes
from outgrow.render.document.words import NOTHING, cost_range, number, total_words, words
from outgrow.strategy.environments import Environment, Size
from outgrow.topology.resolve import running_hours
from outgrow.units import round_to

_PARTS = (
    ("vcpu", "vCPU", "vCPU"),
    ("memory_gib", "Memory, GiB", "GiB memory"),
    ("storage_gib", "Storage, GiB", "GiB storage"),
)


def environments(facts: StrategyFacts) -> Section:
    """Return the environments side by side, then each with its resources."""
    if not facts.environments:
        return Section("environments", "Environments")
    parts = tuple(_environment(one) for one in facts.environments)
    return Section("environments", "Environments", (_side_by_side(facts),), parts)


def _side_by_side(facts: StrategyFacts) -> Table:
    columns = (
        Column("Environment"),
        Column("Runs the phase"),
        Column("Data"),
        Column("Deployed from"),
        Column("Size and hours"),
        Column("May not", wide=True),
        Column("A month, expected", numeric=True),
        Column("From – to", numeric=True),
    )
    rows = tuple(
        Row(
            (
                text(Link(one.name, _anchor(one.name))),
                text(Link(facts.phase_title(one.topology.phase), phase_anchor(one.topology.phase))),
                text(one.environment.data),
                text(_deployed_from(one.environment)),
                text(", ".join(_sized(one.environment)) or NOTHING),
                listed(forbidden(one.environment)) or text(NOTHING),
                text(total_words(one.costs.expected.total)),
                text(cost_range(one.costs)),
            )
        )
        for one in facts.environments
    )
    return without_empty(Table("The environments side by side", columns, rows))


def _anchor(name: str) -> str:
    return f"environment-{name}"


def _deployed_from(environment: Environment) -> str:
    said = [f"branch {environment.branch}"] if environment.branch else []
    if environment.preview != "none":
        hours = environment.preview_hours
        kept = f", kept for {number(hours)} h" if hours is not None else ""
        said.append(f"every {words(environment.preview)}{kept}")
    return ", ".join(said) or NOTHING


def _sized(environment: Environment) -> Iterable[str]:
    if environment.size_share is not None:
        yield f"{percent(environment.size_share)} of the size of its phase"
    if environment.schedule is not None:
        yield f"runs {number(round_to(running_hours(environment.schedule), 0))} h a month"


def forbidden(environment: Environment) -> Iterable[str]:
    """Return what may not happen in an environment, each as a phrase."""
    rules = environment.rules
    for allowed, phrase in (
        (rules.production_data, "hold production data"),
        (rules.load_tests, "run load tests"),
        (rules.performance_tests, "run performance tests"),
        (rules.security_tests, "run security tests"),
    ):
        if not allowed:
            yield phrase


def _guards(environment: Environment) -> Iterable[str]:
    rules = environment.rules
    if rules.confirm_by_name:
        yield "changes ask for its name to be typed"
    if rules.approval:
        yield "changes need an approval"
    if rules.migrations_first_in:
        yield f"migrations run in {rules.migrations_first_in} first"


def _environment(one: EnvironmentFacts) -> Section:
    blocks: list[Block] = []
    if one.environment.description:
        blocks.append(Paragraph(text(one.environment.description)))
    said = tuple(_said(one.environment))
    if said:
        blocks.append(Details(said))
    blocks += _resources(one)
    return Section(_anchor(one.name), one.name, tuple(blocks))


def _said(environment: Environment) -> Iterable[tuple[str, Text]]:
    not_allowed = tuple(forbidden(environment))
    if not_allowed:
        yield "May not", listed(not_allowed)
    guards = tuple(_guards(environment))
    if guards:
        yield "Guarded", text("; ".join(guards))
    if environment.purposes:
        yield "Used for", text(", ".join(environment.purposes))
    if environment.urls:
        urls = [text(Code(name), f" {url}") for name, url in environment.urls.items()]
        yield "Addresses", joined(urls, BREAK)
    if environment.env_file:
        yield "Settings in", text(Code(environment.env_file))
    if environment.environment or environment.secrets:
        keys = [text(Code(key), f" = {value}") for key, value in environment.environment.items()]
        keys += [text(Code(key), f" from {ref}") for key, ref in environment.secrets.items()]
        yield "Keys", joined(keys, BREAK)
    if environment.fallback_for:
        yield "Stands in for", text(environment.fallback_for)


def _resources(one: EnvironmentFacts) -> Iterable[Block]:
    sizes = environment_sizes(one.topology, one.environment)
    if any(part.host for part in sizes.parts):
        yield Paragraph(
            text("In brackets: the machine that others run on; its guests are counted.")
        )
    columns = (
        Column("Component"),
        Column("Runs on", wide=True),
        Column("Instances", numeric=True),
        *(Column(title, numeric=True) for _, title, _ in _PARTS),
        Column("USD\u00a0a\u00a0month", numeric=True),
    )
    rows = [_row(part, one) for part in sizes.parts]
    if one.environment.reserves is not None:
        rows.append(_fixed("Kept aside", one.environment.reserves))
    yield without_empty(
        Table(f"Resources of {one.name}", columns, tuple(rows), tuple(_totals(sizes, one)))
    )


def _row(part: ComponentSize, one: EnvironmentFacts) -> Row:
    resource = part.resource
    price = total_words(one.costs.expected.of(resource.component))
    inside = one.topology.is_part(resource)
    return Row(
        (
            text(Code(resource.component)),
            text(offering_text(resource, one.topology)),
            text(instances_words(resource)),
            *(_amount(getattr(part.size, name), part.host) for name, _, _ in _PARTS),
            text(NOTHING if inside else price),
        )
    )


def _amount(value: Decimal | None, host: bool) -> Text:
    if value is None:
        return text(NOTHING)
    return text(f"({number(value)})" if host else number(value))


def _fixed(title: str, size: Size) -> Row:
    amounts = (getattr(size, name) for name, _, _ in _PARTS)
    return Row(
        (
            text(title),
            (),
            (),
            *(text(NOTHING if value is None else number(value)) for value in amounts),
            (),
        )
    )


def _totals(sizes: Sizes, one: EnvironmentFacts) -> Iterable[Row]:
    total = sizes.total
    yield Row(
        (
            text(Strong("Total")),
            (),
            (),
            *(
                text(NOTHING if value is None else Strong(_at_least(value, name in sizes.unknown)))
                for name, value in ((n, getattr(total, n)) for n, _, _ in _PARTS)
            ),
            text(Strong(total_words(one.costs.expected.total))),
        )
    )
    room = one.environment.fits_into
    if room is not None:
        yield _fixed("Has to fit into", room)
        yield _verdict(total, room)


def _at_least(value: Decimal, unknown: bool) -> str:
    return f"≥ {number(value)}" if unknown else number(value)


def _verdict(total: Size, room: Size) -> Row:
    cells: list[Text] = []
    for name, _, _ in _PARTS:
        used, space = getattr(total, name), getattr(room, name)
        if used is None or space is None:
            cells.append(text(NOTHING))
        else:
            fits = used <= space
            cells.append(text(Badge("fits" if fits else "too much", "good" if fits else "bad")))
    return Row((text("Verdict"), (), (), *cells, ()))
