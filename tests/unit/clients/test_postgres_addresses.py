"""An address that is misread is refused before libpq can show a piece of the password."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from outgrow.clients.clock import now
from outgrow.clients.postgres_address import libpq_address
from outgrow.errors import InputError
from outgrow.store.store import open_store


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:ge@heim@db/x",
        "postgresql://ann:ge/heim@db/x",
        "postgresql://ann:1/heim@db/x",
        "postgresql://ann:heim@db:99999/x",
        "mysql://ann:heim@db/x",
        "ann:heim@db/x",
    ],
)
def test_a_misread_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InputError) as caught:
        libpq_address(SecretStr(url))
    assert "heim" not in str(caught.value) + caught.value.remedy
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql+psycopg://ann:x@db/shop", "postgresql://ann:x@db/shop"),
        ("postgres://ann:ge%40heim@a:1,b:2/shop", "postgres://ann:ge%40heim@a:1,b:2/shop"),
        ("postgresql:///shop?host=/run/pg&user=a@b", "postgresql:///shop?host=/run/pg&user=a@b"),
        ("postgresql://ann:1?#x@db/shop", "postgresql://ann:1?#x@db/shop"),
        ("host=db password=ge@heim dbname=shop", "host=db password=ge@heim dbname=shop"),
        (" postgresql://db/shop\n", "postgresql://db/shop"),
    ],
)
def test_an_address_is_given_to_libpq_as_it_is(url: str, address: str) -> None:
    assert libpq_address(SecretStr(url)) == address


def test_the_address_of_the_state_is_judged_as_well() -> None:
    with pytest.raises(InputError) as caught:
        open_store("postgresql://ann:ge@heim@127.0.0.1:1/x", now)
    assert "heim" not in str(caught.value) + caught.value.remedy
