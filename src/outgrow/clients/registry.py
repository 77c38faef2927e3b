"""Asks a registry of images which digest a tag means now.

With the way in that `docker login` has left, where there is one; else as anybody.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from outgrow.errors import InputError, OutsideError

if TYPE_CHECKING:
    import httpx

_SECONDS = 20.0
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ACCEPTED = ", ".join(
    [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]
)
_HUB = "registry-1.docker.io"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class _Image:
    """A reference in its parts; `home` is the host as written, `host` the one that answers."""

    written: str
    home: str
    repository: str
    tag: str

    @property
    def host(self) -> str:
        return _HUB if self.home == "docker.io" else self.home

    @property
    def name(self) -> str:
        """Return it without tag and digest, as it was written."""
        return self.written.partition("@")[0].removesuffix(f":{self.tag}")

    @property
    def url(self) -> str:
        name = urlsplit(f"//{self.host}").hostname
        scheme = "http" if name in _LOCAL else "https"
        return f"{scheme}://{self.host}/v2/{self.repository}/manifests/{self.tag}"


def pinned(reference: str) -> str:
    """Return the image of `reference` by its digest; nobody is asked for one that has it.

    Raises InputError for an image that is not there or may not be read, OutsideError when the
    registry does not answer.
    """
    name, at, digest = reference.partition("@")
    if at and _DIGEST.fullmatch(digest):
        image = _parts(name)
        return f"{image.name}@{digest}"
    if at:
        raise InputError(f"{reference} has no digest of an image", "It is sha256: and 64 digits.")
    image = _parts(reference)
    return f"{image.name}@{_asked(image)}"


def _parts(reference: str) -> _Image:
    head, slash, rest = reference.partition("/")
    has_host = slash and ("." in head or ":" in head or head == "localhost")
    home, path = (head, rest) if has_host else ("docker.io", reference)
    path, _, tag = path.partition(":")
    if home == "docker.io" and "/" not in path:
        path = f"library/{path}"
    written = f"{home}/{path}:{tag}"
    if not re.fullmatch(r"[\w.-]+(:\d+)?/[a-z0-9._/-]+:[\w.-]*", written, re.ASCII):
        raise InputError(
            f"{reference!r} does not name an image", "Write it as registry.example/app:tag."
        )
    return _Image(reference, home, path, tag or "latest")


def _asked(image: _Image) -> str:
    import httpx

    headers = {"Accept": _ACCEPTED}
    try:
        with httpx.Client(timeout=_SECONDS) as client:
            answer = client.head(image.url, headers=headers)
            if answer.status_code == 401:
                headers["Authorization"] = _way_in(client, image, answer)
                answer = client.head(image.url, headers=headers)
    except httpx.HTTPError as problem:
        raise OutsideError(
            f"the registry {image.home} does not answer: {type(problem).__name__}",
            "Try again, or name the image by its digest.",
        ) from None
    return _digest(image, answer)


def _digest(image: _Image, answer: httpx.Response) -> str:
    if answer.status_code in (401, 403, 404):
        why = {404: "is not there"}.get(answer.status_code, "may not be read")
        raise InputError(
            f"{image.written} {why}, says the registry {image.home}",
            f"Push it first, or sign in: docker login {image.home}",
        )
    found = answer.headers.get("Docker-Content-Digest", "")
    if answer.status_code != 200 or not _DIGEST.fullmatch(found):
        raise OutsideError(
            f"the registry {image.home} gave no digest of {image.written} ({answer.status_code})",
            "Name the image by its digest.",
        )
    return str(found)


def _way_in(client: httpx.Client, image: _Image, refusal: httpx.Response) -> str:
    """Return what to send as Authorization, by what the registry asks for."""
    asked = refusal.headers.get("WWW-Authenticate", "")
    kind, _, rest = asked.partition(" ")
    known = _signed_in(image.home)
    if kind.lower() == "basic" and known is not None:
        return _basic(known)["Authorization"]
    wanted = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    realm = wanted.pop("realm", "")
    if kind.lower() != "bearer" or not _is_safe(realm, image):
        raise InputError(f"{image.written} may not be read", f"Sign in: docker login {image.home}")
    given = client.get(realm, params=wanted, headers=_basic(known) if known else {})
    if given.status_code != 200:
        raise InputError(
            f"the registry {image.home} does not let us read {image.repository}",
            f"Sign in: docker login {image.home}",
        )
    found = given.json()
    return f"Bearer {found.get('token') or found.get('access_token') or ''}"


def _is_safe(realm: str, image: _Image) -> bool:
    """Return whether a password may go there: over TLS, or to this machine."""
    parts = urlsplit(realm)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _LOCAL and image.url.startswith("http:")
    )


def _basic(known: tuple[str, str]) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(':'.join(known).encode()).decode()}"}


def _signed_in(home: str) -> tuple[str, str] | None:
    """Return the name and the password that `docker login` keeps for a registry."""
    from docker import auth, errors

    try:
        found = auth.load_config().resolve_authconfig(home)
    except (errors.DockerException, OSError, ValueError):
        return None
    if not found:
        return None
    name, password = found.get("username") or found.get("Username"), found.get("password")
    password = password or found.get("Password")
    return (str(name), str(password)) if name and password else None
