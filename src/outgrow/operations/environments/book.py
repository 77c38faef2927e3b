"""What this machine remembers of environments: bindings of credentials, and the active files.

It lies in `.outgrow` beside the strategy, for its owner alone. No secret is in it: credentials
are keyed hashes, and the key is a file of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from outgrow.clients.files import write_whole
from outgrow.clients.private_files import PrivateFile, locked, random_key
from outgrow.environments.bindings import Binding, keyed_digest
from outgrow.environments.switching import SwitchFacts
from outgrow.errors import InputError
from outgrow.store.store import STATE_FOLDER

KEY_FILE = "credentials.key"
RECORD_FILE = "credentials.json"
POINTER_FILE = "environment.json"
LOCK_FILE = "credentials.lock"


@dataclass(frozen=True, slots=True)
class Remembered:
    """Which credential was accepted where, and the marks of production's stores, hashed."""

    bindings: tuple[Binding, ...] = ()
    production_stores: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pointed:
    """What is active in a file, since when, and by which switch."""

    environment: str
    component: str | None
    switch: str
    since: datetime


_REMEMBERED: TypeAdapter[Remembered] = TypeAdapter(Remembered)
_POINTED: TypeAdapter[dict[str, Pointed]] = TypeAdapter(dict[str, Pointed])


class Book:
    """The files in `.outgrow` that speak of environments."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / STATE_FOLDER
        self._key: bytes | None = None

    def digest(self, text: str, purpose: str = "credential") -> str:
        """Return the keyed hash of `text`; the key is made when there is none."""
        if self._key is None:
            self._keep_out_of_git()
            self._key = random_key(self._folder / KEY_FILE)
        return keyed_digest(self._key, text, purpose)

    @property
    def name(self) -> str:
        """Return what tells this record from those of other machines and folders."""
        return hashlib.sha256(self.digest("", "name").encode()).hexdigest()[:12]

    def remembered(self) -> Remembered:
        """Return what was kept; raise InputError when the file is damaged."""
        text = PrivateFile(self._folder / RECORD_FILE).read()
        try:
            return _REMEMBERED.validate_json(text) if text else Remembered()
        except ValidationError:
            raise self._damaged(RECORD_FILE) from None

    def remember(self, bindings: Iterable[Binding], production_stores: Iterable[str]) -> None:
        """Keep bindings, instead of older ones of the same credential, and marks of stores."""
        self._keep_out_of_git()
        with locked(self._folder / LOCK_FILE):
            self._remember(tuple(bindings), tuple(production_stores))

    def _remember(self, bindings: Sequence[Binding], production_stores: Sequence[str]) -> None:
        old = self.remembered()
        new = {one.digest: one for one in bindings}
        kept = {one.digest: one for one in old.bindings}
        merged = {**kept, **{key: one for key, one in new.items() if _moved(kept.get(key), one)}}
        stores = dict.fromkeys((*old.production_stores, *production_stores))
        found = Remembered(tuple(merged.values()), tuple(stores))
        if found != old:
            self._write(RECORD_FILE, _REMEMBERED.dump_json(found, indent=2))

    def pointers(self) -> Mapping[str, Pointed]:
        """Return what is said to be active, by the path of the file."""
        text = PrivateFile(self._folder / POINTER_FILE).read()
        try:
            return _POINTED.validate_json(text) if text else {}
        except ValidationError:
            raise self._damaged(POINTER_FILE) from None

    def point(self, facts: SwitchFacts, since: datetime) -> None:
        """Keep what `facts` say is active."""
        self._keep_out_of_git()
        with locked(self._folder / LOCK_FILE):
            found = {path: one for path, one in self.pointers().items() if path != facts.path}
            if facts.environment is not None:
                new = Pointed(facts.environment, facts.component, facts.switch, since)
                found[facts.path] = new
            self._write(POINTER_FILE, _POINTED.dump_json(found, indent=2))

    def _write(self, name: str, content: bytes) -> None:
        PrivateFile(self._folder / name).replace(content.decode() + "\n")

    def _keep_out_of_git(self) -> None:
        ignore = self._folder / ".gitignore"
        if not ignore.exists():
            write_whole(ignore, "*\n")

    def _damaged(self, name: str) -> InputError:
        path = self._folder / name
        return InputError(
            f"{path} is not what outgrow wrote", "Put it back from a copy, or remove it knowingly."
        )


def _moved(old: Binding | None, new: Binding) -> bool:
    return old is None or old.place != new.place
