"""What drives the system and what it is made of."""

from __future__ import annotations

from collections.abc import Iterable

from outgrow.render.document.blocks import (
    BREAK,
    Badge,
    Block,
    Code,
    Column,
    Muted,
    Row,
    Section,
    Table,
    Text,
    after,
    joined,
    text,
)
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.sections.overview import without_empty
from outgrow.render.document.words import (
    NOTHING,
    duration,
    durations,
    listing,
    number,
    percent,
    rough,
    spread,
    usd_span,
    words,
)
from outgrow.strategy.components import Component, ConnectionPool, Needs
from outgrow.strategy.demand import Demand
from outgrow.strategy.offerings import CustomOffering
from outgrow.strategy.strategy import Strategy


def system(facts: StrategyFacts) -> Section:
    """Return the components with their needs, the demand variables, the own offerings."""
    strategy = facts.strategy
    blocks: list[Block] = [_components(strategy)]
    blocks += _workloads(strategy)
    blocks += _demand(strategy, facts)
    blocks += _own_offerings(strategy)
    return Section("system", "What it is made of", tuple(blocks), short="Components and demand")


def _components(strategy: Strategy) -> Table:
    columns = (
        Column("Component"),
        Column("Kind"),
        Column("What it is", wide=True),
        Column("Needs", wide=True),
        Column("Talks to"),
        Column("Settings and secrets"),
    )
    rows = tuple(
        Row(
            (
                text(Code(name), after(one.public, " ", Badge("public"))),
                text(words(one.kind.value)),
                _what(one),
                text("; ".join(needs_words(one.needs)) or NOTHING),
                joined([text(Code(other)) for other in one.talks_to]) or text(NOTHING),
                _environment(one),
            )
        )
        for name, one in strategy.components.items()
    )
    return without_empty(Table("Components and what they need wherever they run", columns, rows))


def _what(one: Component) -> Text:
    if one.stack and one.description:
        return text(one.description, BREAK, Muted(one.stack))
    return text(one.description or one.stack or NOTHING)


def _environment(one: Component) -> Text:
    said = [text(Code(key), Muted(f" = {value}")) for key, value in one.environment.items()]
    said += [text(Code(key), Muted(f" from {where}")) for key, where in one.secrets.items()]
    return joined(said, BREAK) or text(NOTHING)


_FLAGS = (
    ("websockets", "WebSockets"),
    ("persistent_connections", "connections that stay open"),
    ("sticky_sessions", "sticky sessions"),
    ("always_on", "always on"),
    ("commercial_use", "commercial use allowed"),
    ("private_network", "a private network"),
    ("encryption", "encryption at rest"),
)


def needs_words(needs: Needs) -> Iterable[str]:
    """Return each need as a phrase."""
    if needs.vcpu is not None:
        yield f"{number(needs.vcpu)} vCPU" + _limit(needs.vcpu_limit)
    if needs.memory_gib is not None:
        yield f"{number(needs.memory_gib)} GiB of memory" + _limit(needs.memory_gib_limit)
    if needs.storage_gib is not None:
        yield f"{number(needs.storage_gib)} GiB of storage"
    if needs.ports:
        yield f"port {', '.join(str(port) for port in needs.ports)}"
    if needs.health_path is not None:
        yield f"health at {needs.health_path}"
    if needs.longest_request_seconds is not None:
        yield f"requests of up to {duration(needs.longest_request_seconds)}"
    yield from (phrase for name, phrase in _FLAGS if getattr(needs, name))
    if needs.connections is not None:
        yield f"{number(needs.connections)} connections"
    if needs.pool is not None:
        yield _pool(needs.pool)
    if needs.residency:
        yield f"data stays in {', '.join(needs.residency)}"
    yield from needs.features


def _limit(value: object) -> str:
    return f" (at most {value})" if value is not None else ""


def _pool(pool: ConnectionPool) -> str:
    through = f" through {words(pool.pooler)}" if pool.pooler != "none" else ""
    wait = f", waits {duration(pool.timeout_seconds)}" if pool.timeout_seconds is not None else ""
    return f"{pool.minimum}–{pool.maximum} connections to {pool.to}{through}{wait}"


def _workloads(strategy: Strategy) -> Iterable[Block]:
    rows = tuple(
        Row(
            (
                text(Code(component)),
                text(name),
                text(durations(work.seconds)),
                text(NOTHING if work.share is None else percent(work.share)),
                text(work.description or NOTHING),
            )
        )
        for component, one in strategy.components.items()
        for name, work in one.workloads.items()
    )
    if rows:
        columns = (
            Column("Component"),
            Column("Work"),
            Column("Takes", numeric=True),
            Column("Share", numeric=True),
            Column("Remark", wide=True),
        )
        yield without_empty(Table("Classes of work", columns, rows))


def _demand(strategy: Strategy, facts: StrategyFacts) -> Iterable[Block]:
    if not strategy.demand:
        return
    columns = (
        Column("Variable"),
        Column("What it counts", wide=True),
        Column("Measured or derived", wide=True),
        Column("Last value", numeric=True),
    )
    rows = tuple(
        Row(
            (
                text(Code(name)),
                _counted(one),
                _origin(one),
                text(rough(facts.measured[name]) if name in facts.measured else NOTHING),
            )
        )
        for name, one in strategy.demand.items()
    )
    yield without_empty(Table("What drives it", columns, rows))


def _counted(one: Demand) -> Text:
    unit = Muted(f" ({one.unit})") if one.unit else ""
    return text(one.description or NOTHING, unit)


def _origin(one: Demand) -> Text:
    if one.measured is not None:
        query = text(": ", Code(one.measured.query)) if one.measured.query else ()
        return text(f"measured by {one.measured.system}", query)
    parts = [f"{spread(rate)} × {name}" for name, rate in one.per.items()]
    if "base" in one.model_fields_set:
        parts.insert(0, spread(one.base))
    return text(" + ".join(parts) or "given by each phase")


def _own_offerings(strategy: Strategy) -> Iterable[Block]:
    if not strategy.offerings:
        return
    columns = (
        Column("Offering"),
        Column("Price a month", numeric=True),
        Column("Source", wide=True),
        Column("Remark", wide=True),
    )
    rows = tuple(
        Row(
            (
                text(Code(name), after(one.name, BREAK, Muted(one.name))),
                text(_own_price(one)),
                text(one.source or NOTHING, f", {one.as_of.isoformat()}" if one.as_of else ""),
                text(one.note or NOTHING),
            )
        )
        for name, one in strategy.offerings.items()
    )
    yield without_empty(
        Table("Offerings that the strategy adds to the catalogue or corrects", columns, rows)
    )


def _own_price(one: CustomOffering) -> str:
    price = one.price
    if price is None:
        return f"as {one.like}" if one.like else "unknown"
    if price.unknown:
        return "unknown"
    if price.per_month is not None and price.currency == "USD":
        return usd_span(price.per_month)
    return listing(words(name) for name in sorted(price.model_fields_set - {"currency"}))
