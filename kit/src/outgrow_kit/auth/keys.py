"""The issuer's public keys: fetched seldom, by one caller for all.

Whatever arrives, forged or not, the issuer is asked at most once in `wait_seconds`. Keys that
were fetched once go on counting while the issuer does not answer.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from typing import cast

import httpx
import jwt

from outgrow_kit.auth.errors import KeysUnavailable
from outgrow_kit.clock import Clock, monotonic

_LOG = logging.getLogger(__name__)
_WAIT_SECONDS = 30.0
_TIMEOUT_SECONDS = 3.0
_MAXIMUM_AGE_SECONDS = 3600.0
# Two documents and some patience: nobody waits longer, however slowly an issuer sends.
_LONGEST_WAIT_SECONDS = 2 * _TIMEOUT_SECONDS + 1
# A key set of some kilobytes is usual; more than this is not one.
_LONGEST_BYTES = 256 * 1024

Fetch = Callable[[str], Mapping[str, object]]


def fetch_json(url: str) -> Mapping[str, object]:
    """Return the JSON object at a URL. Raises httpx.HTTPError or ValueError."""
    answer = httpx.get(url, timeout=_TIMEOUT_SECONDS, follow_redirects=False)
    answer.raise_for_status()
    if len(answer.content) > _LONGEST_BYTES:
        raise ValueError(f"{url} answers with {len(answer.content)} bytes, which is no key set")
    value = answer.json()
    if not isinstance(value, dict):
        raise ValueError(f"{url} does not answer with a JSON object")
    return value


class KeySet:
    """The public keys of one issuer by their id (`kid`), for threads and for asyncio.

    Without `jwks_url` the issuer's `/.well-known/openid-configuration` names it.
    """

    def __init__(
        self,
        issuer: str,
        jwks_url: str | None = None,
        *,
        fetch: Fetch = fetch_json,
        clock: Clock = monotonic,
        wait_seconds: float = _WAIT_SECONDS,
        maximum_age_seconds: float = _MAXIMUM_AGE_SECONDS,
    ) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._fetch = fetch
        self._clock = clock
        self._wait = wait_seconds
        self._maximum_age = maximum_age_seconds
        self._lock = threading.Lock()
        self._keys: Mapping[str, jwt.PyJWK] | None = None
        self._fetched_at = 0.0
        self._next_fetch_at = float("-inf")
        self._running: Future[None] | None = None

    @classmethod
    def of(cls, issuer: str, document: Mapping[str, object]) -> KeySet:
        """Return a set that never asks anybody: `document` is the issuer's JWKS."""
        return cls(issuer, "given", fetch=lambda _: document)

    def key(self, kid: str) -> jwt.PyJWK | None:
        """Return a key; None when the issuer has none of this id. Raises KeysUnavailable."""
        known = self._known(kid)
        if known is None and (running := self._fetching()) is not None:
            wait_for([running], _LONGEST_WAIT_SECONDS)
            known = self._known(kid)
        self._check_fetched()
        return known

    async def akey(self, kid: str) -> jwt.PyJWK | None:
        """Return a key as `key` does, without holding up the event loop."""
        known = self._known(kid)
        if known is None and (running := self._fetching()) is not None:
            await asyncio.wait([asyncio.wrap_future(running)], timeout=_LONGEST_WAIT_SECONDS)
            known = self._known(kid)
        self._check_fetched()
        return known

    def _known(self, kid: str) -> jwt.PyJWK | None:
        """Return a key that is there and not too old."""
        if self._keys is None or kid not in self._keys:
            return None
        is_old = self._clock() - self._fetched_at > self._maximum_age
        return None if is_old and self._clock() >= self._next_fetch_at else self._keys[kid]

    def _check_fetched(self) -> None:
        if self._keys is None:
            raise KeysUnavailable(
                f"The keys of {self._issuer} could not be fetched; the next try comes within "
                f"{self._wait:.0f} seconds. Look whether the issuer can be reached from here."
            )

    def _fetching(self) -> Future[None] | None:
        """Return the fetch that runs, begun here if it is time, or None when it is too early.

        It has a thread of its own: whoever asked for it may go away, and a pool may be full.
        """
        with self._lock:
            if self._clock() < self._next_fetch_at:
                return self._running
            self._next_fetch_at = self._clock() + self._wait
            running: Future[None] = Future()
            self._running = running
        threading.Thread(target=self._refresh, args=(running,), daemon=True).start()
        return running

    def _refresh(self, running: Future[None]) -> None:
        """Fetch the keys; a failure is logged, and what was known before stays."""
        try:
            if self._jwks_url is None:
                self._jwks_url = self._discovered()
            found = _read(self._fetch(self._jwks_url))
            # An issuer that shows no key all of a sudden has a fault; one never had any.
            self._keys = found or self._keys or {}
            self._fetched_at = self._clock()
        except Exception as error:
            _LOG.warning("The keys of %s could not be fetched: %s", self._issuer, error)
        finally:
            with self._lock:
                if self._running is running:
                    self._running = None
            running.set_result(None)

    def _discovered(self) -> str:
        """Return where the issuer says its keys are (OpenID Connect Discovery 1.0, section 4)."""
        url = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = self._fetch(url)
        if document.get("issuer") != self._issuer:
            raise ValueError(f"{url} speaks for {document.get('issuer')!r}")
        return str(document["jwks_uri"])


def _read(document: Mapping[str, object]) -> dict[str, jwt.PyJWK]:
    """Return the keys that may sign; one that this library does not know is left out."""
    found: dict[str, jwt.PyJWK] = {}
    keys = document.get("keys")
    for one in keys if isinstance(keys, list) else []:
        # A symmetric key in a public document would let anybody sign.
        if not isinstance(one, dict) or one.get("kty") == "oct" or one.get("use") == "enc":
            continue
        try:
            key = jwt.PyJWK(cast("dict[str, object]", one))
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        if key.key_id:
            found[key.key_id] = key
    return found
