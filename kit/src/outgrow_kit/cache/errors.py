"""What the cache refuses; each error says what to do instead."""

from __future__ import annotations

from outgrow_kit.errors import KitError


class Unkeyable(KitError):
    """An argument cannot be part of a key, because two equal texts could mean two things."""


class Unstorable(KitError):
    """A value has a type that the codec does not write; pickle is never used."""


class Undecodable(KitError):
    """Stored bytes were not written by this codec with these types; counts as a miss."""
