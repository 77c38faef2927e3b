"""An entry as the shared store keeps it: a fixed head, its tags, and the encoded value.

The scripts of the stores read the token at its fixed place (bytes 2 to 17) and nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from outgrow_kit.cache.codec import Codec
from outgrow_kit.cache.errors import Undecodable

_HEAD = struct.Struct(">B16s16sqqqI")
# The first byte: raise them together when the layout changes, and older entries are misses.
_FORMATS = {"msgpack": 1, "json": 2}
_MILLISECONDS = 1000


@dataclass(slots=True)
class Stored:
    """What one fill wrote.

    `token` is the fill's own, `epoch` the life of the store it was written in, `version` the
    number of invalidations before it began; times are seconds since 1970. `generations` are
    those of its tags when the fill began: one that has changed since makes the entry void.
    """

    token: str
    epoch: str
    version: int
    fresh_until: float
    stale_until: float
    tags: tuple[str, ...]
    generations: tuple[str, ...]
    payload: bytes

    def packed(self, codec: Codec) -> bytes:
        """Return the bytes to keep."""
        tags = "\n".join(map("".join, zip(self.generations, self.tags, strict=True))).encode()
        head = _HEAD.pack(
            _FORMATS[codec.format],
            self.token.encode(),
            self.epoch.encode(),
            self.version,
            int(self.fresh_until * _MILLISECONDS),
            int(self.stale_until * _MILLISECONDS),
            len(tags),
        )
        return head + tags + self.payload


def token_in(raw: bytes) -> str:
    """Return the token of packed bytes; a text that no token equals when there is none."""
    return raw[1:17].decode("ascii", "replace")


def unpacked(raw: bytes, codec: Codec) -> Stored:
    """Return what `raw` holds; raises Undecodable for another layout or format."""
    try:
        form, token, epoch, version, fresh, stale, size = _HEAD.unpack_from(raw)
        if form != _FORMATS[codec.format]:
            raise Undecodable("written in another format")
        end = _HEAD.size + size
        generations, tags = _split(raw[_HEAD.size : end].decode())
        return Stored(
            token.decode("ascii"),
            epoch.decode("ascii"),
            version,
            fresh / _MILLISECONDS,
            stale / _MILLISECONDS,
            tags,
            generations,
            raw[end:],
        )
    except (struct.error, UnicodeDecodeError) as error:
        raise Undecodable(str(error)) from error


def _split(block: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines: Sequence[str] = block.split("\n") if block else ()
    return tuple(line[:16] for line in lines), tuple(line[16:] for line in lines)
