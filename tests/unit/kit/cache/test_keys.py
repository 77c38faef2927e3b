"""Two calls share a key exactly when they are the same call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest

from outgrow_kit.cache.errors import Unkeyable
from outgrow_kit.cache.key_text import LONGEST, bounded, text_of
from outgrow_kit.cache.keys import Keys, keys_of


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Page:
    number: int
    size: int


def function(a: object, /, b: object = 2, *rest: object, c: object = None, **more: object) -> None:
    """Take arguments of every kind."""


def keys(of: Callable[..., object] = function, **options: object) -> Keys:
    return keys_of(of, "f", 1, **options)  # type: ignore[arg-type]


def key(*args: object, **kwargs: object) -> str:
    made = keys()
    return made.text(made.bound(made.quick(*args, **kwargs)))


def test_defaults_and_names_do_not_matter() -> None:
    assert key(1) == key(1, 2) == key(1, b=2) == key(1, c=None, b=2)
    assert key(1, z=1, y=2) == key(1, y=2, z=1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True), (1, 1.0), (1, "1"), (0, False), (0.0, -0.0), (None, "None"), (b"a", "a"),
        ("a", "'a'"), (Decimal("1.0"), Decimal("1.00")), ((1,), [1]), ((1,), (True,)),
        (Colour.RED, Colour.BLUE), (Page(1, 2), Page(2, 1)), ({1}, frozenset({1})),
        (date(2024, 1, 1), datetime(2024, 1, 1)), (timedelta(1), 86400),
        (datetime(2024, 1, 1, 12, tzinfo=UTC),
         datetime(2024, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))),
        (UUID(int=1), str(UUID(int=1))), ({"a": 1}, {"a": "1"}), ("a,b", ("a", "b")),
    ],
)  # fmt: skip
def test_values_that_differ_in_type_or_text_have_keys_of_their_own(
    one: object, other: object
) -> None:
    assert key(one) != key(other)
    made = keys()
    first, second = made.quick(one), made.quick(other)
    if made.is_exact(first) and made.is_exact(second):
        assert first != second


def test_the_order_of_sets_and_mappings_does_not_matter() -> None:
    assert key({"b": 1, "a": 2}) == key({"a": 2, "b": 1})
    assert key(frozenset("abc")) == key(frozenset("cba"))


def test_the_same_call_with_rest_arguments_differs_from_one_with_a_tuple() -> None:
    assert key(1, 2, 3) != key(1, (2, 3))
    assert key(1, 2, c=3) != key(1, 2, 3)


@pytest.mark.parametrize("quick", [(1.5,), ((1,),), (datetime(2024, 1, 1),), (1, 2, 3)])
def test_only_plain_values_find_their_entry_the_quick_way(quick: tuple[object, ...]) -> None:
    made = keys()
    assert not made.is_exact(made.quick(*quick))
    plain = keys_of(lambda a, b: None, "g", 1)
    assert plain.is_exact(plain.quick(1, "x"))


def test_an_object_makes_no_key_and_the_error_says_which_argument() -> None:
    with pytest.raises(Unkeyable, match=r"argument 'b' of f:1: a object makes no key.*ignore"):
        key(1, object())


def test_ignored_arguments_are_no_part_of_the_key() -> None:
    def project(session: object, number: int) -> None:
        """Read a project."""

    made = keys(project, ignore=["session"])
    assert made.text(made.bound(made.quick(object(), 3))) == "f:1(3)"


def test_a_method_is_refused_until_its_object_is_ignored() -> None:
    def method(self: object, number: int) -> None:
        """Be a method."""

    with pytest.raises(ValueError, match="ignore=\\['self'\\]"):
        keys(method)
    assert keys(method, ignore=["self"]).names == ("number",)


def test_tags_are_filled_in_from_the_arguments() -> None:
    def of(page: Page, user: str) -> None:
        """Take an object and a text."""

    made = keys(of, tags=["all", "page:{page.number}", "user:{user}"])
    bound = made.bound(made.quick(Page(7, 10), "é\n"))
    assert made.tags_of(bound) == ("all", "page:7", "user:\\u00e9\\n")


@pytest.mark.parametrize(
    "options", [{"tags": ["x:{nobody}"]}, {"ignore": ["nobody"]}, {"tags": ["{b}"], "ignore": "b"}]
)
def test_a_name_that_is_no_argument_is_refused_at_once(options: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError, match="names"):
        keys(**options)


def test_a_long_key_ends_in_a_digest_of_all_of_it() -> None:
    one, other = bounded("x" * 500 + "1"), bounded("x" * 500 + "2")
    assert len(one) == len(other) == LONGEST
    assert one != other


def test_keys_are_printable_ascii() -> None:
    for text in (key("nul \0 line \n é 🙂 \ud800"), bounded("é\0")):
        assert text.isascii()
        assert text.isprintable()


def test_a_type_name_alone_is_not_enough() -> None:
    class Sub(str):
        """Look like a text."""

    with pytest.raises(Unkeyable):
        text_of(Sub("a"))
