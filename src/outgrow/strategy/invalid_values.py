"""What pydantic found wrong, in plain words and at its place in the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from outgrow.diagnostics import Diagnostic, Path, Severity
from outgrow.strategy.shape import (
    allowed_keys,
    allowed_words,
    expected_at,
    is_choice,
    nearest,
    required_keys,
)
from outgrow.strategy.synonyms import word_meant
from outgrow.strategy.written_units import number_meant, other_unit
from outgrow.strategy.yaml_nodes import (
    MappingNode,
    Node,
    ScalarNode,
    child,
    locate,
    locate_key,
)


class Finding(NamedTuple):
    """A code, a reason and a remedy, before they have a place."""

    code: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class _Fault:
    """One error of pydantic's, its `path` freed from the names of validators."""

    kind: str
    message: str
    limits: dict[str, Any]
    path: Path
    node: Node | None
    model: type[BaseModel]

    @property
    def key(self) -> str:
        """Return the last named part of the path: the key the value belongs to."""
        return next((part for part in reversed(self.path) if isinstance(part, str)), "value")

    @property
    def text(self) -> str:
        """Return a single value as it is written, or nothing."""
        return self.node.text if isinstance(self.node, ScalarNode) else ""

    @property
    def shown(self) -> str:
        """Return the value as a reader would name it."""
        if isinstance(self.node, ScalarNode):
            return (
                f"`{_short(self.node.text)}`" if self.node.value is not None else "an empty value"
            )
        return "a mapping" if isinstance(self.node, MappingNode) else "a list"

    @property
    def secret(self) -> bool:
        """Return whether the value may be a secret, which no message repeats."""
        return self.key == "secret" or (self.path[-2:-1] == ("secrets",) and self.kind != "bad_key")

    @property
    def expected(self) -> Any:
        """Return the annotation of what belongs here."""
        return expected_at(self.model, self.path)


def value_diagnostics(
    error: ValidationError, root: MappingNode, model: type[BaseModel], at_most: int
) -> list[Diagnostic]:
    """Return one diagnostic for each place and cause in `error`, for the first `at_most`."""
    faults: dict[Path, _Fault] = {}
    for found in error.errors(include_url=False, include_input=False)[:at_most]:
        fault = _fault(found, root, model)
        known = faults.setdefault(fault.path, fault)
        if known is not fault and known.kind != fault.kind:
            faults[fault.path] = _any_scalar(known, fault)
    return [
        _diagnostic(fault, root)
        for fault in faults.values()
        if not (isinstance(fault.node, ScalarNode) and fault.node.broken)
    ]


def _any_scalar(first: _Fault, second: _Fault) -> _Fault:
    # A value that may be of several types fails once for each of them; the failure that is
    # not about the type says more.
    telling = [fault for fault in (first, second) if fault.kind not in _TYPE_KINDS]
    return telling[0] if telling else replace(first, kind="single_value")


def _fault(found: Any, root: MappingNode, model: type[BaseModel]) -> _Fault:
    path: list[str | int] = []
    node: Node = root
    expected: Any = model
    for part in found["loc"]:
        below = None if is_choice(expected) else child(node, part)
        if below is not None:
            path.append(part)
            node, expected = below, expected_at(expected, (part,))
    if found["type"] == "missing":
        path.append(found["loc"][-1])
    kind = "bad_key" if found["loc"][-1:] == ("[key]",) else found["type"]
    return _Fault(kind, found["msg"], found.get("ctx", {}), tuple(path), node, model)


def _diagnostic(fault: _Fault, root: MappingNode) -> Diagnostic:
    explain = _not_reference if fault.secret else _EXPLAINED.get(fault.kind, _as_said)
    finding = explain(fault)
    at_key = fault.kind in _AT_KEY
    place = (locate_key if at_key else locate)(root, fault.path)
    return Diagnostic(Severity.ERROR, *finding, fault.path, place)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words)


def _missing(fault: _Fault) -> Finding:
    return Finding("missing-key", f"`{fault.path[-1]}` is missing", f"Add `{fault.path[-1]}: ...`.")


def _unknown_key(fault: _Fault) -> Finding:
    key = str(fault.path[-1])
    allowed = allowed_keys(expected_at(fault.model, fault.path[:-1]))
    guess = nearest(key, allowed)
    remedy = f"Did you mean `{guess}`?" if guess else f"Allowed here: {_listed(allowed)}."
    return Finding("unknown-key", f"`{_short(key)}` is not a key that belongs here", remedy)


def _unknown_word(fault: _Fault) -> Finding:
    words = allowed_words(fault.expected)
    guess = word_meant(fault.text, words)
    remedy = f"Write one of: {_listed(words)}."
    if fault.path == ("outgrow",):
        remedy = "Write `outgrow: 1`; this is the version of the file format."
    return Finding(
        "unknown-word",
        f"{fault.shown} is not one of the words allowed here",
        f"Did you mean `{guess}`? {remedy}" if guess else remedy,
    )


def _not_text(fault: _Fault) -> Finding:
    if isinstance(fault.node, ScalarNode) and fault.node.value is not None:
        remedy = f'Put it in quotes: `"{_short(fault.text)}"`.'
    else:
        remedy = 'Write a text, `""`, or remove the key.'
    return Finding("not-text", f"expected a text, got {fault.shown}", remedy)


def _not_boolean(fault: _Fault) -> Finding:
    return Finding(
        "not-true-or-false", f"expected true or false, got {fault.shown}", "Write true or false."
    )


def _not_number(fault: _Fault) -> Finding:
    remedy = number_meant(fault.key, fault.text) or "Write a plain number, without a unit."
    return Finding("not-a-number", f"expected a number, got {fault.shown}", remedy)


def _unit(fault: _Fault) -> Finding:
    remedy = number_meant(fault.key, fault.text) or "Write only the number."
    return Finding(
        "unit-in-value", f"{fault.shown} carries a unit, and the key already names it", remedy
    )


def _quoted(fault: _Fault) -> Finding:
    remedy = f"Write `{fault.key}: {_short(fault.text.strip())}`."
    return Finding("quoted-number", f"the number {fault.shown} is in quotes", remedy)


def _not_whole(fault: _Fault) -> Finding:
    reason = f"expected a whole number, got {fault.shown}"
    return Finding("not-a-whole-number", reason, "Write a number without decimals.")


def _unusable_number(fault: _Fault) -> Finding:
    return Finding(
        "unusable-number",
        f"{fault.shown} is too large or too precise",
        "Write a number of at most 1,000,000,000,000,000 with at most 20 decimals.",
    )


def _too_low(fault: _Fault) -> Finding:
    lowest = fault.limits.get("ge", fault.limits.get("gt"))
    words = "more than" if "gt" in fault.limits else "at least"
    reason = f"{fault.shown} is too low: it must be {words} {lowest}"
    return Finding("out-of-range", reason, f"Write a number that is {words} {lowest}.")


def _too_high(fault: _Fault) -> Finding:
    highest = fault.limits.get("le", fault.limits.get("lt"))
    value = fault.node.value if isinstance(fault.node, ScalarNode) else None
    remedy = f"Write a number of at most {highest}."
    if isinstance(value, int | Decimal) and Decimal(value).adjusted() < 15:
        remedy = other_unit(fault.key, Decimal(value), Decimal(str(highest))) or remedy
    reason = f"{fault.shown} is too high: it must be at most {highest}"
    return Finding("out-of-range", reason, remedy)


def _not_mapping(fault: _Fault) -> Finding:
    keys, needed = allowed_keys(fault.expected), required_keys(fault.expected)
    if needed:
        remedy = f"Write at least `{needed[0]}: ...` below it."
    elif keys:
        remedy = f"Its keys are: {_listed(keys)}."
    else:
        remedy = "Write names below it, each with its value: `name: ...`."
    if isinstance(fault.node, ScalarNode) and fault.node.value is None and not needed:
        remedy = "Write `{}` or remove the key. " + remedy
    return Finding("not-a-mapping", f"expected a mapping of keys, got {fault.shown}", remedy)


def _not_list(fault: _Fault) -> Finding:
    remedy = "Write a list: `- ...` on lines of its own, or `[...]`."
    if fault.text:
        remedy = f"Write it as a list: `[{_short(fault.text)}]`."
    return Finding("not-a-list", f"expected a list, got {fault.shown}", remedy)


def _empty(fault: _Fault) -> Finding:
    remedy = "Write at least one name below it."
    return Finding("empty", f"`{fault.key}` has nothing in it", remedy)


def _too_long(fault: _Fault) -> Finding:
    most = fault.limits.get("max_length")
    length = len(fault.text)
    return Finding(
        "too-long",
        f"the text has {length:,} characters; at most {most:,} are allowed",
        "Shorten it, or keep long text in a file of its own.",
    )


def _not_reference(fault: _Fault) -> Finding:
    kinds = "env, file, aws-secrets-manager, ssm, sops, command, vault, github"
    return Finding(
        "not-a-reference",
        "a secret is named here, never written: this is not a reference",
        f"Write where the secret lives, `env:{fault.key.upper()}` for one. Kinds: {kinds}.",
    )


def _bad_key(fault: _Fault) -> Finding:
    return _not_a_name(fault.key)


def _bad_name(fault: _Fault) -> Finding:
    return _not_a_name(fault.text)


def _not_a_name(name: str) -> Finding:
    if len(name) > 80:
        return Finding(
            "bad-name", f"the name `{_short(name)}` is too long", "Use at most 80 characters."
        )
    return Finding(
        "bad-name",
        f"`{name}` cannot be a name",
        "Use letters, digits, '-', '_' and '.', beginning with a letter or a digit.",
    )


def _bad_date(fault: _Fault) -> Finding:
    return Finding("bad-date", f"{fault.shown} is not a date", "Write it as `2026-01-31`.")


def _bad_range(fault: _Fault) -> Finding:
    remedy = "Write `0-50`, `50+`, `1k-10k`, one number, or `{from: 0, to: 50}`."
    return Finding("bad-range", f"{fault.shown} is not a range", remedy)


def _single_value(fault: _Fault) -> Finding:
    return Finding(
        "not-a-single-value",
        f"expected a number, true, false or a text, got {fault.shown}",
        "Write a single value.",
    )


_REMEDIES = {
    "range_backwards": "Swap the two ends.",
    "open_estimate": "Write an upper end: `5-10`, or `{low: 5, likely: 7, high: 10}`.",
    "bad_estimate": "Write `{low: 5, likely: 7, high: 10}`, `5-10` or one number.",
    "estimate_order": "Put the three figures in order.",
    "condition_form": "Join several conditions as a list under `all` or `any`.",
    "condition_comparator": "Write one comparison; join several under `all` or `any`.",
    "empty_group": "Write at least one condition in it, or remove the key.",
    "k_of_n": "Write `at_least_k: 2` beside `of: [...]`.",
    "target": "Write either `below` or `above`.",
    "alert_form": "Keep one of `metric`, `limit` and `event`.",
    "alert_level": "Write one of `above`, `below` and `above_share`; none beside `event`.",
    "item": "Write either `offering: provider/product` or `service: provider/product`.",
    "claim_basis": "Keep one of them.",
    "claim_states": "Write the figure: `states: 25`.",
    "empty_price": "Write `per_month: 20` or another part of the price.",
    "instances_order": "Put the figures in order: minimum, expected, maximum.",
    "schedule": "Write `{hours_month: 220}` or `{hours_day: 10, days_week: 5}`.",
    "outlook": "Write `{metric: database_gb, above: 8, within_days: 30}`.",
    "how_many": "Write a number, or `{demand: users, per: 500}` for one of every 500 users.",
    "weeks_order": "Exchange the two ends.",
    "usage": "Write a number, the name of a demand variable, or `{demand: users, times: 0.02}`.",
}


def _as_said(fault: _Fault) -> Finding:
    """Return the message of a validator of ours, which is written for readers already."""
    remedy = _REMEDIES.get(fault.kind, "Compare it with docs/strategy-language.md.")
    return Finding(fault.kind.replace("_", "-"), fault.message, remedy)


_TYPE_KINDS = frozenset(
    {"bool_type", "string_type", "not_a_number", "decimal_type", "single_value"}
)
_AT_KEY = frozenset({"extra_forbidden", "missing", "bad_key", "dict_type", "model_type"})
_EXPLAINED: dict[str, Callable[[_Fault], Finding]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "literal_error": _unknown_word,
    "enum": _unknown_word,
    "string_type": _not_text,
    "bool_type": _not_boolean,
    "bool_parsing": _not_boolean,
    "not_a_number": _not_number,
    "decimal_type": _not_number,
    "decimal_parsing": _not_number,
    "int_type": _not_number,
    "int_parsing": _not_number,
    "int_parsing_size": _unusable_number,
    "int_from_float": _not_whole,
    "unit_in_value": _unit,
    "quoted_number": _quoted,
    "not_finite": _unusable_number,
    "finite_number": _unusable_number,
    "greater_than": _too_low,
    "greater_than_equal": _too_low,
    "less_than": _too_high,
    "less_than_equal": _too_high,
    "dict_type": _not_mapping,
    "model_type": _not_mapping,
    "model_attributes_type": _not_mapping,
    "list_type": _not_list,
    "too_short": _empty,
    "string_too_long": _too_long,
    "string_pattern_mismatch": _bad_name,
    "bad_name": _bad_name,
    "bad_key": _bad_key,
    "bad_date": _bad_date,
    "date_type": _bad_date,
    "date_from_datetime_parsing": _bad_date,
    "date_parsing": _bad_date,
    "bad_range": _bad_range,
    "single_value": _single_value,
    "not_a_scalar": _single_value,
}
