"""An address of PostgreSQL is taken in either form, and never shown."""

from __future__ import annotations

import traceback

import pytest

from outgrow_kit import InvalidSettings, Secret
from outgrow_kit.stores.address import libpq_address


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_driver_is_left_out(scheme: str) -> None:
    plain = f"{scheme.partition('+')[0]}://u:p@h:5432/d"
    assert libpq_address(Secret(f"{scheme}://u:p@h:5432/d")) == plain


def test_libpqs_own_form_stays() -> None:
    assert libpq_address(Secret("host=h dbname=d")) == "host=h dbname=d"


@pytest.mark.parametrize(
    "text", ["mysql://u:hunter2@h/d", "postgresql://u:hunter2@[::1/d", "hunter2"]
)
def test_one_that_cannot_be_read_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(InvalidSettings) as raised:
        libpq_address(Secret(text))
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))
