"""ETags from what an answer says, equal on every worker."""

from __future__ import annotations

import json
import re
import zlib
from collections import OrderedDict
from hashlib import blake2b

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')
_REMEMBERED = 1024
_MAX_DECODED_BYTES = 4 * 1024 * 1024


class EntityTags:
    """Makes ETags, and remembers those of the bodies seen last."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, str] = OrderedDict()

    def strong(self, body: bytes) -> str:
        """Return a tag that is equal for equal bytes only."""
        return f'"{_digest(body).hex()}"'

    def weak(self, body: bytes, content_type: str, encoding: str = "") -> str | None:
        """Return a tag that is equal for equal content: key order and compression are left out.

        None for a compression that is not known here, and for content that cannot be read.
        """
        # Parsing costs more than hashing, and most bodies are asked for many times.
        key = _digest(body, content_type.encode() + b"\0" + encoding.encode())
        known = self._known.get(key)
        if known is None:
            content = _decoded(body, encoding)
            if content is None:
                return None
            known = f'W/"{_digest(_canonical(content, content_type)).hex()}"'
            self._known[key] = known
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known


def is_listed(etag: str, if_none_match: str) -> bool:
    """Return whether `If-None-Match` names the tag; weak and strong count as the same."""
    if if_none_match.strip() == "*":
        return True
    wanted = etag.removeprefix("W/")
    return any(wanted == found for found in _ENTITY_TAG.findall(if_none_match))


def _digest(body: bytes, kind: bytes = b"") -> bytes:
    digest = blake2b(kind, digest_size=16)
    digest.update(b"\0")
    digest.update(body)
    return digest.digest()


def _decoded(body: bytes, encoding: str) -> bytes | None:
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        return None
    reader = zlib.decompressobj(wbits=47)  # either of both, by its first bytes
    try:
        content = reader.decompress(body, _MAX_DECODED_BYTES)
    except zlib.error:
        return None
    return content if reader.eof else None


def _canonical(content: bytes, content_type: str) -> bytes:
    media = content_type.partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        return content
    try:
        value = json.loads(content)
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return content
