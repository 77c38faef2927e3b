"""A gate: several sources, probes of our own, health checks, and what was before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from outgrow.deploy.gates.gate import Gate
from outgrow.deploy.gates.health import HealthWatch
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.ports import Judge
from outgrow.deploy.values import Counted, Probe, Side
from outgrow.errors import OutsideError

POLICY = GatePolicy()
GOOD = {"new": Counted(2000), "old": Counted(2000)}
BAD = {"new": Counted(100, 50), "old": Counted(2000)}


@dataclass
class FakeSource:
    """Counts what the test says, since the test last said so."""

    counts: Mapping[Side, Counted] = field(default_factory=dict)
    name: str = "proxy"
    begun: int = 0
    fails: str = ""

    def begin(self) -> None:
        self.begun += 1
        self.counts = {}

    def read(self) -> Mapping[Side, Counted]:
        if self.fails:
            raise OutsideError(self.fails)
        return self.counts


def begun(*sources: FakeSource, **options: object) -> Gate:
    gate = Gate(POLICY, sources, **options)  # type: ignore[arg-type]
    gate.begin()
    return gate


def test_it_is_the_judge_that_the_engine_asks_for() -> None:
    judge: Judge = Gate(POLICY, ())
    judge.begin()
    assert judge.verdict().answer == "undecided"


def test_the_worst_of_several_sources_counts_and_is_named() -> None:
    proxy, prometheus = FakeSource(), FakeSource(name="prometheus")
    gate = begun(proxy, prometheus)
    proxy.counts, prometheus.counts = GOOD, BAD
    verdict = gate.verdict()
    assert verdict.answer == "fail"
    assert verdict.why.startswith("prometheus: 50 of 100 requests (50 %)")
    prometheus.counts = {}
    assert gate.verdict().answer == "undecided"
    prometheus.counts = GOOD
    assert gate.verdict().answer == "pass"


def test_a_source_that_cannot_be_asked_is_undecided_and_named() -> None:
    proxy, prometheus = FakeSource(GOOD), FakeSource(name="prometheus", fails="it is down")
    gate = begun(proxy, prometheus)
    proxy.counts = GOOD
    verdict = gate.verdict()
    assert verdict.answer == "undecided"
    assert verdict.why == "prometheus cannot be asked: it is down"


def test_a_source_that_cannot_begin_is_undecided_until_the_next_period() -> None:
    class Refusing(FakeSource):
        def begin(self) -> None:
            super().begin()
            if self.begun == 1:
                raise OutsideError("no mark today")

    source = Refusing()
    gate = begun(source)
    source.counts = GOOD
    assert gate.verdict().why == "proxy cannot be asked: no mark today"
    gate.begin()
    source.counts = GOOD
    assert gate.verdict().answer == "pass"


def test_with_all_traffic_shifted_the_old_version_of_before_is_compared_with() -> None:
    source = FakeSource()
    gate = begun(source)
    source.counts = {"old": Counted(8000, 800)}
    gate.begin()
    source.counts = {"new": Counted(6000, 480)}
    verdict = gate.verdict()
    assert verdict.answer == "pass"
    assert "beside what the old version did before it lost its traffic" in verdict.why
    assert "800 of 8000 requests (10 %) of the old one" in verdict.why


def test_what_is_counted_before_belongs_to_one_deploy() -> None:
    source = FakeSource()
    gate = begun(source)
    source.counts = {"old": Counted(8000, 800)}
    gate.begin()
    gate.begin_before()
    source.counts = {"old": Counted(100)}
    gate.begin()
    source.counts = {"new": Counted(100)}
    assert "0 of 100 requests (0 %) of the old one" in gate.verdict().findings[0].why


def test_while_the_old_version_has_traffic_only_the_same_time_is_compared() -> None:
    """A database that gets slow hits both; the good hour before says nothing about that."""
    source = FakeSource()
    gate = begun(source)
    source.counts = {"old": Counted(5000)}
    gate.begin()
    source.counts = {"new": Counted(40, 12), "old": Counted(360, 108)}
    assert gate.verdict().answer == "undecided"


def test_which_comparison_is_made_is_settled_once_a_period() -> None:
    source = FakeSource()
    gate = begun(source)
    source.counts = {"old": Counted(800)}
    gate.begin()
    source.counts = {"new": Counted(20)}
    gate.verdict()
    source.counts = {"new": Counted(600), "old": Counted(60, 60)}
    assert "60 of 860 requests" in gate.verdict().findings[0].why


def test_small_periods_before_the_first_request_add_up() -> None:
    source = FakeSource()
    gate = begun(source)
    for _ in range(3):
        source.counts = {"old": Counted(30, 1)}
        gate.begin()
    source.counts = {"new": Counted(100)}
    assert "3 of 90 requests" in gate.verdict().findings[0].why


def test_a_first_deploy_has_no_old_version() -> None:
    source = FakeSource()
    gate = begun(source, is_first=True)
    source.counts = {"new": Counted(2000)}
    verdict = gate.verdict()
    assert verdict.answer == "pass"
    assert "there is no old version" in verdict.why


def test_probes_decide_when_users_send_too_few_requests() -> None:
    users, probes = FakeSource(), FakeSource(name="probes")
    gate = begun(users, probes=probes)
    users.counts, probes.counts = {"new": Counted(3), "old": Counted(20)}, GOOD
    verdict = gate.verdict()
    assert verdict.answer == "pass"
    assert verdict.why.startswith("synthetic requests: 0 of 2000 requests")
    assert "users sent too few to the new version to judge by (proxy 3)" in verdict.why


def test_probes_are_never_added_to_the_requests_of_users() -> None:
    users, probes = FakeSource(), FakeSource(name="probes")
    gate = begun(users, probes=probes)
    users.counts, probes.counts = {"new": Counted(400), "old": Counted(400)}, GOOD
    verdict = gate.verdict()
    assert [one.verdict for one in verdict.findings] == ["undecided", "pass"]
    assert "0 of 400 requests" in verdict.findings[0].why
    assert "0 of 2000 requests" in verdict.findings[1].why


def test_good_probes_do_not_save_a_version_that_fails_its_few_users() -> None:
    users, probes = FakeSource(), FakeSource(name="probes")
    gate = begun(users, probes=probes)
    users.counts, probes.counts = {"new": Counted(8, 8), "old": Counted(100)}, GOOD
    assert gate.verdict().answer == "fail"


def test_several_periods_share_the_chance_of_a_false_alarm() -> None:
    counts = {"new": Counted(5, 2), "old": Counted(95)}
    one, many = FakeSource(), FakeSource()
    gates = begun(one), begun(many, periods=100)
    one.counts = many.counts = counts
    assert [gate.verdict().answer for gate in gates] == ["fail", "undecided"]


def watch(*oks: bool) -> HealthWatch:
    answers = iter(oks)
    return HealthWatch(["green1"], lambda slot: Probe(slot, next(answers), "said", 0.1))


def test_a_new_version_needs_three_good_health_checks_in_a_row() -> None:
    health = watch(True, True, False, True, True, True)
    found = [health.look().verdict for _ in range(6)]
    assert found == ["undecided"] * 5 + ["pass"]


def test_three_bad_health_checks_in_a_row_fail_and_one_does_not() -> None:
    health = watch(False, True, False, False, False)
    found = [health.look() for _ in range(5)]
    assert [one.verdict for one in found] == ["undecided"] * 4 + ["fail"]
    assert found[-1].why == "3 health checks in a row failed: green1: said"


def test_every_instance_has_to_be_healthy() -> None:
    health = HealthWatch(["green1", "green2"], lambda slot: Probe(slot, slot == "green1", "", 0.1))
    assert [health.look().verdict for _ in range(3)] == ["undecided", "undecided", "fail"]


def test_a_slot_that_cannot_be_asked_is_undecided() -> None:
    def ask(slot: str) -> Probe:
        raise OutsideError("the engine does not answer")

    found = HealthWatch(["green1"], ask).look()
    assert (found.verdict, found.why) == (
        "undecided",
        "green1 cannot be asked: the engine does not answer",
    )


def test_health_is_a_finding_of_the_gate() -> None:
    source = FakeSource()
    gate = begun(source, health=watch(False, False, False))
    source.counts = GOOD
    assert [gate.verdict().answer for _ in range(3)] == ["undecided", "undecided", "fail"]
