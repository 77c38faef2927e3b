"""What the packaged TOML says of each offering: names, and which rows hold its figures.

A definition holds no figure of its own. `"plan/pro"` is the price in the row of product
`plan` and sku `pro`; `"plan/pro#mau"` is that sku's limit `mau`. A figure that stands
only in the notes or the name of a row is written
`{ value = 200, noted_in = "redis/payg:bandwidth" }`, and a yes or no likewise with `flag`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from outgrow.catalog.tariff import Per
from outgrow.errors import InputError

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reference:
    """A figure, by the row that holds it; `value` or `flag` when only its notes do.

    The figure is `(row - minus) / divide`, negated for a credit.
    """

    product: str
    sku: str
    limit_name: str = ""
    value: Decimal | None = None
    flag: bool | None = None
    divide: Decimal = Decimal(1)
    minus: Reference | None = None
    negate: bool = False

    def __str__(self) -> str:
        return f"{self.product}/{self.sku}" + (f"#{self.limit_name}" if self.limit_name else "")


@dataclass(frozen=True, slots=True)
class TierDefinition:
    """A band of a metered price before its rows are looked up."""

    up_to: Reference | None
    price: Reference | None


@dataclass(frozen=True, slots=True)
class ChargeDefinition:
    """One charge of a plan before its rows are looked up; no price means unknown."""

    name: str
    per: Per
    tiers: tuple[TierDefinition, ...]
    meter: str
    unit: str
    included: Reference | None
    step: Reference | None
    billed_while_stopped: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """An offering before its rows are looked up."""

    id: str
    name: str
    service: str
    sku: str
    serves: frozenset[str]
    row: Reference | None
    charges: tuple[ChargeDefinition, ...]
    limits: Mapping[str, Reference]
    soft_limits: Mapping[str, Reference]
    capabilities: Mapping[str, Reference]
    usage_credit: Reference | None
    cap: Reference | None
    available: bool
    notes: str


@dataclass(frozen=True, slots=True)
class Family:
    """Offerings that differ only in size: one for each sku of `product`.

    `unit`, where given, leaves out rows of any other unit; `without` leaves out sizes. `table`
    is an offering's, in which `{sku}` and `{size}` stand for the sku's name and for what follows
    `sku_prefix` in it, in lower case.
    """

    product: str
    sku_prefix: str
    unit: str
    without: frozenset[str]
    table: Table

    def size_of(self, sku: str) -> str | None:
        """Return the size within the family, or None for a sku that is not of it.

        A further colon marks a variant of a size (`db.r6g.xlarge:multi-az`), not a size.
        """
        rest = sku.removeprefix(self.sku_prefix)
        belongs = sku.startswith(self.sku_prefix) and ":" not in rest and "/" not in rest
        return rest.lower() if belongs and rest.lower() not in self.without else None

    def id_of(self, sku: str) -> str:
        """Return the offering id of `sku`."""
        return _filled(_text(self.table, "id"), sku, self.size_of(sku) or "")

    def define(self, sku: str) -> Definition:
        """Return the definition of the offering for `sku`."""
        filled = _filled_table(self.table, sku, self.size_of(sku) or "")
        return read_definition({"sku": sku, "row": f"{self.product}/{sku}"} | dict(filled))


@dataclass(frozen=True, slots=True)
class Definitions:
    """All definitions of one provider, and how its price rows spell its name."""

    rates_provider: str
    offerings: tuple[Definition, ...]
    families: tuple[Family, ...]


def read_definitions(text: str, provider: str) -> Definitions:
    """Return the definitions in the TOML `text` of `provider`; raise InputError if malformed."""
    try:
        document: Table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{provider}.toml: {error}", "Correct the TOML.") from None
    return Definitions(
        _text(document, "rates", provider),
        tuple(read_definition(table) for table in _tables(document, "offering")),
        tuple(_family(table) for table in _tables(document, "family")),
    )


def read_definition(table: Table) -> Definition:
    """Return the definition in one `[[offering]]` table; raise InputError if malformed."""
    return Definition(
        id=_text(table, "id"),
        name=_text(table, "name"),
        service=_text(table, "service", "tariff"),
        sku=_text(table, "sku", ""),
        serves=frozenset(_texts(table, "serves")),
        row=_reference(table, "row"),
        charges=tuple(_charge(charge) for charge in _tables(table, "charges")),
        limits=_references(table, "limits"),
        soft_limits=_references(table, "soft_limits"),
        capabilities=_references(table, "capabilities"),
        usage_credit=_reference(table, "usage_credit"),
        cap=_reference(table, "cap"),
        available=bool(table.get("available", True)),
        notes=_text(table, "notes", ""),
    )


def _family(table: Table) -> Family:
    own = {"product", "sku_prefix", "unit", "without"}
    return Family(
        _text(table, "product"),
        _text(table, "sku_prefix", ""),
        _text(table, "unit", ""),
        frozenset(_texts(table, "without")),
        {key: value for key, value in table.items() if key not in own},
    )


def _charge(table: Table) -> ChargeDefinition:
    bands = tuple(
        TierDefinition(_reference(band, "up_to"), _reference(band, "price"))
        for band in _tables(table, "tiers")
    )
    return ChargeDefinition(
        name=_text(table, "name"),
        per=_per(table),
        tiers=bands or (TierDefinition(None, _reference(table, "price")),),
        meter=_text(table, "meter", ""),
        unit=_text(table, "unit", ""),
        included=_reference(table, "included"),
        step=_reference(table, "step"),
        billed_while_stopped=bool(table.get("billed_while_stopped", False)),
    )


def _per(table: Table) -> Per:
    try:
        return Per(_text(table, "per"))
    except ValueError:
        raise _malformed(table, "per", f"one of {', '.join(Per)}") from None


def _references(table: Table, key: str) -> Mapping[str, Reference]:
    within = table.get(key, {})
    if not isinstance(within, Mapping):
        raise _malformed(table, key, "a table")
    return {name: read_reference(value) for name, value in within.items()}


def _reference(table: Table, key: str) -> Reference | None:
    return read_reference(table[key]) if key in table else None


def read_reference(value: object) -> Reference:
    """Return the reference that a TOML `value` is; raise InputError when it is none."""
    if isinstance(value, str):
        return _row_named(value)
    if isinstance(value, Mapping) and "noted_in" in value:
        return _noted(value)
    if isinstance(value, Mapping) and "from" in value:
        row = _row_named(_text(value, "from"))
        return Reference(
            row.product,
            row.sku,
            row.limit_name,
            divide=_number(value, "divide", Decimal(1)),
            minus=_reference(value, "minus"),
            negate=bool(value.get("negate", False)),
        )
    raise InputError(
        f"{value!r} does not name a price row",
        'Write "product/sku", "product/sku#limit" or { value = 1, noted_in = "product/sku" }.',
    )


def _noted(table: Table) -> Reference:
    row = _row_named(_text(table, "noted_in"))
    if "flag" in table:
        return Reference(row.product, row.sku, row.limit_name, flag=bool(table["flag"]))
    return Reference(row.product, row.sku, row.limit_name, value=_number(table, "value"))


def _row_named(text: str) -> Reference:
    row, _, limit_name = text.partition("#")
    product, slash, sku = row.partition("/")
    if not (product and slash and sku):
        raise InputError(f"{text!r} does not name a price row", 'Write "product/sku".')
    return Reference(product, sku, limit_name)


def _filled(text: str, sku: str, size: str) -> str:
    return text.replace("{sku}", sku).replace("{size}", size)


def _filled_table(table: Table, sku: str, size: str) -> Table:
    return {key: _filled_value(value, sku, size) for key, value in table.items()}


def _filled_value(value: object, sku: str, size: str) -> object:
    if isinstance(value, str):
        return _filled(value, sku, size)
    if isinstance(value, Mapping):
        return _filled_table(value, sku, size)
    if isinstance(value, list):
        return [_filled_value(entry, sku, size) for entry in value]
    return value


def _text(table: Table, key: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise _malformed(table, key, "text")
    return value


def _texts(table: Table, key: str) -> Sequence[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise _malformed(table, key, "a list of texts")
    return value


def _tables(table: Table, key: str) -> Sequence[Table]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        raise _malformed(table, key, "a list of tables")
    return value


def _number(table: Table, key: str, default: Decimal | None = None) -> Decimal:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _malformed(table, key, "a number")
    return Decimal(value)


def _malformed(table: Table, key: str, wanted: str) -> InputError:
    where = table.get("id", table.get("name", "the catalogue"))
    return InputError(f"{where}: {key!r} should be {wanted}", f"Give {key!r} as {wanted}.")
