"""Values to bytes and back: msgpack where it is installed, JSON otherwise; never pickle."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal, Protocol, cast

from outgrow_kit.cache.errors import Undecodable, Unstorable
from outgrow_kit.cache.types import TypeRegistry

Format = Literal["msgpack", "json"]
_EXTENSION = 1


class Codec(Protocol):
    """Writes values of the registered types exactly: what is read equals what was written."""

    format: Format
    types: TypeRegistry

    def encode(self, value: object) -> bytes:
        """Return the bytes of `value`; raises Unstorable for a type that is not registered."""

    def decode(self, raw: bytes) -> object:
        """Return the value; raises Undecodable for bytes that this codec did not write."""


def codec_for(format: Format | None, types: TypeRegistry) -> Codec:
    """Return the codec of that format; msgpack when it is installed and none is named."""
    if format == "json":
        return JsonCodec(types)
    try:
        return MsgpackCodec(types)
    except ImportError:
        if format == "msgpack":
            raise
        return JsonCodec(types)


class MsgpackCodec:
    """msgpack; a registered type is an extension that holds its name and its parts."""

    format: Format = "msgpack"

    def __init__(self, types: TypeRegistry) -> None:
        import msgpack  # type: ignore[import-untyped]

        self.types = types
        self._pack = msgpack.Packer
        self._unpack = msgpack.unpackb
        self._extension = msgpack.ExtType

    def encode(self, value: object) -> bytes:
        """Return the bytes of `value`."""
        try:
            # A Packer of its own each time: one that is shared is not safe between threads.
            packed = self._pack(default=self._default, strict_types=True).pack(value)
        except (UnicodeEncodeError, OverflowError, RecursionError, ValueError) as error:
            raise Unstorable(f"the value cannot be cached: {error}") from error
        return cast(bytes, packed)

    def decode(self, raw: bytes) -> object:
        """Return the value."""
        try:
            return cast(object, self._unpack(raw, ext_hook=self._extended, strict_map_key=False))
        except Undecodable:
            raise
        except Exception as error:  # the unpacking of a type may raise anything
            raise Undecodable(str(error)) from error

    def _default(self, value: object) -> object:
        codec = self.types.of(value)
        return self._extension(_EXTENSION, self.encode([codec.name, codec.pack(value)]))

    def _extended(self, code: int, raw: bytes) -> object:
        if code != _EXTENSION:
            raise Undecodable(f"unknown extension {code}")
        name, packed = cast(list[object], self.decode(bytes(raw)))
        return self.types.named(name).unpack(packed)


class JsonCodec:
    """JSON; what it lacks is written as `{"$": type, "v": parts}`."""

    format: Format = "json"

    def __init__(self, types: TypeRegistry) -> None:
        self.types = types

    def encode(self, value: object) -> bytes:
        """Return the bytes of `value`."""
        try:
            return json.dumps(self._plain(value), separators=(",", ":")).encode()
        except RecursionError as error:
            raise Unstorable("the value cannot be cached: it is nested too deeply") from error

    def decode(self, raw: bytes) -> object:
        """Return the value."""
        try:
            return self._made(json.loads(raw))
        except Undecodable:
            raise
        except Exception as error:  # the unpacking of a type may raise anything
            raise Undecodable(str(error)) from error

    def _plain(self, value: object) -> object:
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind is list:
            return [self._plain(one) for one in cast(list[object], value)]
        if kind is dict:
            return self._plain_dict(cast(dict[object, object], value))
        if kind is bytes:
            return {"$": "bytes", "v": cast(bytes, value).hex()}
        codec = self.types.of(value)
        return {"$": codec.name, "v": self._plain(codec.pack(value))}

    def _plain_dict(self, values: dict[object, object]) -> object:
        if "$" not in values and all(type(key) is str for key in values):
            return {key: self._plain(value) for key, value in values.items()}
        pairs = ([self._plain(key), self._plain(value)] for key, value in values.items())
        return {"$": "dict", "v": list(pairs)}

    def _made(self, value: object) -> object:
        if isinstance(value, list):
            return [self._made(one) for one in value]
        if not isinstance(value, dict):
            return value
        name = value.get("$")
        if name is None:
            return {key: self._made(one) for key, one in value.items()}
        if name == "bytes":
            return bytes.fromhex(value["v"])
        inner = self._made(value["v"])
        if name == "dict":
            return dict(cast(Iterable[tuple[object, object]], inner))
        return self.types.named(name).unpack(inner)
