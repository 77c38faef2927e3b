"""An alert that nobody evaluates is told: silence never looks as if all were well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.systems import all_systems
from tests.unit.render.written_systems import written_system

from outgrow.operations.opened import open_strategy
from outgrow.operations.render import RenderOptions, render_phase
from outgrow.render.alerts.coverage import has_cloudwatch, has_prometheus, unwatched
from outgrow.render.alerts.define import alerts_of
from outgrow.render.alerts.untold import untold_alerts
from outgrow.render.registry import target, target_names
from outgrow.render.system.model import System
from outgrow.render.target import Loss

SHOP = """
components:
  api: {{kind: service, build: {{framework: fastapi}}, needs: {{ports: [8000]}}, talks_to: [db]}}
  db: {{kind: postgres}}
phases:
  one: {{use: {{api: {{offering: {api}}}, db: {{offering: {db}}}}}}}
alerts:
  slow: {{metric: api.latency_p95_ms, above: 500}}
  busy: {{metric: api.cpu_used_percent, component: api, above: 80}}
  full: {{limit: database_gb, component: db, above_share: 0.8}}
  odd: {{event: something_odd, component: api}}
"""
MANAGED = SHOP.format(api="railway/pro", db="supabase/free")


def told(system: System) -> Iterator[Loss]:
    for name in target_names():
        if target(name).applies(system):
            yield from target(name).render(system).losses
    yield from untold_alerts(system)


def test_a_phase_on_managed_services_tells_every_alert_once() -> None:
    losses = {one.path: one for one in untold_alerts(written_system(MANAGED))}
    assert set(losses) == {("alerts", name) for name in ("slow", "busy", "full", "odd")}
    assert losses["alerts", "slow"].code == "alerts-no-such-metric"
    assert "railway/pro" in losses["alerts", "slow"].why
    assert "outgrow status" in losses["alerts", "slow"].instead
    assert losses["alerts", "odd"].code == "alerts-event"


def test_a_limit_of_unknown_size_is_told_as_that() -> None:
    losses = untold_alerts(written_system(SHOP.format(api="railway/pro", db="supabase/enterprise")))
    assert "alerts-unknown-limit" in {one.code for one in losses}


def test_what_prometheus_or_cloudwatch_tell_is_not_told_again() -> None:
    for api, db in (("self-hosted/docker", "supabase/free"), ("aws/fargate", "supabase/free")):
        assert untold_alerts(written_system(SHOP.format(api=api, db=db))) == (), api


def test_what_the_monitor_of_a_droplet_evaluates_or_tells_is_not_told_again() -> None:
    droplet = written_system(SHOP.format(api="digitalocean/droplet/s-2vcpu-4gb", db="supabase/pro"))
    paths = {one.path for one in untold_alerts(droplet)}
    assert ("alerts", "busy") not in paths  # its monitor watches the processors
    assert ("alerts", "full") in paths


def test_every_unwatched_alert_of_every_system_is_told_by_somebody() -> None:
    silent = 0
    for name, system in all_systems():
        paths = {one.path for one in told(system)}
        assert {rule.path for rule in unwatched(system)} <= paths, name
        silent += not (has_prometheus(system) or has_cloudwatch(system)) and bool(
            alerts_of(system).rules
        )
    assert silent > 5


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "outgrow.yaml"
    path.write_text(f"outgrow: 1\nname: Shop\n{MANAGED}")
    return path


def test_rendering_a_phase_refuses_and_a_waiver_accepts(shop: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "infra")
    report = render_phase(open_strategy(str(shop)), "one", None, out, RenderOptions())
    lost = [one for one in report.refused if one.loss.code.startswith("alerts-")]
    assert len(lost) == 4
    assert report.exit_code == 1
    waivers = "\n".join(one.waiver.replace("...", "on a page") for one in report.refused)
    shop.write_text(f"{shop.read_text()}waivers:\n{waivers}\n")
    accepted = render_phase(open_strategy(str(shop)), "one", None, out, RenderOptions())
    assert accepted.refused == ()
    assert accepted.exit_code == 0
    readme = (tmp_path / "infra" / "README.md").read_text()
    assert "the alert slow" in readme
    assert "on a page" in readme


def test_who_asks_for_one_target_hears_what_that_target_says(shop: Path, tmp_path: Path) -> None:
    options = RenderOptions(targets=("dockerfile",))
    report = render_phase(open_strategy(str(shop)), "one", None, str(tmp_path / "out"), options)
    assert [one for one in report.losses if not one.target] == []
