"""Dashboards: what they ask, where panels stand, which lines they carry, and text as text."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import yaml
from tests.systems import all_systems, system
from tests.unit.render.written_systems import text_of, written_system

from outgrow.render.grafana.layout import Group, placed
from outgrow.render.grafana.panel import Level, Panel, steps
from outgrow.render.grafana.target import TARGET
from outgrow.render.grafana.text import literal, uid
from outgrow.render.system.model import System
from outgrow.render.target import Rendering

SHOP = """
components:
  api: {kind: service, public: true, talks_to: [db], needs: {ports: [8000], health_path: /healthz}}
  db: {kind: postgres}
phases:
  one:
    serves: {orders: 0-500}
    use: {api: {offering: self-hosted/docker}, db: {offering: self-hosted/postgres}}
"""


def board(found: System, name: str) -> Any:
    return json.loads(text_of(TARGET.render(found), f"dashboards/{name}.json"))


def panel(found: Any, title: str) -> Any:
    return next(one for one in found["panels"] if one["title"] == title)


def expressions(one: Any) -> list[str]:
    return [target["expr"] for target in one["targets"]]


def thresholds(one: Any) -> list[tuple[str, float | None]]:
    found = one["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return [(step["color"], step["value"]) for step in found]


def codes(rendering: Rendering) -> list[str]:
    return [loss.code for loss in rendering.losses]


def dashboards(rendering: Rendering) -> list[Any]:
    return [json.loads(f.text) for f in rendering.files if f.path.startswith("dashboards/")]


EVERY = [(name, TARGET.render(found)) for name, found in all_systems()]


def test_a_service_has_its_four_golden_signals() -> None:
    found = board(written_system(SHOP), "overview")
    titles = [one["title"] for one in found["panels"] if one["title"].startswith("api: ")]
    assert titles[:4] == [
        "api: requests a second",
        "api: errors",
        "api: duration",
        "api: saturation",
    ]
    legends = [one["legendFormat"] for one in panel(found, "api: duration")["targets"]]
    assert legends == ["p50", "p95", "p99"]
    assert expressions(panel(found, "api: requests a second")) == [
        'sum(rate(http_requests_total{component="api"}[$__rate_interval]))'
    ]


def test_a_promise_and_an_alert_are_lines_on_their_panel() -> None:
    found = panel(board(system("nexod", "production"), "overview"), "api: duration")
    assert thresholds(found) == [("green", None), ("orange", 300), ("red", 500)]
    assert found["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "dashed"}
    assert "latency_p99_ms: the target is below 500 (outgrow.yaml:" in found["description"]


def test_a_level_from_below_is_red_under_it() -> None:
    found = [Level(Decimal(2), "red", above=False, said="")]
    assert steps(found) == [{"color": "red", "value": None}, {"color": "green", "value": 2}]


def test_a_panel_without_levels_has_no_lines() -> None:
    found = panel(board(written_system(SHOP), "store-db"), "db: connections")
    assert thresholds(found) == [("green", None)]
    assert found["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "off"}


@pytest.mark.parametrize("rendering", [one for _, one in EVERY], ids=[name for name, _ in EVERY])
def test_ids_are_unique_and_no_panel_overlaps_another(rendering: Rendering) -> None:
    found = dashboards(rendering)
    assert len({one["uid"] for one in found}) == len(found)
    for one in found:
        panels = one["panels"]
        assert len({p["id"] for p in panels}) == len(panels)
        taken = [
            (x, y)
            for p in panels
            for x in range(p["gridPos"]["x"], p["gridPos"]["x"] + p["gridPos"]["w"])
            for y in range(p["gridPos"]["y"], p["gridPos"]["y"] + p["gridPos"]["h"])
        ]
        assert len(taken) == len(set(taken))
        assert max(x for x, _ in taken) < 24
        names = [variable["name"] for variable in one["templating"]["list"]]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("rendering", [one for _, one in EVERY], ids=[name for name, _ in EVERY])
def test_every_data_source_that_is_named_is_provisioned(rendering: Rendering) -> None:
    if not rendering.files:
        assert codes(rendering) == ["grafana-no-source"]
        return
    text = text_of(rendering, "provisioning/datasources/outgrow.yml")
    known = {one["uid"]: one["type"] for one in yaml.safe_load(text)["datasources"]}
    named = {
        (source["uid"], source["type"]) for one in dashboards(rendering) for source in sources(one)
    }
    assert named - {("-- Grafana --", "grafana")} == set(known.items())


def sources(value: Any) -> list[Any]:
    """Return every data source that a document names."""
    if isinstance(value, list):
        return [found for one in value for found in sources(one)]
    if not isinstance(value, dict):
        return []
    inner = [found for key, one in value.items() if key != "datasource" for found in sources(one)]
    return [value["datasource"], *inner] if "datasource" in value else inner


@pytest.mark.parametrize("rendering", [one for _, one in EVERY], ids=[name for name, _ in EVERY])
def test_cloudwatch_expressions_name_targets_of_their_own_panel(rendering: Rendering) -> None:
    for found in dashboards(rendering):
        variables = {one["name"] for one in found["templating"]["list"]}
        for one in found["panels"]:
            asked = [t for t in one.get("targets", []) if t["datasource"]["type"] == "cloudwatch"]
            ids = [target["id"] for target in asked]
            assert len(ids) == len(set(ids))
            for target in asked:
                words = target.get("expression", "").replace("(", " ").replace(")", " ").split()
                named = {word.rstrip(",") for word in words if "_" in word}
                assert named <= set(ids)
                for value in target.get("dimensions", {}).values():
                    if value.startswith("${"):
                        assert value.split("}")[0][2:] in variables


def test_a_phase_on_aws_without_prometheus_asks_cloudwatch() -> None:
    found = board(system("sample-app", "aws"), "overview")
    errors = panel(found, "api: errors")["targets"]
    assert [one.get("metricName") for one in errors[:2]] == [
        "HTTPCode_Target_5XX_Count",
        "RequestCount",
    ]
    assert errors[2]["expression"] == (
        "100 * FILL(api_error_rate_percent_part, 0) / api_error_rate_percent_all"
    )
    assert errors[0]["dimensions"]["TargetGroup"] == "${targetgroup_api}"
    lookup = next(v for v in found["templating"]["list"] if v["name"] == "targetgroup_api")
    assert lookup["regex"] == r"/^targetgroup\/notes-production-api\//"


def test_a_database_on_aws_is_asked_for_by_the_name_that_terraform_gives() -> None:
    found = board(system("sample-app", "aws"), "store-db")
    asked = panel(found, "db: saturation")["targets"][0]
    assert asked["dimensions"] == {"DBInstanceIdentifier": "notes-production-db"}


def test_a_phase_with_nothing_to_ask_is_a_loss_and_no_file() -> None:
    rendering = TARGET.render(system("floyo", "start"))
    assert rendering.files == ()
    assert codes(rendering) == ["grafana-no-source"]


def test_a_promise_that_nothing_measures_is_a_loss() -> None:
    text = "targets: {queue: {metric: api.queue_length, component: api, below: 5}}"
    lost = [one.path for one in TARGET.render(written_system(SHOP + text)).losses]
    assert lost == [("targets", "queue")]


def test_what_sentry_measures_is_no_loss() -> None:
    found = system("nexod", "production")
    assert "frontend-lcp" in found.strategy.targets
    assert codes(TARGET.render(found)) == []


BUSINESS = """
metrics:
  orders: {kind: gauge, component: api, description: "Orders that wait."}
  payments_total: {kind: counter, component: api, labels: [method]}
  basket_value: {kind: histogram, component: api}
  strange-name: {kind: gauge, component: api}
  unowned: {kind: gauge}
demand:
  orders: {measured: {system: prometheus, query: "sum(orders)\\n  + 0"}}
  visits: {measured: {system: prometheus, query: "sum(visits"}}
  users: {measured: {system: clerk, query: total users}}
"""


def test_what_the_application_counts_is_on_the_business_dashboard() -> None:
    rendering = TARGET.render(written_system(SHOP + BUSINESS))
    found = json.loads(text_of(rendering, "dashboards/business.json"))
    assert thresholds(panel(found, "Orders that wait.")) == [("green", None), ("red", 500)]
    assert expressions(panel(found, "payments_total in an hour")) == [
        'sum by (method) (increase(payments_total{component="api"}[1h]))'
    ]
    assert len(expressions(panel(found, "basket_value"))) == 2
    assert expressions(panel(found, "orders")) == ["sum(orders) + 0"]
    assert panel(found, "What the phase one is made for")["options"]["content"] == (
        "orders: 0 to 500; measured in prometheus"
    )


def test_a_metric_that_prometheus_cannot_have_is_a_loss() -> None:
    rendering = TARGET.render(written_system(SHOP + BUSINESS))
    lost = {(loss.code, loss.path) for loss in rendering.losses}
    assert ("grafana-metric", ("metrics", "strange-name")) in lost
    assert ("grafana-metric", ("metrics", "unowned")) in lost
    assert ("grafana-demand", ("demand", "visits", "measured")) in lost
    assert ("grafana-metric", ("metrics", "orders")) not in lost


HOSTILE = '"] } $component ${environment} [[component]] {{ x }}\n\\ <b>'


def test_text_of_the_strategy_is_shown_as_it_stands() -> None:
    hostile = json.dumps(HOSTILE)
    text = f"""
metrics:
  orders: {{kind: gauge, component: api, description: {hostile}}}
demand:
  orders: {{measured: {{system: {hostile}}}}}
alerts:
  slow: {{description: {hostile}, metric: api.latency_p95_ms, component: api, above: 5}}
"""
    rendering = TARGET.render(written_system(SHOP + text))
    business = json.loads(text_of(rendering, "dashboards/business.json"))
    duration = panel(json.loads(text_of(rendering, "dashboards/overview.json")), "api: duration")
    shown = [
        business["panels"][1]["title"],
        business["panels"][-1]["options"]["content"],
        duration["description"],
    ]
    for one in shown:
        assert one.replace("\u200b", "").count("$component ${environment} [[component]]") == 1
        assert "$component" not in one
        assert "${" not in one
        assert "[[" not in one
        assert "\n" not in one


def test_a_uid_is_short_and_follows_from_the_names_alone() -> None:
    long = uid("a-rather-long-name-of-a-system", "production", "store-database")
    assert len(long) <= 40
    assert long == uid("a-rather-long-name-of-a-system", "production", "store-database")
    assert long != uid("a-rather-long-name-of-a-system", "production", "store-datastore")
    assert uid("shop", "live", "overview") == "shop-live-overview"


def test_literal_text_is_one_line() -> None:
    assert literal(" a\n b ") == "a b"


def test_panels_go_to_the_next_line_where_the_row_is_full() -> None:
    wide = Panel("a", width=16, height=8)
    found = placed(
        [Group("", (wide, wide)), Group("more", (Panel("b", width=6),)), Group("no", ())]
    )
    assert [(one.panel.title, one.x, one.y) for one in found] == [
        ("a", 0, 0),
        ("a", 0, 8),
        ("more", 0, 16),
        ("b", 0, 17),
    ]


def test_every_system_renders_the_same_bytes_twice() -> None:
    for (name, once), (_, found) in zip(EVERY, all_systems(), strict=True):
        assert once.files == TARGET.render(found).files, name
