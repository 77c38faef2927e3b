"""Where logs are kept, for how long, and which lines are shipped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml
from tests.rendered.alloy_syntax import read_alloy
from tests.systems import all_systems, system
from tests.unit.render.written_systems import system_with, text_of

from outgrow.render.loki import TARGET
from outgrow.render.loki.configuration import loki_yaml
from outgrow.render.loki.plan import log_plan
from outgrow.render.system.model import System
from outgrow.strategy.targets import Retention

SHOP = """
api: {kind: service, build: {framework: fastapi}, needs: {health_path: /healthz}, talks_to: [db]}
db: {kind: postgres}
logs: {kind: logs}
"""
HOSTILE = 'a`b"c\\ {{.Value}} ${HOME}\n} loki.write "x" {'


def shop(**phase: Any) -> System:
    return system_with(SHOP, logs={"offering": "self-hosted/loki"}, **phase)


def kept_for(found: System, days: int | None) -> System:
    strategy = found.strategy.model_copy(update={"retention": Retention(logs_days=days)})
    return replace(found, strategy=strategy)


def loki(found: System) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(text_of(TARGET.render(found), "loki.yaml"))
    return read


def test_a_phase_with_loki_has_it() -> None:
    assert TARGET.applies(shop())
    assert TARGET.render(shop()).covers == {"logs"}


def test_what_has_its_logs_in_cloudwatch_has_no_loki() -> None:
    assert not TARGET.applies(system("nexod", "production"))
    assert not TARGET.applies(system_with(SHOP, logs={"offering": "aws/cloudwatch"}))


def test_a_monitoring_of_ones_own_without_a_place_for_logs_gets_one() -> None:
    found = system_with(
        "api: {kind: service, build: {}}\nwatch: {kind: monitoring}",
        watch={"offering": "self-hosted/prometheus"},
    )
    assert TARGET.applies(found)


def test_lines_are_kept_as_long_as_the_strategy_says() -> None:
    found = loki(kept_for(shop(), 14))
    assert found["limits_config"]["retention_period"] == "336h"
    assert found["compactor"]["retention_enabled"] is True
    assert found["compactor"]["delete_request_store"] == "filesystem"


def test_an_unstated_time_is_said_to_be_assumed() -> None:
    text = loki_yaml(log_plan(shop()))
    assert "# 30 days, assumed: the strategy has no retention.logs_days." in text


def test_no_days_at_all_is_a_loss_because_loki_keeps_a_day() -> None:
    found = kept_for(shop(), 0)
    assert loki(found)["limits_config"]["retention_period"] == "24h"
    assert "loki-retention" in {loss.code for loss in TARGET.render(found).losses}


def test_logs_take_a_bucket_of_their_own_where_the_phase_has_s3() -> None:
    found = system_with(
        f"{SHOP}files: {{kind: object_store}}",
        logs={"offering": "self-hosted/loki"},
        files={"offering": "aws/s3"},
    )
    rendering = TARGET.render(found)
    read = loki(found)
    assert read["storage_config"]["aws"]["bucketnames"] == "${LOKI_BUCKET}"
    assert read["schema_config"]["configs"][0]["object_store"] == "s3"
    assert read["compactor"]["delete_request_store"] == "s3"
    assert "-config.expand-env=true" in text_of(rendering, "compose.yaml")
    assert "LOKI_BUCKET=" in text_of(rendering, ".env.example")


def test_only_containers_of_the_strategy_are_read() -> None:
    read = read_alloy(text_of(TARGET.render(shop()), "config.alloy"))
    rules = read.all("rule")
    assert rules[0].attributes["regex"] == "(api|db)(?:-migrate)?"
    assert rules[0].attributes["action"] == "keep"
    assert rules[1].attributes["target_label"] == "component"


def test_units_of_the_strategy_are_components_and_the_others_are_the_machine() -> None:
    found = system_with(
        "worker: {kind: worker, build: {}}", worker={"offering": "self-hosted/systemd"}
    )
    text = text_of(TARGET.render(found), "config.alloy")
    assert "discovery.docker" not in text
    assert "docker.sock" not in text_of(TARGET.render(found), "compose.yaml")
    rules = read_alloy(text).all("rule")
    assert [one.attributes.get("replacement") for one in rules] == ["worker", "machine", None]


def test_containers_on_a_cluster_are_a_loss() -> None:
    losses = TARGET.render(system("nowry", "kubernetes")).losses
    assert "loki-cluster" in {loss.code for loss in losses}


def test_text_of_the_strategy_stays_text() -> None:
    hostile = SHOP.replace("/healthz", "HOSTILE")
    found = system_with(hostile, logs={"offering": "self-hosted/loki"})
    parts = tuple(
        replace(p, health=p.health.model_copy(update={"path": f"/{HOSTILE}"})) if p.health else p
        for p in found.parts
    )
    read = read_alloy(text_of(TARGET.render(replace(found, parts=parts)), "config.alloy"))
    assert [one.name for one in read.blocks].count("loki.write") == 1
    expression = str(read.all("stage.drop")[1].attributes["expression"])
    assert expression.startswith('^(?:/a`b"c\\\\ \\{\\{\\.Value\\}\\}')


def test_any_system_can_be_asked_for_it_and_no_secret_is_in_it() -> None:
    for name, found in all_systems():
        rendering = TARGET.render(found)
        assert len(rendering.files) == 5, name
        assert rendering == TARGET.render(found), name
        assert "s3://" not in "".join(file.text for file in rendering.files), name
