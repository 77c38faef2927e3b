"""What people are told about a version that does not work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outgrow.deploy.diagnosis import diagnosis
from outgrow.deploy.exit_codes import meaning_of
from outgrow.deploy.explain import explained, explanation, reason_for, remedy_for
from outgrow.deploy.gates.verdict import Finding, Verdict
from outgrow.deploy.values import Evidence, Probe

RUNS = Evidence("green1", None, (), listening=(8000,), expected_port=8000)


def answered(said: str, evidence: Evidence = RUNS) -> Evidence:
    return replace(evidence, probe=Probe("green1", False, said, 0.1))


def printed(*lines: str) -> Evidence:
    return Evidence("green1", None, lines, listening=(), expected_port=8000, exit_code=1)


def test_a_time_that_nobody_has_told_is_not_shown() -> None:
    evidence = replace(RUNS, probe=Probe("green1", False, "2 of 3 pods are ready", None))
    assert "  its health check last said: 2 of 3 pods are ready" in explained(evidence)


def test_everything_that_was_seen_is_shown_with_what_to_do() -> None:
    evidence = Evidence(
        "green1",
        Probe("green1", False, "connection refused", 0.004),
        ("INFO: Uvicorn running on http://0.0.0.0:3000",),
        listening=(3000, 9100),
        expected_port=8000,
    )
    verdict = Verdict((Finding("health", "fail", "3 health checks in a row failed"),))
    assert explanation(verdict, [evidence]) == "\n".join(
        [
            "health FAILED: 3 health checks in a row failed",
            "green1: it listens on 3000, 9100, and not on 8000",
            "  its health check last said: connection refused (0.00 s)",
            "  it listens on: 3000, 9100; 8000 was expected",
            "  its last lines:",
            "    INFO: Uvicorn running on http://0.0.0.0:3000",
            "What to do: It listens on 3000, 9100, and the strategy says 8000 (`needs.ports`): "
            "change one of the two. An application that listens on 127.0.0.1 only cannot be "
            "reached either: use 0.0.0.0.",
        ]
    )


@pytest.mark.parametrize(
    ("said", "what", "remedy"),
    [
        ("404 Not Found", "does not exist (404)", "`run.health.path`"),
        ("401 Unauthorized: sign in", "wants a sign-in (401)", "pass without one"),
        ("403 Forbidden", "forbidden (403)", "without a sign-in"),
        ("400 Bad Request", "answered 400", "ALLOWED_HOSTS"),
        ("302 Found to another address (login.example.com)", "elsewhere (302)", "redirect"),
        ("503 Service Unavailable: db away", "fails by itself (503)", "most often its database"),
        ("no answer within 5 s", "not answer in time", "longer"),
        ("connection refused", "only on 127.0.0.1", "0.0.0.0"),
        ("curl: (22) The requested URL returned error: 404", "(404)", "`run.health.path`"),
        ("wget: server returned error: HTTP/1.1 403 Forbidden", "(403)", "sign-in"),
        ("curl: (7) Failed to connect to 127.0.0.1 port 8000", "127.0.0.1", "0.0.0.0"),
    ],
)
def test_an_answer_of_the_health_check_says_what_is_wrong(
    said: str, what: str, remedy: str
) -> None:
    found = diagnosis(answered(said))
    assert found is not None
    assert what in found.what
    assert remedy in found.remedy


def test_a_good_answer_is_no_cause() -> None:
    assert diagnosis(replace(RUNS, probe=Probe("green1", True, "200 OK", 0.1))) is None


def test_a_server_on_loopback_is_known_by_its_own_line() -> None:
    lines = ("INFO: Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",)
    evidence = answered("connection refused", replace(RUNS, lines=lines, listening=None))
    assert reason_for([evidence]) == "it listens on 8000, but only on 127.0.0.1"
    assert "--host 0.0.0.0" in remedy_for([evidence])


def test_a_refused_question_comes_before_what_the_lines_say() -> None:
    evidence = replace(answered("401 Unauthorized"), lines=("PermissionError: EACCES",))
    assert "sign-in (401)" in reason_for([evidence])


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (("KeyError: 'DATABASE_URL'",), "it misses the variable DATABASE_URL"),
        (
            ("pydantic_core.ValidationError: 2 validation errors for Settings", "DATABASE_URL",
             "  Field required [type=missing, input_value={}, input_type=dict]", "redis_url",
             "  Field required [type=missing, input_value={}, input_type=dict]"),
            "it misses the variables DATABASE_URL, REDIS_URL",
        ),
        (("Error: Missing required environment variable: STRIPE_KEY",), "variable STRIPE_KEY"),
        (("panic: required key APP_PORT missing value",), "variable APP_PORT"),
        (("SECRET_KEY environment variable is not set",), "variable SECRET_KEY"),
        (("config: SECRET_KEY must be set",), "variable SECRET_KEY"),
        (("key not found: \"RAILS_MASTER_KEY\" (KeyError)",), "variable RAILS_MASTER_KEY"),
        (
            ('psycopg.errors.UndefinedTable: relation "orders" does not exist',),
            "the database has no orders",
        ),
        (("sqlite3.OperationalError: no such table: orders",), "the database has no orders"),
        (
            ("You have 3 unapplied migration(s). Your project may not work properly",),
            "the database is not at the version of its schema",
        ),
        (("Error: listen EADDRINUSE: address already in use :::3000",), "its port is taken"),
        (("ModuleNotFoundError: No module named 'flask'",), "the image has no flask"),
        (("Error: Cannot find module 'express'",), "the image has no express"),
        (("exec /app/run: exec format error",), "the image is made for another processor"),
        (
            ("Error: connect ECONNREFUSED 127.0.0.1:5432",),
            "nobody answers at port 5432, which it needs to start",
        ),
        (
            ('FATAL:  password authentication failed for user "shop"',),
            "a database refuses its user or password",
        ),
        (
            ("could not translate host name \"db\" to address: Name or service not known",),
            "a name that it wants to reach is not known where it runs",
        ),
        (("write /data/x: no space left on device",), "the disk it writes to is full"),
        (("FATAL ERROR: Reached heap limit - JavaScript heap out of memory",), "its memory"),
    ],
)  # fmt: skip
def test_well_known_lines_say_what_is_wrong(lines: tuple[str, ...], what: str) -> None:
    assert what in reason_for([printed("starting", *lines, "bye")])


@pytest.mark.parametrize(
    "line",
    ["LOG_LEVEL is set to info", "GET /orders HTTP/1.1 200", "DATABASE_URL is fine", "ready"],
)
def test_usual_lines_blame_nothing(line: str) -> None:
    assert diagnosis(replace(RUNS, lines=(line,))) is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exit code 0, as if it were done"),
        (1, "exit code 1, an error of its own"),
        (126, "exit code 126, its command cannot be run"),
        (127, "exit code 127, its command was not found"),
        (137, "exit code 137, it was killed (SIGKILL)"),
        (139, "exit code 139, it touched memory that is not its own (SIGSEGV)"),
        (143, "exit code 143, it was asked to end (SIGTERM)"),
        (-9, "exit code -9, it was killed (SIGKILL)"),
        (3, "exit code 3, an error of its own"),
        (255, "exit code 255, an error of its own"),
    ],
)
def test_an_exit_code_is_told_with_its_meaning(code: int, words: str) -> None:
    assert meaning_of(code).words == words
    lines = explained(replace(RUNS, exit_code=code))
    assert f"  it ended with {words}" in lines


def test_the_end_for_want_of_memory_comes_first() -> None:
    evidence = replace(printed("KeyError: 'A_B'"), exit_code=137, out_of_memory=True)
    assert reason_for([evidence]) == "it was ended for want of memory"
    assert "needs.memory_gib_limit" in remedy_for([evidence])


def test_nothing_known_says_where_to_look() -> None:
    assert remedy_for([RUNS]) == "Look at the last lines above, correct it and deploy again."
    assert explained(RUNS) == ("green1:", "  it listens on: 8000; 8000 was expected",
                               "  it printed nothing")  # fmt: skip


def test_only_the_last_lines_are_shown() -> None:
    lines = explained(replace(RUNS, lines=tuple(map(str, range(50)))))
    assert lines[-20:] == tuple(f"    {number}" for number in range(30, 50))


def test_escape_sequences_of_a_program_are_shown_and_not_obeyed() -> None:
    assert "\x1b" not in "".join(explained(replace(RUNS, lines=("\x1b[2Jgone",))))


def test_secrets_are_hidden_however_they_are_spelled() -> None:
    secrets = {"s3cr3t/pass word", "first line of a key\nsecond line of a key"}
    lines = (
        "connecting with s3cr3t/pass word",
        "postgres://shop:s3cr3t%2Fpass%20word@db/shop",
        "s3cr3t%2Fpass+word",
        "redis://:somebody-elses@cache:6379/0 refused",
        "second line of a key",
        "Authorization: Bearer eyJhbGciOi",
    )
    evidence = replace(
        answered("500 Internal Server Error: s3cr3t/pass word"), lines=lines, exit_code=1
    )
    told = explanation(Verdict((Finding("errors", "fail", lines[0]),)), [evidence], secrets)
    for planted in ("s3cr3t", "pass word", "somebody-elses", "second line", "eyJhbGciOi"):
        assert planted not in told
    assert "postgres://shop:***@db/shop" in told
