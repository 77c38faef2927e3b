"""Which requests Sentry traces: the strategy's share, whatever a caller's headers say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest
import sentry_sdk
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
from sentry_sdk.transport import Transport
from starlette.applications import Starlette

from outgrow_kit.observe.errors import traces_sampler

TRACE = "00000000000000000000000000000001-0000000000000001"
FORGED = [
    {"sentry-trace": f"{TRACE}-1"},
    {"sentry-trace": f"{TRACE}-0"},
    {"sentry-trace": TRACE, "baggage": "sentry-sample_rand=0.000000"},
    {"baggage": "sentry-sample_rand=0.000000"},
    {"baggage": "sentry-sample_rand=0.999999"},
]


class Kept(Transport):
    """Keeps what would be sent to Sentry."""

    def __init__(self) -> None:
        super().__init__({})
        self.transactions = 0

    def capture_envelope(self, envelope: sentry_sdk.envelope.Envelope) -> None:
        self.transactions += envelope.get_transaction_event() is not None


@pytest.fixture
def requested() -> Iterator[Callable[..., int]]:
    """Ask an application, and return how many of the requests are traced."""
    before = sentry_sdk.get_global_scope().client

    def request(calls: int, headers: dict[str, str], sampler: object) -> int:
        kept = Kept()
        sentry_sdk.init(
            dsn="http://key@127.0.0.1:9/1", traces_sampler=sampler, transport=kept,
            default_integrations=False, auto_enabling_integrations=False,
        )  # type: ignore[arg-type]  # fmt: skip

        async def ask() -> None:
            transport = httpx.ASGITransport(SentryAsgiMiddleware(Starlette()))
            async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
                for _ in range(calls):
                    await client.get("/", headers=headers)

        asyncio.run(ask())
        sentry_sdk.get_client().close(timeout=0)
        return kept.transactions

    yield request
    sentry_sdk.get_global_scope().set_client(before)


@pytest.mark.parametrize("headers", FORGED)
def test_a_caller_does_not_decide_whether_sentry_traces_it(
    requested: Callable[..., int], headers: dict[str, str]
) -> None:
    assert requested(20, headers, traces_sampler(0.0)) == 0
    assert requested(20, headers, traces_sampler(1.0)) == 20
    turns = iter([0.1, 0.9] * 10)
    assert requested(20, headers, traces_sampler(0.5, chance=lambda: next(turns))) == 10


def test_a_caller_that_is_trusted_decides_what_sentry_traces(
    requested: Callable[..., int],
) -> None:
    wanted, unwanted = FORGED[0], FORGED[1]
    assert requested(20, wanted, traces_sampler(0.0, trust_sentry_trace=True)) == 20
    assert requested(20, unwanted, traces_sampler(1.0, trust_sentry_trace=True)) == 0


def test_a_request_of_no_trace_is_left_to_sentry_with_the_share_of_the_strategy() -> None:
    sampler = traces_sampler(0.3)
    asked = {"parent_sampled": None, "transaction_context": {"parent_span_id": None}}
    assert sampler({**asked, "asgi_scope": {"path": "/", "headers": []}}) == 0.3
    assert sampler({**asked, "asgi_scope": {"path": "/livez", "headers": []}}) == 0.0
    assert sampler({**asked, "wsgi_environ": {"HTTP_BAGGAGE": "a=b"}}) in {0.0, 1.0}
