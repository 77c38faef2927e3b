"""From a key (a user, an organisation) to its logical shard, the same for ever and everywhere."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

Key = str | int | UUID

_BYTES = 7  # 56 bits: a bigint of PostgreSQL holds them without a sign


def key_text(key: Key) -> str:
    """Return a key as PostgreSQL writes it: `42`, `acme`, `1b4e28ba-2fa1-...`.

    Raises TypeError for what would be written otherwise there, ValueError for the empty text.
    """
    if isinstance(key, bool) or not isinstance(key, str | int | UUID):
        raise TypeError(f"a key is a text, a whole number or a UUID, not {type(key).__name__}")
    text = str(key)
    if not text or "\0" in text:
        raise ValueError("a key is not empty and holds no zero byte")
    return text


def logical_shard(key: Key, logical: int) -> int:
    """Return the logical shard of a key: SHA-256 of its text, first 7 bytes, modulo `logical`.

    SHA-256 because PostgreSQL has it too: `outgrow_shard_logical(key, logical)` says the same.
    """
    digest = sha256(key_text(key).encode()).digest()
    return int.from_bytes(digest[:_BYTES], "big") % logical
