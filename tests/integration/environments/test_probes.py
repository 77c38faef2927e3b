"""What an endpoint or a store says to a credential, and where a credential is never sent."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from tests.engines.credential_endpoint import credential_endpoint
from tests.engines.postgres import PostgresServer, postgres_server
from tests.engines.processes import free_port
from tests.engines.redis import redis_server

from outgrow.clients.endpoint_probe import Question, ask
from outgrow.clients.store_probe import ask_store, can_ask
from outgrow.environments.live import Answer

PLANTED = SecretStr("planted")


def question(url: str, credential: SecretStr | None = PLANTED) -> Question:
    return Question(url, credential=credential)


def test_an_endpoint_takes_its_credential_and_no_other() -> None:
    with credential_endpoint("planted") as endpoint:
        assert ask(question(endpoint.url), 5)[0] is Answer.ACCEPTED
        refused = ask(question(endpoint.url, SecretStr("other")), 5)
        assert refused == (Answer.REFUSED, "answers 401: it does not take the credential")
        assert ask(question(endpoint.url, None), 5)[0] is Answer.REACHED
        assert endpoint.credentials == ["Bearer planted", "Bearer other"]


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_an_answer_that_says_nothing_about_the_credential_is_no_acceptance(status: int) -> None:
    with credential_endpoint("planted") as endpoint:
        endpoint.status = status
        answer, told = ask(question(endpoint.url), 5)
        assert answer is Answer.FAILED
        assert str(status) in told


def test_a_redirect_within_the_endpoint_is_followed_and_any_other_is_not() -> None:
    with credential_endpoint("planted") as endpoint, credential_endpoint("planted") as elsewhere:
        endpoint.redirects = {
            "/api": "/api/",
            "/out": elsewhere.url,
            "/other-scheme": f"https://localhost:{endpoint.port}/api",
            "/round": "/round",
        }
        here = f"http://localhost:{endpoint.port}"
        assert ask(question(endpoint.url), 5)[0] is Answer.ACCEPTED
        assert ask(question(f"{here}/out"), 5)[0] is Answer.ELSEWHERE
        assert ask(question(f"{here}/other-scheme"), 5)[0] is Answer.ELSEWHERE
        assert ask(question(f"{here}/round"), 5)[0] is Answer.FAILED
        assert elsewhere.asked == []


def test_an_endpoint_that_answers_a_byte_at_a_time_is_cut_at_the_deadline() -> None:
    with credential_endpoint("planted") as endpoint:
        endpoint.drips = True
        began = time.monotonic()
        answer, told = ask(question(endpoint.url), 0.5)
        assert (answer, told) == (Answer.FAILED, "did not answer within 0.5 s")
        assert time.monotonic() - began < 5


def test_what_cannot_be_reached_is_told_without_the_credential() -> None:
    for url in (f"http://localhost:{free_port()}/api", "https://localhost:1/api"):
        answer, told = ask(question(url), 2)
        assert answer is Answer.FAILED
        assert "planted" not in told
    with credential_endpoint() as endpoint:  # a credential that no header can hold
        answer, told = ask(question(endpoint.url, SecretStr("planted\nX-Other: 1")), 2)
        assert answer is Answer.FAILED
        assert "planted" not in told
        assert endpoint.asked == []


def test_an_endpoint_without_tls_behind_https_is_told() -> None:
    with credential_endpoint("planted") as endpoint:
        answer, _ = ask(question(endpoint.url.replace("http:", "https:")), 2)
        assert answer is Answer.FAILED
        assert endpoint.asked == []


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A real server with a user who has a password."""
    with postgres_server() as server:
        server.run("create user shop password 'planted'")
        yield server


def test_postgres_is_asked_for_real(postgres: PostgresServer) -> None:
    url = SecretStr(postgres.url(user="shop"))
    assert can_ask(url)
    assert ask_store(url, 5)[0] is Answer.ACCEPTED
    answer, told = ask_store(SecretStr(f"postgresql://x:planted@127.0.0.1:{free_port()}/x"), 2)
    assert answer is Answer.FAILED
    assert "planted" not in told


def test_redis_is_asked_for_real() -> None:
    with redis_server() as server:
        assert ask_store(SecretStr(server.url), 5)[0] is Answer.REACHED
        with server.client() as client:
            client.config_set("requirepass", "planted")
        assert ask_store(SecretStr(server.url), 5)[0] is Answer.REFUSED
        right = server.url.replace("://", "://:planted@")
        assert ask_store(SecretStr(right), 5) == (Answer.ACCEPTED, "answers PING")
        wrong = server.url.replace("://", "://:other@")
        assert ask_store(SecretStr(wrong), 5)[0] is Answer.REFUSED
    assert ask_store(SecretStr(right), 2)[0] is Answer.FAILED


def test_other_stores_are_not_asked() -> None:
    assert not can_ask(SecretStr("mongodb://db/x"))
    assert not can_ask(SecretStr("just a text"))
