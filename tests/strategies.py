"""Random valid strategies for property tests.

`documents(offerings)` draws the plain data of a file, `texts(offerings)` its YAML, and
`strategies(offerings)` the loaded Strategy. Names are drawn so that every reference leads
somewhere; offering ids come from the list passed in. Whatever is drawn here is accepted by
`parse_strategy`; tests/property/strategy asserts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from outgrow.strategy.components import ComponentKind
from outgrow.strategy.dump import write_yaml
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.strategy import Strategy

Document = dict[str, Any]
Drawn = st.SearchStrategy[Any]

KNOWN_OFFERINGS = (
    "vercel/hobby",
    "vercel/pro",
    "supabase/free",
    "supabase/pro",
    "aws/ec2/t3.medium",
    "aws/rds-postgresql/db.t3.small",
    "aws/fargate",
    "aws/alb",
    "upstash/redis/free",
    "self-hosted/docker",
)
_COMPONENTS = ("app", "api", "worker", "db", "cache", "files", "edge-cdn", "sandboxes")
_PHASES = ("start", "pro", "aws", "scale", "2.0")
_DEMAND = ("users", "tenants", "documents", "requests_month", "revenue_usd_month")
_METRICS = ("users", "latency_p95_ms", "error_rate", "database_gib", "cpu_share")
_LIMITS = ("storage_gib", "connections", "requests_day", "function_seconds")
_CHANNELS = ("team-slack", "pager", "founders")
_ENVIRONMENTS = ("development", "staging", "production", "preview")
_CURRENCIES = ("USD", "EUR", "GBP")
_WORDS = (
    "no",
    "on",
    "12:30",
    "2026-01-31",
    "1e3",
    "0o17",
    "null",
    "~",
    "",
    "true",
    "- dash",
    "a: b",
    "# not a comment",
    "'quoted'",
    'say "hi"',
    "two\nlines\n",
    "  indented\n\n text",
    "naïve café 🚀",
    "tab\there",
    "50%",
    "*star",
    "&and",
    "!bang",
    "|",
    "{brace}",
    "\u2028separator\x85next",
)

texts_of_people = st.sampled_from(_WORDS) | st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Cn")), max_size=30
)


def numbers(low: str = "0", high: str = "100000", places: int = 4) -> Drawn:
    """Draw an int, or a Decimal written with its trailing zeros, within the bounds."""
    decimals = st.decimals(Decimal(low), Decimal(high), places=places)
    return st.integers(int(Decimal(low).to_integral_value()) + 1, int(Decimal(high))) | decimals


shares = st.decimals(Decimal(0), Decimal(1), places=3)
positive = numbers("0.001", "10000", 3)
quantities = numbers()
counts = st.integers(0, 50)
days = st.dates(date(2025, 1, 1), date(2030, 12, 31)).map(date.isoformat)


@st.composite
def ranges(draw: st.DrawFn) -> Any:
    """Draw a range in one of its written forms."""
    low, high = sorted(draw(st.tuples(st.integers(0, 5000), st.integers(0, 5000))))
    forms = (
        f"{low}-{high}",
        f"{low}+",
        low,
        f"{low}k-{high}k",
        {"from": low, "to": high},
        {"from": Decimal(low) / 4},
        f"{low}.25-{high}.75",
    )
    return draw(st.sampled_from(forms))


@st.composite
def estimates(draw: st.DrawFn) -> Any:
    """Draw an estimate: a number, a closed range, or low, likely and high."""
    low, likely, high = sorted(draw(st.tuples(*[numbers("0", "5000", 2)] * 3)))
    forms = (likely, f"{int(low)}-{int(high)}", {"low": low, "likely": likely, "high": high})
    return draw(st.sampled_from(forms))


def some(names: Sequence[str], most: int = 3) -> Drawn:
    """Draw a list of different names."""
    return st.lists(st.sampled_from(names), unique=True, max_size=most) if names else st.just([])


def by_name(names: Sequence[str], values: Drawn, most: int = 3, least: int = 0) -> Drawn:
    """Draw a mapping from some of `names`."""
    if not names:
        return st.just({})
    return st.dictionaries(st.sampled_from(names), values, min_size=least, max_size=most)


def part(required: dict[str, Drawn] | None = None, **optional: Drawn) -> Drawn:
    """Draw a mapping with the required keys and some of the optional ones."""
    return st.fixed_dictionaries(required or {}, optional=optional)


references = st.sampled_from(("env:DATABASE_URL", "ssm:/app/key", "vault:secret/app"))
variables = st.dictionaries(st.sampled_from(("PORT", "LOG_LEVEL", "A_1")), texts_of_people)
secrets = st.dictionaries(
    st.sampled_from(("DATABASE_URL", "API_KEY", "REDIS_URL", "SENTRY_DSN")), references
)
levels = st.sampled_from(("none", "low", "medium", "high"))


def components(names: Sequence[str]) -> Drawn:
    """Draw a component that may talk to the ones named."""
    pool = part(
        {"to": st.sampled_from(names), "maximum": counts},
        minimum=counts,
        timeout_seconds=positive,
        pooler=st.sampled_from(("none", "pgbouncer")),
    )
    needs = part(
        vcpu=numbers("0.25", "64", 2),
        memory_gib=numbers("0.25", "512", 2),
        storage_gib=quantities,
        ports=st.lists(st.integers(1, 65535), max_size=2),
        health_path=st.just("/health"),
        longest_request_seconds=positive,
        websockets=st.booleans(),
        always_on=st.booleans(),
        commercial_use=st.booleans(),
        connections=counts,
        pool=pool,
        residency=st.just(["EU"]),
    )
    workload = part({"seconds": ranges()}, share=shares, description=texts_of_people)
    credential = part(
        {"endpoint": st.sampled_from(("API_URL", "https://api.example.com/v1"))},
        probe=st.just("/me"),
        header=st.just("X-Api-Key"),
        scheme=st.sampled_from(("", "Bearer")),
    )
    return part(
        {"kind": st.sampled_from([kind.value for kind in ComponentKind])},
        description=texts_of_people,
        stack=texts_of_people,
        needs=needs,
        talks_to=some(names),
        environment=variables,
        secrets=secrets,
        credentials=st.dictionaries(st.sampled_from(("API_KEY", "TOKEN")), credential, max_size=2),
        workloads=by_name(("page", "report"), workload),
        public=st.booleans(),
        kit=st.booleans(),
    )


def prices() -> Drawn:
    """Draw a price with at least one part."""
    tiers = st.just(
        [{"up_to": 1000, "unit_price": Decimal("0.10")}, {"unit_price": Decimal("0.05")}]
    )
    metered = part(included=quantities, unit=texts_of_people, unit_price=quantities) | part(
        {"tiers": tiers}, included=quantities
    )
    amounts = part(
        {"per_month": ranges()},
        currency=st.sampled_from(_CURRENCIES),
        per_seat=quantities,
        once=quantities,
        per_use=by_name(("requests", "egress_gb"), metered, 2),
    )
    return (
        amounts
        | part({"per_hour": numbers("0", "20", 5)})
        | part({"annual": quantities})
        | st.just({"unknown": True})
    )


@st.composite
def instances(draw: st.DrawFn) -> Document:
    """Draw how many run, in order."""
    low, usual, high = sorted(draw(st.tuples(*[st.integers(0, 20)] * 3)))
    return draw(part({"minimum": st.just(low)}, expected=st.just(usual), maximum=st.just(high)))


def _limits() -> Drawn:
    return by_name(_LIMITS, quantities | part({"value": quantities}, hard=st.booleans()), 2)


def schedules() -> Drawn:
    """Draw the hours something runs, by month or by day."""
    return part({"hours_month": numbers("0", "730", 1)}) | part(
        {"hours_day": numbers("0", "24", 1)}, days_week=st.integers(0, 7)
    )


def _sizing(demand: Sequence[str]) -> dict[str, Drawn]:
    times = part({"demand": st.sampled_from(demand)}, times=numbers("0", "50", 3))
    use = quantities | st.sampled_from(demand) | times if demand else quantities
    following = part({"demand": st.sampled_from(demand)}, per=positive, at_most=counts)
    many = counts | following if demand else counts
    return {
        "count": many,
        "instances": instances(),
        "peak": part(
            {"count": counts, "hours_month": numbers("0", "730", 1)},
            months=st.lists(st.integers(1, 12), max_size=3),
        ),
        "region": st.sampled_from(("us-east-1", "eu-west-1")),
        "schedule": schedules(),
        "commitment": part({"years": st.sampled_from((1, 3))}),
        "spot_share": shares,
        "seats": many,
        "usage": by_name(("requests", "egress_gb", "storage_gb_month"), use),
        "limits": _limits(),
        "holds": by_name(demand, ranges()),
        "expires": days,
        "note": texts_of_people,
    }


def assignments(offerings: Sequence[str], demand: Sequence[str]) -> Drawn:
    """Draw an assignment that says what it runs on."""
    optional = _sizing(demand)
    rented = part({"offering": st.sampled_from(offerings)}, **optional)
    priced = part({"price": prices()}, **optional)
    return rented | priced | st.just({"leave_out": True})


def conditions(components: Sequence[str], signals: Sequence[str]) -> Drawn:
    """Draw a condition of any form, a few levels deep."""
    metric = st.sampled_from(_METRICS)
    limits = st.sampled_from([*_LIMITS, *(f"{name}.{_LIMITS[0]}" for name in components)])
    trend = part({"direction": st.just("rising"), "over_days": positive}, by_share=shares)
    lasting = {"for_days": positive, "band": st.sampled_from(("warn", "must"))}
    single = (
        part({"metric": metric, "above": numbers()}, warn=numbers(), **lasting)
        | part({"metric": metric, "at_most": numbers()}, for_seconds=positive)
        | part({"metric": metric, "trend": trend})
        | part({"limit": limits, "at_least": shares}, **lasting)
        | part({"metric": metric, "above": numbers(), "within_days": positive})
        | part({"rate_of": metric, "below": numbers()})
        | part({"on_or_after": days}, description=texts_of_people)
    )
    if signals:
        single |= part({"signal": st.sampled_from(signals)})
    return st.recursive(single, _groups, max_leaves=4)


def _groups(inner: Drawn) -> Drawn:
    several = st.lists(inner, min_size=1, max_size=3)
    counted = several.flatmap(
        lambda found: st.fixed_dictionaries(
            {"of": st.just(found), "at_least_k": st.integers(1, len(found))}
        )
    )
    return part({"any": several}) | part({"all": several}) | counted


@st.composite
def _phases(
    draw: st.DrawFn,
    names: Sequence[str],
    components: Sequence[str],
    demand: Sequence[str],
    addons: Sequence[str],
    signals: Sequence[str],
    offerings: Sequence[str],
) -> Document:
    phases = {}
    for name in names:
        others = [other for other in names if other != name]
        step = part(
            {"do": texts_of_people},
            component=st.sampled_from(components),
            downtime_seconds=quantities,
            reversible=st.booleans(),
        )
        transition = part(
            when=conditions(components, signals),
            direction=st.sampled_from(("up", "down", "aside")),
            steps=st.lists(step, max_size=2),
            changes=st.lists(texts_of_people, max_size=2),
            rto_seconds=quantities,
            effort_days=ranges(),
            complexity=levels,
        )
        phase = part(
            {"use": by_name(components, assignments(offerings, demand), 4)},
            name=texts_of_people,
            description=texts_of_people,
            serves=by_name(demand, ranges()),
            expects=by_name(demand, estimates()),
            holds=by_name(demand, ranges()),
            weeks=part(from_week=positive, from_date=days),
            region=st.just("eu-west-1"),
            addons=some(addons),
            costs=by_name(("domain", "support"), prices(), 2),
            budget_usd_month=ranges(),
            labour_hours_week=estimates(),
            complexity=levels,
            control=st.sampled_from(("none", "limited", "partial", "full")),
            next=by_name(others, transition, 2),
            actions=st.lists(texts_of_people, max_size=2),
        )
        phases[name] = draw(phase)
    return phases


@st.composite
def _demand(draw: st.DrawFn, names: Sequence[str]) -> Document:
    """Draw the variables; each is derived only from earlier ones, so there is no cycle."""
    demand = {}
    for index, name in enumerate(names):
        variable = part(
            description=texts_of_people,
            unit=texts_of_people,
            measured=part({"system": st.just("postgres")}, query=texts_of_people),
            base=estimates(),
            per=by_name(names[:index], estimates(), 2),
        )
        demand[name] = draw(variable)
    return demand


@st.composite
def _environments(
    draw: st.DrawFn,
    components: Sequence[str],
    phases: Sequence[str],
    demand: Sequence[str],
    offerings: Sequence[str],
) -> Document:
    drawn = draw(st.lists(st.sampled_from(_ENVIRONMENTS), unique=True, max_size=3))
    if not drawn:
        return {}
    names = sorted({*drawn, "production"})
    rules = part(
        production_data=st.booleans(),
        load_tests=st.booleans(),
        confirm_by_name=st.booleans(),
        migrations_first_in=st.sampled_from(names),
    )
    environment = part(
        description=texts_of_people,
        phase=st.sampled_from([*phases, "current"]),
        only=some(components),
        size_share=shares,
        schedule=schedules(),
        use=by_name(components, assignments(offerings, demand), 2),
        rules=rules,
        data=st.sampled_from(("none", "synthetic", "anonymised", "production")),
        branch=st.just("main"),
        preview=st.sampled_from(("none", "pull_request")),
        preview_hours=positive,
        urls=by_name(("app", "api"), st.just("https://example.com")),
        environment=variables,
        secrets=secrets,
        hosts=st.dictionaries(st.just("API_URL"), st.just(["*.example.com", "http://[::1]:80"])),
        fits_into=part(vcpu=quantities, memory_gib=quantities),
        fallback_for=st.sampled_from(names),
        **_bindings(),
    )
    return {name: draw(environment) for name in names}


def _bindings() -> dict[str, Drawn]:
    """Return what an application with outgrow-kit is told."""
    origins = st.lists(
        st.sampled_from(("*", "https://app.example.com", "https://*.x.io", "http://[::1]:80"))
    )
    sign_in = part(
        issuer=st.just("https://clerk.example.com"),
        audience=st.lists(texts_of_people, max_size=2),
        authorized_parties=st.lists(texts_of_people, max_size=2),
        jwks_url=st.just("https://clerk.example.com/keys?a=${b}"),
        leeway_seconds=quantities,
        webhook_secret=references,
    )
    http = part(
        allowed_origins=origins,
        trusted_proxies=st.just(["10.0.0.0/8", "::1", "unix"]),
        headers=st.dictionaries(
            st.sampled_from(("X-Frame-Options", "Server")),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
        ),
        secure=st.booleans(),
    )
    tracing = part(
        errors_sample_share=shares,
        traces_sample_share=shares,
        otlp_endpoint=st.just("https://otlp.example.com"),
        otlp_headers=references,
    )
    return {"sign_in": sign_in, "http": http, "tracing": tracing}


def _data_growth(components: Sequence[str], phases: Sequence[str]) -> Drawn:
    component, from_phase = st.sampled_from(components), st.sampled_from(phases)
    sharding = part(
        {"component": component, "by": st.lists(texts_of_people, max_size=2)},
        logical=st.integers(1, 4096),
        databases=some(components),
        from_phase=from_phase,
    )
    replicas = part(
        {"component": component, "count": st.integers(0, 3)},
        components=some(components),
        allowed_lag_seconds=positive,
        analytics=st.booleans(),
        from_phase=from_phase,
    )
    return part(sharding=st.lists(sharding, max_size=2), replicas=st.lists(replicas, max_size=2))


def _alerts(components: Sequence[str], phases: Sequence[str], channels: Sequence[str]) -> Drawn:
    common = {
        "component": st.sampled_from(components),
        "phases": some(phases),
        "to": some(channels),
        "windows": counts,
        "window_seconds": positive,
        "severity": st.sampled_from(("info", "warn", "page")),
    }
    return (
        part({"metric": st.sampled_from(_METRICS), "above": numbers()}, **common)
        | part({"limit": st.sampled_from(_LIMITS), "above_share": shares}, **common)
        | part({"event": st.just("deploy-failed")}, **common)
    )


def _targets(components: Sequence[str]) -> Drawn:
    return part(
        {"metric": st.sampled_from(_METRICS), "below": numbers()},
        aim=st.sampled_from(("latency", "error_rate", "other")),
        component=st.sampled_from(components),
        percentile=st.sampled_from((50, 95, 99)),
        alert_above=numbers(),
    )


def _practices(components: Sequence[str], phases: Sequence[str]) -> dict[str, Drawn]:
    component = st.sampled_from(components)
    idle = {
        "component": component,
        "metric": st.sampled_from(_METRICS),
        "below": numbers(),
        "window_seconds": positive,
        "check_every_seconds": positive,
    }
    practice = part({"do": texts_of_people}, area=texts_of_people, met=st.booleans())
    caching = part(
        {"layer": st.sampled_from(("cdn", "application", "database_query"))},
        component=component,
        ttl_seconds=positive,
        stale_while_revalidate_seconds=positive,
    )
    limit = part(
        {"route": texts_of_people, "requests": counts, "per_seconds": positive},
        by=st.sampled_from(("address", "user", "key")),
        component=component,
        when_out=st.sampled_from(("open", "local", "closed")),
    )
    metric = part(
        {"kind": st.sampled_from(("counter", "gauge", "histogram"))},
        component=component,
        labels=some(("plan", "user_type")),
    )
    option = part({"name": texts_of_people}, pros=st.lists(texts_of_people, max_size=2))
    return {
        "caching": by_name(("pages", "queries"), caching),
        "rate_limits": st.lists(limit, max_size=2),
        "metrics": by_name(("signups_total", "open_tasks"), metric),
        "data_growth": _data_growth(components, phases),
        **_bindings(),
        "sandboxes": st.lists(
            part({"component": component, "stop_after_seconds": positive}), max_size=1
        ),
        "idle_machines": st.lists(part(idle, phases=some(phases)), max_size=1),
        "security": st.lists(practice, max_size=2),
        "practices": st.lists(practice, max_size=2),
        "decisions": st.lists(
            part({"question": texts_of_people}, options=st.lists(option, max_size=2)), max_size=1
        ),
        "questions": st.lists(
            part({"question": texts_of_people, "answer": texts_of_people}), max_size=1
        ),
        "deploy": part(
            strategy=st.sampled_from(("manual", "rolling", "blue_green", "canary")),
            canary_share=shares,
            automatic=st.booleans(),
        ),
        "retention": part(logs_days=counts, backups_days=counts),
    }


@st.composite
def _claims(
    draw: st.DrawFn, phases: Sequence[str], offerings: Sequence[str], own: Sequence[str]
) -> Document:
    item = part({"offering": st.sampled_from(offerings)}) | part(
        {"service": st.just("aws/ec2")},
        parameters=by_name(("size", "hours"), quantities | texts_of_people | st.booleans()),
    )
    common = {"where": texts_of_people, "tolerance": shares, "note": texts_of_people}
    says = {"says": texts_of_people, "states": ranges()}
    claim = (
        part({**says, "items": st.lists(item, min_size=1, max_size=2)}, **common)
        | part({**says, "phase": part({"phase": st.sampled_from(phases)})}, **common)
        | part({"says": texts_of_people, "exists": st.sampled_from(offerings)}, **common)
    )
    claims = draw(by_name(own, claim, 3))
    if claims and draw(st.booleans()):
        total = {**says, "sum_of": st.just(list(claims))}
        claims["the-total"] = draw(part(total, **common))
    return claims


@st.composite
def documents(draw: st.DrawFn, offerings: Sequence[str] = KNOWN_OFFERINGS) -> Document:
    """Draw the data of a valid strategy file that uses the given offerings."""
    components_used = draw(_names(_COMPONENTS))
    phases = draw(_names(_PHASES))
    demand = draw(some(_DEMAND, 4))
    addons = draw(some(("replica", "extra-cache"), 2))
    signals = draw(some(("outgrown", "too-slow"), 2))
    channels = draw(some(_CHANNELS))
    custom = draw(some(("our/server", "our/plan"), 2))
    ids = [*offerings, *custom]
    document: Document = {
        "outgrow": 1,
        "name": draw(texts_of_people),
        "demand": draw(_demand(demand)),
        "components": {name: draw(components(components_used)) for name in components_used},
        "phases": draw(_phases(phases, components_used, demand, addons, signals, ids)),
        "finance": {
            "currencies": {"EUR": Decimal("1.08"), "GBP": Decimal("1.270")},
            **draw(part(arpu_usd_month=estimates(), labour_usd_hour=quantities)),
        },
    }
    document["offerings"] = {name: draw(_custom_offerings()) for name in custom}
    document["addons"] = {
        name: draw(
            part(
                {"use": by_name(components_used, assignments(ids, demand), 2)},
                fits=some(phases),
                when=conditions(components_used, signals),
            )
        )
        for name in addons
    }
    document["signals"] = {
        name: {"when": draw(conditions(components_used, signals[:index]))}
        for index, name in enumerate(signals)
    }
    document["environments"] = draw(_environments(components_used, phases, demand, ids))
    document["channels"] = {
        name: draw(part({"kind": st.just("slack")}, to=texts_of_people, secret=references))
        for name in channels
    }
    rest = part(
        description=texts_of_people,
        region=st.just("eu-central-1"),
        active_env_file=st.just("backend/.env"),
        start=st.sampled_from(phases),
        current=st.sampled_from(phases),
        targets=by_name(("fast", "correct"), _targets(components_used)),
        alerts=by_name(("slow", "full"), _alerts(components_used, phases, channels)),
        claims=_claims(phases, ids, ("first", "second", "third")),
        next_steps=st.lists(
            part({"do": texts_of_people}, at=by_name(demand, quantities, 1)), max_size=2
        ),
        waivers=st.lists(part({"code": st.just("gap-nat"), "why": texts_of_people}), max_size=1),
        **_practices(components_used, phases),
    )
    return {**document, **draw(rest)}


def texts(offerings: Sequence[str] = KNOWN_OFFERINGS) -> Drawn:
    """Draw the YAML text of a valid strategy file."""
    return documents(offerings).map(write_yaml)


def strategies(
    offerings: Sequence[str] = KNOWN_OFFERINGS,
) -> st.SearchStrategy[Strategy]:
    """Draw a loaded strategy that uses the given offerings."""
    return texts(offerings).map(lambda text: parse_strategy(text).strategy)


def _names(names: Sequence[str]) -> Drawn:
    return st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)


def _custom_offerings() -> Drawn:
    return part(
        {"price": prices()},
        name=texts_of_people,
        serves=st.lists(st.sampled_from(["service", "postgres", "redis"]), max_size=2),
        vcpu=numbers("0.25", "64", 2),
        memory_gib=numbers("0.25", "512", 2),
        limits=_limits(),
        capabilities=part(websockets=st.booleans(), always_on=st.booleans()),
        as_of=days,
    )
