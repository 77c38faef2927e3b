"""The READMEs say what is where, what is left to do, and what it costs; markup is only text."""

from __future__ import annotations

from tests.systems import system

from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System
from outgrow.render.target import Loss, Rendering, Target
from outgrow.render.tree.losses import ReportedLoss, judged
from outgrow.render.tree.overlay import apply_overlay
from outgrow.render.tree.readme import RenderedTarget, index_readme, target_readme
from outgrow.strategy.strategy import Waiver

LOSS = Loss("fake-loss", ("components", "api"), "a <b>thing</b>", "it has no | word", "do it")


def one(*losses: ReportedLoss, covers: frozenset[str] = frozenset({"api"})) -> RenderedTarget:
    rendering = Rendering((RenderedFile("x", "x\n"),), (LOSS,), covers, ("make x",))
    target = Target("fake", "A fake", lambda _: True, lambda _: rendering)
    return RenderedTarget(target, rendering, apply_overlay({"x": "x\n"}, {"y": b""}), losses)


def nexod() -> System:
    return system("nexod", "production")


def test_what_no_target_covers_is_to_be_set_up_by_hand_with_its_offering() -> None:
    text = index_readme(nexod(), [one()])
    assert "- **auth**: Clerk Pro (`outgrow.yaml:" in text
    assert "| [fake](fake/) | A fake | api |" in text
    assert "- **api**" not in text


def test_the_bill_of_the_whole_is_that_of_the_phase() -> None:
    found = nexod()
    text = index_readme(found, [one()])
    low, high = (
        f"{bill.total.amount_usd_month:,.2f}" for bill in (found.costs.low, found.costs.high)
    )
    total = next(line for line in text.splitlines() if line.startswith("| **total**"))
    assert f"at least ${low}" in total
    assert f"at least ${high}" in total
    assert "says which" in text


def test_a_target_shows_its_commands_its_bill_and_its_overlay() -> None:
    text = target_readme(nexod(), one())
    assert "```sh\nmake x\n```" in text
    assert "| api | aws/fargate |" in text
    assert "| db |" not in text
    assert "`y` comes from it" in text


def test_a_loss_is_written_with_its_place_and_why_it_is_accepted() -> None:
    waiver = Waiver(code="fake-loss", path="components/api", why="We know")
    (waived,) = judged("fake", [(LOSS, "outgrow.yaml:7")], [waiver])
    text = target_readme(nexod(), one(waived))
    assert waived.waived_because == "We know"
    assert "Accepted: We know." in text
    assert "`outgrow.yaml:7`" in text
    assert "<b>" not in text.replace("\\<b>", "")


def test_a_waiver_of_another_place_accepts_nothing() -> None:
    waivers = [Waiver(code="fake-loss", path="components/ap", why="no")]
    (loss,) = judged("fake", [(LOSS, "outgrow.yaml:7")], waivers)
    assert loss.waived_because is None
    assert loss.waiver == '- {code: fake-loss, path: "components/api", why: "..."}'
