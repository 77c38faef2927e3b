"""The types that a cached value may have beyond those of JSON, and how each is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Protocol, cast, runtime_checkable
from uuid import UUID
from zoneinfo import ZoneInfo

from outgrow_kit.cache.errors import Undecodable, Unstorable

Pack = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class TypeCodec:
    """How one type is written as simpler values, and made from them again."""

    name: str
    pack: Pack
    unpack: Pack


@runtime_checkable
class _Model(Protocol):
    """What pydantic's models have."""

    def model_dump(self) -> dict[str, object]: ...

    @classmethod
    def model_validate(cls, value: object) -> object: ...


class TypeRegistry:
    """Which types may be written; exactly these, not their subclasses."""

    def __init__(self, types: Iterable[type] = ()) -> None:
        self._by_type: dict[type, TypeCodec] = dict(_BUILT_IN)
        self._by_name = {one.name: one for one in _BUILT_IN.values()}
        for one in types:
            self.add(one)

    def add(
        self,
        kind: type,
        *,
        pack: Pack | None = None,
        unpack: Pack | None = None,
        name: str | None = None,
    ) -> None:
        """Let values of `kind` be cached: a dataclass, an enum or a pydantic model as it is.

        Any other type needs `pack` (to simpler values) and `unpack`. Raises ValueError for a
        type that needs them, and for a second type of the same name.
        """
        if pack is None or unpack is None:
            if kind in self._by_type:
                return
            codec = _codec_of(kind)
        else:
            codec = TypeCodec(name or kind.__qualname__, pack, unpack)
        if kind in self._by_type or codec.name in self._by_name:
            raise ValueError(f"{codec.name} is already known to the codec; give it another name=")
        self._by_type[kind] = codec
        self._by_name[codec.name] = codec

    def of(self, value: object) -> TypeCodec:
        """Return how `value` is written; raises Unstorable with what to do."""
        codec = self._by_type.get(type(value))
        if codec is not None:
            return codec
        kind = type(value)
        advice = "return plain values"
        if is_dataclass(kind) or issubclass(kind, (Enum, _Model)):
            advice = f"name it in Cache(types=[{kind.__name__}])"
        raise Unstorable(f"a {kind.__module__}.{kind.__qualname__} cannot be cached: {advice}")

    def named(self, name: object) -> TypeCodec:
        """Return how a type is made again; raises Undecodable when no such type is known."""
        codec = self._by_name.get(name) if isinstance(name, str) else None
        if codec is None:
            raise Undecodable(f"no type {name!r} is known to the codec")
        return codec


def _codec_of(kind: type) -> TypeCodec:
    if issubclass(kind, Enum):
        by_name = dict(kind.__members__)
        return TypeCodec(
            f"{kind.__qualname__}#{_digest(by_name)}",
            lambda value: cast(Enum, value).name,
            lambda name: by_name[cast(str, name)],
        )
    if is_dataclass(kind):
        return _dataclass_codec(kind)
    if issubclass(kind, _Model):
        return TypeCodec(
            kind.__qualname__,
            lambda value: cast(_Model, value).model_dump(),
            kind.model_validate,
        )
    raise ValueError(
        f"{kind.__qualname__} is no dataclass, enum or pydantic model: give pack= and unpack="
    )


def _dataclass_codec(kind: type) -> TypeCodec:
    names = tuple(one.name for one in fields(kind))

    def pack(value: object) -> object:
        return [getattr(value, name) for name in names]

    def unpack(values: object) -> object:
        # Not through __init__, which may compute, and may not take every field.
        made: object = object.__new__(kind)
        for name, value in zip(names, cast(list[object], values), strict=True):
            object.__setattr__(made, name, value)
        return made

    # A changed list of fields is another name, so that what an older release wrote is a miss.
    return TypeCodec(f"{kind.__qualname__}#{_digest(names)}", pack, unpack)


def _digest(names: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(names).encode(), digest_size=4).hexdigest()


def _pack_datetime(value: object) -> object:
    assert isinstance(value, datetime)
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return [value.isoformat(), value.fold, zone]


def _unpack_datetime(packed: object) -> object:
    text, fold, zone = cast(tuple[str, int, str | None], packed)
    moment = datetime.fromisoformat(text)
    if zone is not None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.replace(fold=fold)


def _pack_timedelta(value: object) -> object:
    assert isinstance(value, timedelta)
    return [value.days, value.seconds, value.microseconds]


def _iso(value: object) -> object:
    assert isinstance(value, (date, time))
    return value.isoformat()


def _listed(value: object) -> object:
    return list(cast(Iterable[object], value))


def _built_in(kind: type, pack: Pack, unpack: Callable[..., object]) -> tuple[type, TypeCodec]:
    return kind, TypeCodec(kind.__name__, pack, unpack)


_BUILT_IN: dict[type, TypeCodec] = dict(
    (
        _built_in(tuple, _listed, tuple),
        _built_in(set, _listed, set),
        _built_in(frozenset, _listed, frozenset),
        _built_in(datetime, _pack_datetime, _unpack_datetime),
        _built_in(date, _iso, date.fromisoformat),
        _built_in(time, _iso, time.fromisoformat),
        _built_in(timedelta, _pack_timedelta, lambda parts: timedelta(*parts)),
        _built_in(Decimal, str, Decimal),
        _built_in(UUID, lambda value: cast(UUID, value).bytes, lambda raw: UUID(bytes=raw)),
        # Beyond 64 bits, which msgpack does not write as a number.
        _built_in(int, str, int),
    )
)
