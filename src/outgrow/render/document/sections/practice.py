"""How the team works: deploys, caches, rate limits, growing data, regions, idle machines."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outgrow.render.document.blocks import (
    BREAK,
    Block,
    Bullets,
    CheckItem,
    Checklist,
    Code,
    Column,
    Details,
    Muted,
    Paragraph,
    Row,
    Section,
    Strong,
    Table,
    Text,
    after,
    joined,
    listed,
    text,
)
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.sections.application import application
from outgrow.render.document.sections.overview import without_empty
from outgrow.render.document.words import NOTHING, duration, number, percent, words
from outgrow.strategy.deploys import Deploy
from outgrow.strategy.practices import Practice
from outgrow.strategy.strategy import Strategy


def operations(facts: StrategyFacts) -> Section:
    """Return how new versions, caches, data, regions, sandboxes and machines are run."""
    strategy = facts.strategy
    parts = (
        Section("deploys", "Deploys", tuple(_deploys(strategy))),
        Section("caching", "Caching", tuple(_caching(strategy))),
        Section("rate-limits", "Rate limits", tuple(_rate_limits(strategy))),
        application(strategy),
        Section("data-growth", "Growing data", tuple(_data_growth(strategy, facts))),
        Section("regions", "Regions", tuple(_regions(strategy, facts))),
        Section("sandboxes", "Sandboxes", tuple(_sandboxes(strategy))),
        Section("idle-machines", "Idle machines", tuple(_idle_machines(strategy))),
    )
    kept = tuple(part for part in parts if not part.empty)
    return Section("operations", "How it is run", sections=kept)


def _deploys(strategy: Strategy) -> Iterable[Block]:
    deploy = strategy.deploy
    if not deploy.model_fields_set:
        return
    yield Details(tuple(_deploy_facts(deploy)))
    rows = tuple(
        Row(
            (
                text(Code(name)),
                joined([text(Code(other)) for other in job.after]) or text(NOTHING),
                text(job.environment or NOTHING),
                text(Code(job.component) if job.component else NOTHING),
                joined([text(Code(command)) for command in job.runs], BREAK) or text(NOTHING),
            )
        )
        for name, job in deploy.jobs.items()
    )
    if rows:
        columns = (
            Column("Job"),
            Column("After"),
            Column("Deploys to"),
            Column("Component"),
            Column("Runs", wide=True),
        )
        yield without_empty(Table("The pipeline", columns, rows))


def _deploy_facts(deploy: Deploy) -> Iterable[tuple[str, Text]]:
    by = "by itself" if deploy.automatic else "by hand"
    yield "Strategy", text(f"{words(deploy.strategy)}, {by}")
    if deploy.later:
        yield "Later", text(", ".join(words(kind) for kind in deploy.later))
    if deploy.canary_share is not None:
        yield "Canary gets", text(percent(deploy.canary_share), " of traffic")
    for title, seconds in (
        ("Healthy within", deploy.health_gate_seconds),
        ("Watched for", deploy.bake_seconds),
    ):
        if seconds is not None:
            yield title, text(duration(seconds))
    for title, said in (
        ("Pipeline", deploy.pipeline),
        ("Migrations", deploy.migrations),
        ("Going back", deploy.rollback),
    ):
        if said:
            yield title, text(said)


def _caching(strategy: Strategy) -> Iterable[Block]:
    columns = (
        Column("Cached"),
        Column("Layer"),
        Column("In"),
        Column("Key"),
        Column("Lives", numeric=True),
        Column("Stale for", numeric=True),
        Column("Emptied by", wide=True),
    )
    rows = tuple(
        Row(
            (
                text(Code(name), after(one.description, BREAK, Muted(one.description))),
                text(words(one.layer)),
                text(Code(one.component) if one.component else NOTHING),
                text(Code(one.key) if one.key else NOTHING),
                text(NOTHING if one.ttl_seconds is None else duration(one.ttl_seconds)),
                text(_stale(one.stale_while_revalidate_seconds)),
                text(one.invalidated_by or NOTHING),
            )
        )
        for name, one in strategy.caching.items()
    )
    if rows:
        yield without_empty(Table("What is cached, where and for how long", columns, rows))


def _stale(seconds: Decimal | None) -> str:
    return NOTHING if seconds is None else duration(seconds)


def _rate_limits(strategy: Strategy) -> Iterable[Block]:
    columns = (Column("Route"), Column("Requests", numeric=True), Column("For each"))
    rows = tuple(
        Row(
            (
                text(Code(one.route)),
                text(f"{number(one.requests)} in {duration(one.per_seconds)}"),
                text(one.by),
            )
        )
        for one in strategy.rate_limits
    )
    if rows:
        yield Table("How often a caller may ask", columns, rows)


def _data_growth(strategy: Strategy, facts: StrategyFacts) -> Iterable[Block]:
    growth = strategy.data_growth
    columns = (
        Column("What"),
        Column("Component"),
        Column("How", wide=True),
        Column("From phase"),
    )
    rows: list[Row] = []
    for part in growth.partitions:
        how = f"by {part.by}, one a {part.every}{'; old ones are archived' if part.archive else ''}"
        what = f"partition {part.table}"
        rows.append(_growth_row(what, part.component, how, part.from_phase, facts))
    for shards in growth.sharding:
        how = f"by {', '.join(shards.by)}"
        if shards.databases:
            how += f", over {', '.join(shards.databases)}"
        rows.append(_growth_row("shards", shards.component, how, shards.from_phase, facts))
    for copies in growth.replicas:
        what, how = (
            f"read replicas: {copies.count}",
            f"answers {', '.join(copies.reads) or 'reads'}",
        )
        if copies.allowed_lag_seconds is not None:
            how += f", at most {duration(copies.allowed_lag_seconds)} behind"
        rows.append(_growth_row(what, copies.component, how, copies.from_phase, facts))
    if rows:
        yield without_empty(Table("What keeps the data layer fast", columns, tuple(rows)))
    if growth.practices:
        yield Bullets(tuple(text(one) for one in growth.practices))


def _growth_row(
    what: str, component: str, how: str, from_phase: str | None, facts: StrategyFacts
) -> Row:
    phase = facts.phase_title(from_phase) if from_phase else NOTHING
    return Row((text(what), text(Code(component)), text(how), text(phase)))


def _regions(strategy: Strategy, facts: StrategyFacts) -> Iterable[Block]:
    columns = (
        Column("Stage"),
        Column("Phases"),
        Column("Regions"),
        Column("Reach"),
        Column("Routing"),
        Column("Database"),
        Column("Does", wide=True),
    )
    rows = tuple(
        Row(
            (
                text(Strong(words(name))),
                text(", ".join(facts.phase_title(phase) for phase in stage.phases)),
                text(", ".join(_regions_of(stage.phases, facts)) or NOTHING),
                text(words(stage.reach)),
                text(words(stage.routing)),
                text(words(stage.database)),
                listed(stage.does) or text(NOTHING),
            )
        )
        for name, stage in strategy.multi_region.stages.items()
    )
    if rows:
        yield without_empty(Table("How the system spreads over regions", columns, rows))
    if strategy.multi_region.components:
        yield Details(
            tuple((name, text(how)) for name, how in strategy.multi_region.components.items())
        )


def _regions_of(phases: list[str], facts: StrategyFacts) -> Iterable[str]:
    known = [facts.phase(name) for name in phases if name in facts.strategy.phases]
    return dict.fromkeys(region for one in known for region in one.topology.regions)


def _sandboxes(strategy: Strategy) -> Iterable[Block]:
    for one in strategy.sandboxes:
        said: list[tuple[str, Text]] = [
            ("Pool", text(Code(one.component))),
            ("Stopped after", text(duration(one.stop_after_seconds))),
            ("When stopped", text("deleted" if one.delete_on_stop else "kept")),
            (
                "When environments switch",
                text("ends where it began" if one.keep_environment else "moves with the switch"),
            ),
        ]
        if one.clean_up:
            said.append(("Clean-up", text(one.clean_up)))
        yield Details(tuple(said))


def _idle_machines(strategy: Strategy) -> Iterable[Block]:
    columns = (
        Column("Machine"),
        Column("Phases"),
        Column("Idle when", wide=True),
        Column("Checked every", numeric=True),
        Column("Comes back in", numeric=True),
    )
    rows = tuple(
        Row(
            (
                text(Code(one.component)),
                text(", ".join(one.phases) or "all"),
                text(
                    f"{one.statistic} of ",
                    Code(one.metric),
                    f" below {number(one.below)} over {duration(one.window_seconds)}",
                    ", or no data at all" if one.no_data_is_idle else "",
                ),
                text(duration(one.check_every_seconds)),
                text(_stale(one.cold_start_seconds)),
            )
        )
        for one in strategy.idle_machines
    )
    if rows:
        yield without_empty(Table("Machines that stop when nobody uses them", columns, rows))


def checklist(items: list[Practice], anchor: str, title: str) -> Section:
    """Return a checklist by area, with how many of its items are met."""
    if not items:
        return Section(anchor, title)
    areas: dict[str, list[Practice]] = {}
    for item in items:
        areas.setdefault(item.area, []).append(item)
    blocks: list[Block] = [Paragraph(_met(items))]
    for area, members in areas.items():
        if area:
            blocks.append(Paragraph(text(Strong(area[:1].upper() + area[1:]))))
        blocks.append(Checklist(tuple(_check_item(one) for one in members)))
    return Section(anchor, title, tuple(blocks))


def _met(items: list[Practice]) -> Text:
    met = sum(one.met is True for one in items)
    missing = sum(one.met is False for one in items)
    unsaid = len(items) - met - missing
    said = [f"{met} of {len(items)} are met"]
    if missing:
        said.append(f"{missing} {'is' if missing == 1 else 'are'} not")
    if unsaid:
        said.append(f"for {unsaid} the strategy does not say")
    return text("; ".join(said), ".")


def _check_item(one: Practice) -> CheckItem:
    shown = (" ", Muted(f"shown by: {one.shown_by}")) if one.shown_by else ()
    return CheckItem(one.met, text(one.do, shown))
