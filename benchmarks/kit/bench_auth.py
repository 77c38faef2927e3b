"""How long it takes to verify a token, beside PyJWT alone."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import jwt

from outgrow_kit.auth import InvalidToken, Verifier
from outgrow_kit.auth.development import DevelopmentIssuer
from outgrow_kit.settings import AuthSettings

_ROUNDS = 2000


def microseconds(call: Callable[[], object]) -> tuple[float, float]:
    """Return p50 and p99 of one call."""
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter_ns()
        call()
        taken.append((time.perf_counter_ns() - began) / 1000)
    cuts = statistics.quantiles(taken, n=100)
    return cuts[49], cuts[98]


def main() -> None:
    """Print the section."""
    issuer = DevelopmentIssuer("https://issuer.example", audience="api")
    keys = issuer.keys()
    verifier = Verifier(AuthSettings(issuer=issuer.issuer, audience=("api",)), keys)
    token, forged = issuer.token("user_1"), DevelopmentIssuer(issuer.issuer).token("user_1")
    key = keys.key("development")
    assert key is not None

    def refused() -> None:
        try:
            verifier.verify(forged)
        except InvalidToken:
            return
        raise AssertionError("a forged token passed")

    calls: dict[str, Callable[[], object]] = {
        "outgrow_kit: accepted": lambda: verifier.verify(token),
        "outgrow_kit: forged, refused": refused,
        "PyJWT alone: accepted": lambda: jwt.decode(
            token, key, algorithms=["ES256"], audience="api", issuer=issuer.issuer
        ),
    }
    print("## Sign-in: one ES256 token\n\n| | p50 us | p99 us |\n| --- | ---: | ---: |")
    for name, call in calls.items():
        middle, high = microseconds(call)
        print(f"| {name} | {middle:.0f} | {high:.0f} |")


if __name__ == "__main__":
    main()
