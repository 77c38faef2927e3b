"""Secrets in files that SOPS encrypts: `FILE#KEY`, deeper ones as `FILE#section.KEY`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import SecretStr

from outgrow.clients.programs import output_of
from outgrow.environments.resolving import Unread

_TIMEOUT_SECONDS = 15.0  # a key in a cloud's key service takes a request or two


def read_sops(file: str, places: Collection[str], folder: Path) -> Mapping[str, SecretStr | Unread]:
    """Return what stands at each of `places` in `file`; the program `sops` decrypts it once."""
    if not (folder / file).is_file():
        return dict.fromkeys(places, Unread(f"there is no file {file}"))
    arguments = ["sops", "--decrypt", "--output-type", "json", file]
    found = output_of(arguments, folder, _TIMEOUT_SECONDS)
    if isinstance(found, Unread):
        return dict.fromkeys(places, found)
    try:
        document = json.loads(found.get_secret_value())
    except ValueError:
        return dict.fromkeys(places, Unread("sops printed no JSON"))
    return {place: _at(document, place) for place in places}


def _at(document: object, place: str) -> SecretStr | Unread:
    if not place:
        return Unread("the reference names no key; write sops:FILE#KEY")
    found = document
    for name in [place] if isinstance(document, dict) and place in document else place.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if found is None:
        return Unread(f"the file has no key {place!r}")
    return SecretStr(found if isinstance(found, str) else json.dumps(found))
