from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.unit.local_run.projects import Clock, FakeProject, Heard, container

from outgrow.clients.docker import LOOK_EVERY_SECONDS, CommandFailed, WantedImage
from outgrow.clients.docker_inspect import Container
from outgrow.clients.listeners import Listener
from outgrow.errors import InputError, Interrupted
from outgrow.operations.local_run.bring_up import Outcome, Patience, bring_up
from outgrow.operations.local_run.stages import Service, Stage
from outgrow.operations.local_run.steady import HOLD_AFTER_RESTART_SECONDS

SERVICES = (Service("db", port=5432), Service("migrate", once=True), Service("api", port=8000))
DB = container("db", health="healthy")
DONE = container("migrate", "exited")
API = container("api", health="healthy")
STARTING = container("api", health="starting")
UNHEALTHY = container("api", health="unhealthy", probe="Connection refused")


def listening_on(*ports: int) -> dict[int, tuple[Listener, ...]]:
    return {7: tuple(Listener(port, "0.0.0.0") for port in ports)}


def run(
    project: FakeProject,
    heard: Heard | None = None,
    keep: bool = False,
    ports: tuple[int, ...] = (),
    build: bool = True,
) -> Outcome:
    clock = Clock()
    patience = Patience(10, clock.monotonic_seconds, clock.wait_seconds)
    found = listening_on(*ports)
    return bring_up(
        project,
        SERVICES,
        heard or Heard(),
        patience,
        lambda pid: found.get(pid, ()),
        build=build,
        keep=keep,
    )


def test_it_waits_until_every_service_is_healthy_or_has_done_its_work() -> None:
    heard = Heard()
    outcome = run(FakeProject([(DB,), (DB, DONE, STARTING), (DB, DONE, API)]), heard)
    assert outcome.ok
    assert heard.seen[:2] == [("starting", "waiting", "waiting"), ("starting", "done", "starting")]
    assert heard.seen[-1] == ("healthy", "done", "healthy")


def test_an_unhealthy_service_is_explained_and_what_was_started_is_removed() -> None:
    project = FakeProject([(DB, DONE, UNHEALTHY)])
    outcome = run(project, ports=(3000,))
    (cause,) = outcome.causes
    assert cause.service == "api"
    assert cause.last_lines == ("last words of api",)
    assert cause.probe == "Connection refused"
    assert "listens on 3000, and the strategy says 8000" in cause.advice
    assert outcome.removed
    assert project.calls == ["build", "start", "stop and volumes"]


def test_volumes_that_were_there_before_are_never_removed() -> None:
    project = FakeProject([(DB, DONE, UNHEALTHY)], volumes=("project_db",))
    run(project)
    assert project.calls[-1] == "stop"


def test_a_project_that_ran_before_is_left_as_it_is() -> None:
    project = FakeProject([(DB, DONE, UNHEALTHY)], before=(DB,))
    outcome = run(project)
    assert not outcome.removed
    assert project.calls == ["build", "start"]


def test_keep_leaves_a_failed_start_for_a_look() -> None:
    project = FakeProject([(DB, DONE, UNHEALTHY)])
    assert not run(project, keep=True).removed
    assert "stop" not in " ".join(project.calls)


def test_an_interrupted_start_leaves_nothing_behind() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    project = FakeProject([()], on_start=interrupt)
    with pytest.raises(Interrupted, match="nothing is left running"):
        run(project)
    assert project.calls[-1] == "stop and volumes"


def test_an_interrupted_update_leaves_what_ran_before() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    project = FakeProject([(DB,)], on_start=interrupt, before=(DB,))
    with pytest.raises(Interrupted, match="what ran before was not removed"):
        run(project)
    assert project.calls == ["build", "start"]


def test_progress_is_told_while_compose_waits_for_what_others_depend_on() -> None:
    heard = Heard()
    looks = [(STARTING,), (DB, STARTING), (DB, DONE, API)]
    assert run(FakeProject(looks, looks_while_starting=2), heard).ok
    assert heard.seen[0] == ("waiting", "waiting", "starting")
    assert heard.seen[1] == ("starting", "waiting", "starting")


def test_what_compose_is_about_to_replace_fails_nothing() -> None:
    old = container("api", "exited", exit_code=1)
    heard = Heard()
    project = FakeProject([(DB, DONE, old), (DB, DONE, API)], before=(old,), looks_while_starting=1)
    assert run(project, heard).ok
    assert heard.seen[0] == ("starting", "done")


def test_what_is_new_and_fails_ends_the_wait_of_compose() -> None:
    crashing = container("db", "restarting", restarts=4)
    project = FakeProject([(crashing,)], looks_while_starting=40)
    (cause,) = run(project).causes
    assert cause.reason == "it was started again 4 times"
    assert project.look < 5


def test_a_service_that_ends_and_starts_again_is_never_called_well() -> None:
    """Between two crashes its container runs, and may even answer its health check."""
    heard = Heard()
    crashes = [
        (DB, DONE, container("api", health="healthy", restarts=count, pid=7 + count))
        for count in range(4)
        for _ in range(2)
    ]
    (cause,) = run(FakeProject(crashes), heard).causes
    assert cause.reason == "it was started again 3 times"
    assert "healthy" not in [seen[2] for seen in heard.seen]


def test_what_docker_calls_unhealthy_between_two_runs_is_starting() -> None:
    between = container("api", "restarting", health="unhealthy", restarts=1)
    assert run(FakeProject([(DB, DONE, between), (DB, DONE, API)])).ok


def test_after_a_restart_it_has_to_hold_for_longer() -> None:
    once_restarted = container("api", health="healthy", restarts=1)
    heard = Heard()
    assert run(FakeProject([(DB, DONE, once_restarted)]), heard).ok
    waited_looks = [seen[2] for seen in heard.seen].count("starting")
    assert waited_looks * LOOK_EVERY_SECONDS == HOLD_AFTER_RESTART_SECONDS


def test_what_is_ready_just_in_time_may_still_show_that_it_holds() -> None:
    looks = [(DB, DONE, STARTING)] * 20 + [(DB, DONE, API)]
    assert run(FakeProject(looks)).ok


def test_the_deadline_holds_while_compose_waits_too() -> None:
    clock = Clock()
    project = FakeProject([(STARTING,)], looks_while_starting=40)

    class Late(Heard):
        def progress(self, found: Sequence[object]) -> None:
            clock.wait_seconds(1)

    patience = Patience(10, clock.monotonic_seconds, clock.wait_seconds)
    outcome = bring_up(project, SERVICES, Late(), patience, lambda pid: ())
    assert outcome.timed_out
    assert outcome.removed
    assert clock.seconds < 15


def test_a_download_takes_no_time_from_the_services() -> None:
    clock = Clock()
    project = FakeProject([*[()] * 30, (DB, DONE, API)], looks_while_starting=30)

    class Slow(Heard):
        def progress(self, found: Sequence[object]) -> None:
            clock.wait_seconds(1)

    patience = Patience(10, clock.monotonic_seconds, clock.wait_seconds)
    assert bring_up(project, SERVICES, Slow(), patience, lambda pid: ()).ok


def test_a_removal_that_fails_is_told_and_hides_nothing() -> None:
    heard = Heard()
    refused = CommandFailed("compose down", 1, ["network has active endpoints"])
    outcome = run(FakeProject([(DB, DONE, UNHEALTHY)], stop_fails=refused), heard)
    assert [cause.service for cause in outcome.causes] == ["api"]
    assert not outcome.removed
    assert "network has active endpoints" in heard.steps[-1]


def test_an_image_that_nobody_built_is_refused_before_anything_is_made() -> None:
    project = FakeProject([()], absent=(WantedImage("api", "small-api:local", built=True),))
    with pytest.raises(InputError, match="api was never built here: no small-api:local"):
        run(project, build=False)
    assert project.calls == []


def test_absent_images_are_fetched_before_anything_is_made() -> None:
    absent = (WantedImage("db", "postgres:15", built=False),)
    refused = CommandFailed("compose pull", 1, ["manifest for postgres:15 not found: unknown"])
    heard = Heard()
    project = FakeProject([()], absent=absent, fetch_fails=refused)
    outcome = run(project, heard)
    assert outcome.failed_command is refused
    assert project.calls == ["build", "fetch db"]
    assert "fetching postgres:15" in heard.steps


@pytest.mark.parametrize(
    ("line", "outside"),
    [
        ("write /var/lib/docker/x: no space left on device", True),
        ("toomanyrequests: You have reached your pull rate limit.", True),
        ("manifest for redis:99 not found: manifest unknown", False),
        ("ERROR: no such package", False),
    ],
)
def test_a_full_disk_or_an_absent_registry_is_no_fault_of_what_was_started(
    line: str, outside: bool
) -> None:
    failure = CommandFailed("compose build", 1, [line])
    assert run(FakeProject([()], build_fails=failure)).outside_failed is outside


def test_a_service_whose_disk_is_full_is_said_as_such() -> None:
    words = ("PANIC: could not write to file: No space left on device",)
    crashed = container("db", "exited", exit_code=1)
    outcome = run(FakeProject([(crashed, DONE)], words=words))
    (cause,) = outcome.causes
    assert cause.reason == "the disk it writes to is full: it ended with exit code 1"
    assert cause.advice.startswith("Make room")
    assert outcome.outside_failed


def test_a_failed_build_gives_its_last_lines() -> None:
    failure = CommandFailed("compose build", 1, ["ERROR: no such package"])
    outcome = run(FakeProject([()], build_fails=failure))
    assert outcome.failed_command is failure
    assert not outcome.ok


def test_a_service_that_stops_the_start_is_the_cause_rather_than_compose() -> None:
    failed = container("migrate", "exited", exit_code=3)
    failure = CommandFailed("compose up", 1, ["dependency failed to start"])
    outcome = run(FakeProject([(DB, failed)], start_fails=failure))
    assert outcome.failed_command is None
    assert [(c.service, c.reason) for c in outcome.causes] == [
        ("migrate", "it ended with exit code 3")
    ]


def test_what_never_gets_healthy_ends_at_the_deadline() -> None:
    outcome = run(FakeProject([(DB, DONE, STARTING)]))
    assert outcome.timed_out
    assert [one.stage for one in outcome.services][-1] is Stage.STARTING


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (container("api", "exited", exit_code=137, out_of_memory=True), "memory"),
        (container("api", "exited"), "exit code 0"),
        (container("api", restarts=5), "started again 5 times"),
    ],
)
def test_every_way_of_failing_has_its_words(found: Container, reason: str) -> None:
    (cause,) = run(FakeProject([(DB, DONE, found)])).causes
    assert reason in cause.reason


def test_nothing_listening_is_said_as_such() -> None:
    (cause,) = run(FakeProject([(DB, DONE, UNHEALTHY)])).causes
    assert cause.advice.startswith("Nothing listens")


def test_a_health_check_that_the_image_cannot_run_is_said_as_such() -> None:
    probe = 'exec: "wget": executable file not found in $PATH: unknown'
    failed = container("api", health="unhealthy", probe=probe)
    (cause,) = run(FakeProject([(DB, DONE, failed)]), ports=(8000,)).causes
    assert cause.advice.startswith("Its health check runs a program that the image does not have")
