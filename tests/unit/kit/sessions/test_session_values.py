"""What a session holds, and which changes of it are written."""

from __future__ import annotations

from typing import Any

import pytest

from outgrow_kit.sessions import Record, Session


def session(**data: Any) -> Session:
    record = Record(
        key="k", user_id="7", created_at=1.0, expires_at=9.0, idle_expires_at=5.0, data=data
    )
    return Session(record)


def test_nothing_is_written_when_nothing_changed() -> None:
    held = session(a=[1], b="x")
    assert (held["a"], held["b"], held.get("c")) == ([1], "x", None)
    assert not held.changes()


def test_only_the_keys_that_changed_are_written() -> None:
    held = session(a=1, b=2, c=3)
    held["a"] = 5
    del held["b"]
    changes = held.changes()
    assert (dict(changes.texts), changes.removed) == ({"a": "5"}, {"b"})


def test_a_change_inside_of_a_list_or_dict_is_noticed() -> None:
    held = session(cart={"items": [1]}, other=[1])
    cart = held["cart"]
    assert isinstance(cart, dict)
    cart["items"] = [1, 2]
    assert held["other"] == [1]
    assert dict(held.changes().texts) == {"cart": '{"items":[1,2]}'}


def test_a_change_after_saving_is_noticed_too() -> None:
    held = session(cart=[1])
    cart = held["cart"]
    new: list[Any] = []
    held["new"] = new
    assert isinstance(cart, list)
    cart.append(2)
    assert held.record is not None
    held.saved_as(held.record)
    assert not held.changes()
    cart.append(3)
    new.append("x")
    assert dict(held.changes().texts) == {"cart": "[1,2,3]", "new": '["x"]'}


def test_a_key_that_is_deleted_and_set_again_is_written() -> None:
    held = session(a=1)
    del held["a"]
    held["a"] = 2
    changes = held.changes()
    assert (dict(changes.texts), changes.removed) == ({"a": "2"}, frozenset())


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1: 2},
        [{"a": {2: 3}}],
        float("nan"),
        b"x",
        {"a", "b"},
        "\0",
        "\ud800",
        "x" * 20000,
    ],
    ids=["object", "key", "deep key", "nan", "bytes", "set", "nul", "surrogate", "large"],
)
def test_what_json_cannot_hold_is_refused_where_it_is_assigned(value: Any) -> None:
    held = session()
    with pytest.raises((TypeError, ValueError), match=r"session\['a'\]"):
        held["a"] = value
    assert not held.changes()


@pytest.mark.parametrize("key", [1, None, "\0"])
def test_a_key_is_a_text(key: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        session()[key] = 1


def test_a_session_holds_a_bounded_number_of_keys() -> None:
    held = session()
    for number in range(64):
        held[f"k{number}"] = number
    with pytest.raises(ValueError, match="64"):
        held["one more"] = 1
    held["k0"] = "still allowed"


def test_a_change_that_nothing_would_save_is_refused() -> None:
    held = session(a=1)
    held.seal()
    with pytest.raises(RuntimeError, match="begun"):
        held["a"] = 2
    with pytest.raises(RuntimeError, match="begun"):
        del held["a"]
    assert held["a"] == 1


def test_what_it_holds_is_not_shown() -> None:
    assert "hunter2" not in repr(session(password="hunter2"))
