"""A deploy hook: an address that begins a deploy and tells nothing more.

The address is a secret. Render's takes an image or a commit (https://render.com/docs/deploy-hooks);
Vercel's builds the branch that it was made for (https://vercel.com/docs/deploy-hooks); any other
is sent what is to run as JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from outgrow.clients.hosted_http import HostApi, HostRefusal
from outgrow.clients.hosted_parts import Artifact, ArtifactKind, Name
from outgrow.deploy.ports import Pause, RolloutState
from outgrow.deploy.values import Problem, Version

_UNTOLD = "its hook was called; nothing tells how it goes: name a `token` or a `health_url`"


class Ledger(Protocol):
    """Remembers which deploys have called a hook: a hook knows nothing of tokens."""

    def was_called(self, token: str) -> bool:
        """Return whether it was called, or may have been, for `token`."""

    def calling(self, token: str) -> None:
        """Note that it is about to be called."""

    def called(self, token: str) -> None:
        """Note that it was called."""

    def not_called(self, token: str) -> None:
        """Note that it was not: the host has said no, or was never reached."""


class HookHost:
    """A hook of one component; `host` is whose it is."""

    can_go_back = False

    def __init__(self, host: str, address: SecretStr, ledger: Ledger, pause: Pause) -> None:
        self._host = host
        self._address = address
        self._ledger = ledger
        self._pause = pause

    def describe(self) -> str:
        """Return what it is, without its address."""
        return f"a deploy hook of {self._host.capitalize()}"

    def takes(self) -> Sequence[ArtifactKind]:
        """Return what it can be told to run."""
        return ("commit",) if self._host == "vercel" else ("commit", "image")

    def problems(self) -> Sequence[Problem]:
        """Return why it cannot be called: what is there is no address."""
        parts = urlsplit(self._address.get_secret_value())
        if parts.scheme in ("https", "http") and parts.netloc:
            return ()
        return (
            Problem(
                "the deploy hook is no address of the web",
                "Copy it from the host's settings to where `hook` says that it lies.",
            ),
        )

    def current(self) -> Version | None:
        """Return None: a hook does not tell."""
        return None

    def begin(self, version: Version, artifact: Artifact, token: str) -> Name:
        """Call the hook, at most once for each token: a second call would deploy again."""
        name = Name(version.id, artifact.mark)
        if self._ledger.was_called(token):
            return name
        self._ledger.calling(token)
        try:
            self._call(version, artifact, token)
        except HostRefusal as refusal:
            (self._ledger.called if refusal.may_have_begun else self._ledger.not_called)(token)
            raise
        self._ledger.called(token)
        return name

    def _call(self, version: Version, artifact: Artifact, token: str) -> None:
        parts = urlsplit(self._address.get_secret_value())
        query, body = parts.query, None
        if self._host == "render":
            key = "imgURL" if artifact.kind == "image" else "ref"
            query = "&".join(one for one in (query, urlencode({key: artifact.id})) if one)
        elif self._host != "vercel":
            body = {"version": version.id, "artifact": version.artifact, "label": version.label}
        path = parts._replace(scheme="", netloc="", query=query).geturl()
        headers = {"Idempotency-Key": SecretStr(token)}
        base = f"{parts.scheme}://{parts.netloc}"
        api = HostApi(self.describe(), base, self._pause, headers)
        api.post(path, "begin a deploy", body)

    def progress(self, name: Name) -> RolloutState:
        """Return that nothing tells."""
        del name
        return RolloutState("unknown", reason=_UNTOLD)

    def abort(self, name: Name) -> None:
        """Raise HostRefusal: a hook cannot take anything back."""
        raise HostRefusal(
            f"{self.describe()} cannot take {name.version} back",
            "Roll back in the host's own pages, or name a `token` so that outgrow can.",
        )

    def lines(self, name: Name) -> Sequence[str]:
        """Return nothing: a hook does not tell."""
        del name
        return ()
