"""Which tokens are accepted, and how seldom the issuer is asked."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import httpx
import jwt
import pytest

from outgrow_kit import InvalidSettings
from outgrow_kit.auth import InvalidToken, KeySet, KeysUnavailable, Verifier
from outgrow_kit.auth.development import DevelopmentIssuer
from outgrow_kit.settings import AuthSettings

ISSUER = "https://clerk.example.com"
ORIGIN = "https://app.example.com"
NOW = 1_800_000_000.0


class Clock:
    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Answers:
    """What the issuer publishes; counts how often it is asked for its keys."""

    def __init__(self, issuer: DevelopmentIssuer) -> None:
        self.issuer = issuer
        self.asked: list[str] = []
        self.is_down = False

    def __call__(self, url: str) -> Mapping[str, object]:
        self.asked.append(url)
        if self.is_down:
            raise httpx.ConnectError("refused")
        if url.endswith("openid-configuration"):
            return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/.well-known/jwks.json"}
        return self.issuer.jwks()

    @property
    def key_fetches(self) -> int:
        return sum(url.endswith("jwks.json") for url in self.asked)


def issuer() -> DevelopmentIssuer:
    return DevelopmentIssuer(ISSUER, clock=Clock())


def verifier(of: DevelopmentIssuer, **settings: object) -> Verifier:
    given = {"authorized_parties": (ORIGIN,), "leeway_seconds": 30.0, **settings}
    return Verifier(AuthSettings(issuer=ISSUER, **given), of.keys(), clock=Clock())  # type: ignore[arg-type]


def refused(by: Verifier, token: str) -> str:
    with pytest.raises(InvalidToken) as caught:
        by.verify(token)
    assert token not in str(caught.value)
    return caught.value.reason


def test_a_token_of_the_issuer_for_this_origin_names_its_user() -> None:
    one = issuer()
    token = one.token("user_1", party=ORIGIN, claims={"sid": "sess_1", "o": {"id": "org_1"}})
    identity = verifier(one).verify(token)
    assert (identity.user_id, identity.session_id) == ("user_1", "sess_1")
    assert identity.organization_id == "org_1"
    assert identity.expires_at.tzinfo is not None


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://other.example.com"}, "issuer"),
        ({"azp": "https://evil.example.com"}, "party"),
        ({"azp": None}, "party"),
        ({"sub": ""}, "subject"),
        ({"exp": NOW - 31}, "expired"),
        ({"exp": None}, "expiry"),
        ({"exp": "soon"}, "form"),
        ({"exp": True}, "form"),
        ({"nbf": NOW + 31}, "early"),
        ({"iat": NOW + 31}, "early"),
    ],
)
def test_a_claim_that_is_not_right_refuses_the_token(
    claims: Mapping[str, object], reason: str
) -> None:
    one = issuer()
    assert refused(verifier(one), one.token("user_1", party=ORIGIN, claims=claims)) == reason


@pytest.mark.parametrize("claims", [{"exp": NOW - 29}, {"nbf": NOW + 29}, {"iat": NOW + 29}])
def test_clocks_may_differ_by_the_leeway(claims: Mapping[str, object]) -> None:
    one = issuer()
    token = one.token("user_1", party=ORIGIN, claims=claims)
    assert verifier(one).verify(token).user_id == "user_1"


def test_an_audience_may_stand_in_for_the_origin() -> None:
    one = issuer()
    by = verifier(one, audience=("api",), authorized_parties=())
    assert by.verify(one.token("u", claims={"aud": ["web", "api"]})).user_id == "u"
    assert refused(by, one.token("u", claims={"aud": "web"})) == "audience"
    assert refused(by, one.token("u")) == "audience"


def test_settings_that_would_accept_any_application_are_refused() -> None:
    with pytest.raises(InvalidSettings, match="authorized_parties"):
        Verifier(AuthSettings(issuer=ISSUER))


def test_a_token_of_another_key_with_the_same_id_is_refused() -> None:
    assert refused(verifier(issuer()), issuer().token("user_1", party=ORIGIN)) == "signature"


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_only_public_key_signatures_count(algorithm: str) -> None:
    body = {"iss": ISSUER, "sub": "u", "exp": NOW + 60, "azp": ORIGIN}
    key = "a" * 32 if algorithm == "HS256" else None
    token = jwt.encode(body, key, algorithm=algorithm, headers={"kid": "development"})
    assert refused(verifier(issuer()), token) == "algorithm"


@pytest.mark.parametrize("text", ["", "a.b.c", "x" * 20_000, "é", "a.b"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        verifier(issuer()).verify(text)


def test_a_symmetric_key_in_the_key_set_is_never_used() -> None:
    keys = KeySet.of(ISSUER, {"keys": [{"kty": "oct", "kid": "development", "k": "YWFhYQ"}]})
    by = Verifier(AuthSettings(issuer=ISSUER, authorized_parties=(ORIGIN,)), keys, clock=Clock())
    assert refused(by, issuer().token("u", party=ORIGIN)) == "key"


# --- how often the issuer is asked ---------------------------------------------------------


def asking(answers: Answers, clock: Clock) -> Verifier:
    keys = KeySet(ISSUER, fetch=answers, clock=clock)
    settings = AuthSettings(issuer=ISSUER, authorized_parties=(ORIGIN,))
    return Verifier(settings, keys, clock=Clock())


def forged(number: int) -> str:
    stranger = DevelopmentIssuer(ISSUER, clock=Clock())
    header = {"kid": f"forged-{number}"}
    return jwt.encode({"sub": "x"}, stranger._key, algorithm="ES256", headers=header)


def test_a_thousand_forged_tokens_cost_one_fetch() -> None:
    answers, clock = Answers(issuer()), Clock(0)
    by = asking(answers, clock)
    tokens = [forged(number) for number in range(1000)]
    with ThreadPoolExecutor(32) as threads:
        outcomes = list(threads.map(lambda token: refused(by, token), tokens))
    assert set(outcomes) == {"key"}
    assert answers.key_fetches == 1


def test_a_thousand_forged_tokens_at_once_cost_one_fetch_in_an_event_loop() -> None:
    answers, clock = Answers(issuer()), Clock(0)
    by = asking(answers, clock)

    async def send() -> list[object]:
        asked = (by.averify(forged(number)) for number in range(1000))
        return list(await asyncio.gather(*asked, return_exceptions=True))

    outcomes = asyncio.run(send())
    assert all(isinstance(one, InvalidToken) and one.reason == "key" for one in outcomes)
    assert answers.key_fetches == 1


def test_a_new_key_of_the_issuer_is_found_when_the_wait_is_over() -> None:
    old, new = issuer(), issuer()
    answers, clock = Answers(old), Clock(0)
    by = asking(answers, clock)
    assert by.verify(old.token("u", party=ORIGIN)).user_id == "u"
    answers.issuer = new
    clock.now += 29
    assert refused(by, forged(1)) == "key"
    assert answers.key_fetches == 1
    clock.now += 1
    assert refused(by, forged(2)) == "key"
    assert answers.key_fetches == 2
    assert by.verify(new.token("u", party=ORIGIN)).user_id == "u"


def test_known_keys_go_on_counting_while_the_issuer_is_down() -> None:
    one = issuer()
    answers, clock = Answers(one), Clock(0)
    by = asking(answers, clock)
    token = one.token("u", party=ORIGIN)
    assert by.verify(token).user_id == "u"
    answers.is_down = True
    clock.now += 7200
    assert by.verify(token).user_id == "u"
    assert by.verify(token).user_id == "u"
    assert answers.key_fetches == 2


def test_a_key_that_the_issuer_withdrew_ends_within_the_hour() -> None:
    old = issuer()
    answers, clock = Answers(old), Clock(0)
    by = asking(answers, clock)
    token = old.token("u", party=ORIGIN)
    assert by.verify(token).user_id == "u"
    answers.issuer = issuer()
    clock.now += 3601
    assert refused(by, token) == "signature"


def test_without_any_keys_nobody_is_called_a_forger() -> None:
    answers, clock = Answers(issuer()), Clock(0)
    answers.is_down = True
    by = asking(answers, clock)
    for _ in range(3):
        with pytest.raises(KeysUnavailable, match=ISSUER):
            by.verify(forged(1))
    assert len(answers.asked) == 1


def test_who_comes_while_keys_are_fetched_waits_for_them() -> None:
    one = issuer()
    answers, gate = Answers(one), threading.Event()

    def slow(url: str) -> Mapping[str, object]:
        assert gate.wait(10)
        return answers(url)

    keys = KeySet(ISSUER, f"{ISSUER}/jwks.json", fetch=slow, clock=Clock(0))
    settings = AuthSettings(issuer=ISSUER, authorized_parties=(ORIGIN,))
    by = Verifier(settings, keys, clock=Clock())
    token = one.token("u", party=ORIGIN)
    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(by.verify, token) for _ in range(8)]
        gate.set()
        assert {each.result(10).user_id for each in waiting} == {"u"}
    assert answers.key_fetches == 1


@pytest.mark.parametrize("algorithm", [["ES256"], {"ES256": 1}, None, 5])
def test_a_header_that_names_no_algorithm_is_refused(algorithm: object) -> None:
    header = json.dumps({"alg": algorithm, "kid": "development"}).encode()
    token = f"{base64.urlsafe_b64encode(header).decode().rstrip('=')}.e30.AAAA"
    with pytest.raises(InvalidToken):
        verifier(issuer()).verify(token)


def test_a_key_with_an_algorithm_that_is_none_does_not_hide_the_others() -> None:
    one = issuer()
    keys = cast("list[Mapping[str, object]]", one.jwks()["keys"])
    document = {"keys": [{"kty": "RSA", "alg": ["RS256"], "kid": "odd", "n": "a"}, *keys]}
    assert KeySet.of(ISSUER, document).key("development") is not None


def test_whoever_began_a_fetch_may_go_away_before_it_has_begun() -> None:
    """The one who asked is cancelled while every thread of the loop's pool is busy."""
    one, gate = issuer(), threading.Event()
    keys = KeySet(ISSUER, f"{ISSUER}/jwks.json", fetch=Answers(one), clock=Clock(0))

    async def steps() -> object:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, gate.wait, 10)
        first = asyncio.create_task(keys.akey("development"))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        try:
            async with asyncio.timeout(5):
                return await keys.akey("development")
        finally:
            gate.set()
            await busy

    assert asyncio.run(steps()) is not None


def test_a_fetch_that_never_ended_does_not_stop_the_next() -> None:
    """As after a fork: the thread of the first one does not exist in the child."""
    one, clock = issuer(), Clock(0)
    gate, answers = threading.Event(), Answers(one)
    keys = KeySet(ISSUER, f"{ISSUER}/jwks.json", fetch=lambda url: first(url), clock=clock)

    def hang(url: str) -> Mapping[str, object]:
        assert gate.wait(20)
        return answers(url)

    first = hang

    async def steps() -> object:
        nonlocal first
        waiting = asyncio.create_task(keys.akey("development"))
        while keys._running is None:
            await asyncio.sleep(0)
        first, clock.now = answers, 31.0
        try:
            async with asyncio.timeout(5):
                return await keys.akey("development")
        finally:
            gate.set()
            await waiting

    assert asyncio.run(steps()) is not None
