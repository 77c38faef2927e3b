"""Counts requests of two versions by asking Prometheus for what it has scraped.

It asks for the samples themselves and adds up what they grew by. `increase()` would estimate:
it leaves out what a series had when it was first scraped, which for a new version is its first
requests, and stretches the rest over the whole range.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import TYPE_CHECKING

from outgrow.deploy.values import Counted, Side
from outgrow.errors import OutsideError

if TYPE_CHECKING:
    import httpx

REQUESTS = "http_requests_total"
SECONDS = "http_request_duration_seconds"
_TIMEOUT_SECONDS = 10.0
# A series has a sample this long before, or was not scraped then: ten usual intervals.
_BACK_SECONDS = 150
_LOOK = "Open it in a browser, and see deploy/gate/prometheus_url in the strategy."


@dataclass(frozen=True, slots=True)
class Series:
    """One series as Prometheus holds it: its labels, and samples of `(second, value)`."""

    labels: Mapping[str, str]
    samples: Sequence[tuple[float, float]]

    def grown(self, since: float, *, from_zero: bool) -> float:
        """Return by how much a counter grew after `since`; a fall is a restart from 0.

        A restart that has counted as much again before the next scrape cannot be seen. A
        series without a sample before `since` counts from 0 when it is known to be new.
        """
        before = [value for second, value in self.samples if second <= since]
        after = [value for second, value in self.samples if second > since]
        if not after:
            return 0.0
        start = before[-1] if before else (0.0 if from_zero else after[0])
        values = [start, *after]
        return sum(
            later - earlier if later >= earlier else later
            for earlier, later in zip(values, after, strict=False)
        )


@dataclass(slots=True)
class PrometheusSource:
    """Requests and latencies of both versions, as outgrow-kit exports them.

    `selectors` gives for each side the labels that its series have, such as
    `{"job": "api", "version": "v42"}`; of several values a label has one. `unseen` are endpoints
    that no user asks for, such as the path of the health check. `http` has the address of
    Prometheus as its base.
    """

    http: httpx.Client
    selectors: Mapping[Side, Mapping[str, str | Sequence[str]]]
    unseen: Sequence[str] = ()
    name: str = "prometheus"
    _since: float | None = field(default=None)

    def begin(self) -> None:
        """Count from now on, by Prometheus' clock. Raises OutsideError."""
        answer = self._ask("time()")
        if not (isinstance(answer, list) and len(answer) == 2):
            raise _odd()
        self._since = _number(answer[1])

    def read(self) -> Mapping[Side, Counted]:
        """Return everything scraped since `begin`; a side that is not scraped is left out.

        It is behind by up to the interval of the scrapes. Raises OutsideError.
        """
        if self._since is None:
            raise OutsideError("nothing was counted: `begin` was not called")
        now = self._ask("time()")
        until = _number(now[1]) if isinstance(now, list) and len(now) == 2 else inf
        seconds = max(int(until - self._since) + _BACK_SECONDS, _BACK_SECONDS)
        found = {side: self._counted(side, f"{seconds}s") for side in self.selectors}
        return {side: counted for side, counted in found.items() if counted is not None}

    def _counted(self, side: Side, span: str) -> Counted | None:
        matched = self._matchers(self.selectors[side])
        requests = self._series(f"{REQUESTS}{{{matched}}}[{span}]")
        if not requests:
            return None
        grown = [(one.labels, self._grown(side, one)) for one in requests]
        errors = sum(count for labels, count in grown if labels.get("status", "")[:1] == "5")
        return Counted(
            requests=round(sum(count for _, count in grown)),
            errors=round(errors),
            slower_than=self._slower_than(
                side, self._series(f"{SECONDS}_bucket{{{matched}}}[{span}]")
            ),
        )

    def _slower_than(self, side: Side, buckets: Iterable[Series]) -> Mapping[float, int]:
        within: dict[float, float] = {}
        for one in buckets:
            bound = _number(one.labels.get("le", "+Inf"))
            within[bound] = within.get(bound, 0.0) + self._grown(side, one)
        timed = within.pop(inf, None)
        if timed is None:
            return {}
        slower = {bound: round(timed - count) for bound, count in sorted(within.items())}
        return {0.0: round(timed), **slower}

    def _grown(self, side: Side, series: Series) -> float:
        # The old version ran before; a series of it that is new here was scraped late.
        return series.grown(self._since or 0.0, from_zero=side == "new")

    def _matchers(self, labels: Mapping[str, str | Sequence[str]]) -> str:
        equal = [_matcher(name, value) for name, value in sorted(labels.items())]
        unequal = [f"endpoint!={json.dumps(path)}" for path in self.unseen]
        return ",".join([*equal, *unequal])

    def _series(self, query: str) -> list[Series]:
        found = self._ask(query)
        if not isinstance(found, list):
            raise _odd()
        return [_series(one) for one in found]

    def _ask(self, query: str) -> object:
        """Return the result of a query. Raises OutsideError, without the address: it may hold
        a password."""
        import httpx

        try:
            # POST: a selector may be longer than a URL can be.
            answer = self.http.post(
                "/api/v1/query", data={"query": query}, timeout=_TIMEOUT_SECONDS
            )
            said = answer.json()
        except httpx.HTTPError as error:
            raise OutsideError(
                f"Prometheus does not answer ({type(error).__name__})", _LOOK
            ) from None
        except ValueError:
            raise OutsideError(
                f"what answers in place of Prometheus is none (HTTP {answer.status_code})", _LOOK
            ) from None
        if not isinstance(said, dict) or said.get("status") != "success":
            told = str(said.get("error", "")) if isinstance(said, dict) else ""
            raise OutsideError(f"Prometheus refuses the query: {told[:200]}", _LOOK)
        data = said.get("data")
        return data.get("result") if isinstance(data, dict) else None


def prometheus_client(address: str) -> httpx.Client:
    """Return a client for the Prometheus at `address`; close it when done."""
    import httpx

    return httpx.Client(base_url=address, timeout=_TIMEOUT_SECONDS, follow_redirects=False)


def _matcher(name: str, value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return f"{name}={json.dumps(value)}"
    return f"{name}=~{json.dumps('|'.join(map(re.escape, value)))}"


def _series(found: object) -> Series:
    try:
        labels, values = found["metric"], found["values"]  # type: ignore[index]
        samples = [(float(second), _number(value)) for second, value in values]
    except (KeyError, TypeError, ValueError):
        raise _odd() from None
    usable = [(second, value) for second, value in samples if isfinite(value)]
    return Series({str(name): str(value) for name, value in labels.items()}, usable)


def _number(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        raise _odd() from None


def _odd() -> OutsideError:
    return OutsideError("Prometheus answered in another form than its documentation says", _LOOK)
