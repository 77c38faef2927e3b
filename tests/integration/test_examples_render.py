"""Every example renders whole: what its targets cannot say is waived in it, with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.systems import example_names, opened

from outgrow.operations.render import RenderOptions, RenderReport, render_all
from outgrow.render.registry import loss_code_starts


def rendered(example: str, folder: Path) -> RenderReport:
    """Return what `outgrow render EXAMPLE --all --dry-run` would say."""
    return render_all(opened(example), str(folder), RenderOptions(dry_run=True))


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RenderReport]:
    folder = tmp_path_factory.mktemp("rendered")
    return {name: rendered(name, folder / name) for name in example_names()}


def test_no_example_needs_accept_loss(reports: dict[str, RenderReport]) -> None:
    refused = {name: [one.waiver for one in report.refused] for name, report in reports.items()}
    assert refused == {name: [] for name in example_names()}
    assert {report.exit_code for report in reports.values()} == {0}


def test_every_waiver_of_a_loss_still_covers_one(reports: dict[str, RenderReport]) -> None:
    for name, report in reports.items():
        used = {one.waived_because for one in report.losses}
        ours = [w for w in opened(name).strategy.waivers if w.code.startswith(loss_code_starts())]
        assert [waiver for waiver in ours if waiver.why not in used] == [], name


def test_a_loss_is_told_once_in_all_phases(reports: dict[str, RenderReport]) -> None:
    for name, report in reports.items():
        told = [(one.loss, one.place) for one in report.losses]
        assert len(told) == len(set(told)), name


def test_targets_for_the_same_files_share_a_loss_and_its_waiver(
    reports: dict[str, RenderReport],
) -> None:
    told = [one for one in reports["nowry"].losses if one.loss.code == "aws-documentdb-version"]
    assert [one.target for one in told] == ["terraform-aws"]
    assert told[0].waived_because
