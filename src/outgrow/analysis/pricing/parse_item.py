"""A typed item from what a user wrote: every wrong field named, not only the first."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from outgrow.analysis.pricing.field_synonyms import meant_by
from outgrow.analysis.pricing.item import PriceItem
from outgrow.analysis.pricing.services import SERVICES
from outgrow.diagnostics import Diagnostic, Severity
from outgrow.errors import InvalidItem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_UNKNOWN = "unknown"
_TEXT_FIELDS = frozenset({"name", "service", "region", "size", "offering"})


def parse_item(written: Mapping[str, object]) -> PriceItem:
    """Return the item that `written` describes; raise InvalidItem with all that is wrong.

    Numbers may be text, as CSV has them. An empty cell counts as not written; `unknown`
    (or null) as a quantity that nobody knows.
    """
    service = SERVICES.get(str(written.get("service", "")))
    if service is None:
        raise InvalidItem([_unknown_service(written)])
    fields = {
        key: None if value == _UNKNOWN and key not in _TEXT_FIELDS else value
        for key, value in written.items()
        if value != ""
    }
    try:
        item: PriceItem = service.item.model_validate(fields)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise InvalidItem([_problem(one, service.item) for one in found]) from None
    return item


def _unknown_service(written: Mapping[str, object]) -> Diagnostic:
    name = written.get("service")
    if not name:
        return _diagnostic(
            "missing-key", "service", "service is missing", f"One of: {', '.join(SERVICES)}."
        )
    reason = f"{name!r} is not a priced service"
    return _diagnostic("unknown-service", "service", reason, _service_remedy(str(name)))


def _service_remedy(name: str) -> str:
    tail = name.lower().removeprefix("aws/")
    near = [one for one in SERVICES if tail in one] or get_close_matches(name, SERVICES, n=1)
    if near and tail:
        return f"Did you mean {near[0]!r}?"
    if "/" in name and not name.startswith("aws/"):
        return f"A plan of the catalogue is `service: tariff` with `offering: {name}`."
    return f"One of: {', '.join(SERVICES)}."


def _problem(error: ErrorDetails, model: type[PriceItem]) -> Diagnostic:
    field = "/".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        remedy = _field_remedy(field, model)
        return _diagnostic("unknown-key", field, f"{field!r} is not a field of it", remedy)
    if error["type"] == "missing":
        return _diagnostic("missing-key", field, f"{field} is missing", f"Give {field}.")
    return _diagnostic("wrong-value", field, *_wrong_value(error))


def _field_remedy(field: str, model: type[PriceItem]) -> str:
    known = model.model_fields
    near = [*meant_by(field, known), *get_close_matches(field, known, n=1)]
    if near:
        return f"Did you mean {near[0]!r}?"
    if "usage" in known:
        return f"If it is a meter of the plan, write it in `usage` (column `usage.{field}`)."
    return f"Fields of it: {', '.join(known)}."


def _wrong_value(error: ErrorDetails) -> tuple[str, str]:
    value: Any = error["input"]
    limits = error.get("ctx", {})
    if error["type"] == "greater_than_equal":
        return f"{value} is negative", f"Write {limits['ge']} or more."
    if error["type"] == "less_than_equal":
        return f"{value} is more than {limits['le']}", f"Write {limits['le']} or less."
    if error["type"] == "literal_error":
        return f"{value!r} is not one of the choices", f"Write {limits['expected']}."
    return f"{value!r} cannot be used: {error['msg'].lower()}", "See docs/pricing.md."


def _diagnostic(code: str, field: str, reason: str, remedy: str) -> Diagnostic:
    return Diagnostic(Severity.ERROR, code, reason, remedy, path=tuple(field.split("/")))
