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


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:p%40%2F@h/d?options=-c%20a%3Db",
        "postgresql://u@/d?host=/run/postgresql",
        "postgresql://u:p@h1:5432,h2/d",
        "postgresql:///d?user=a@b",
        "postgresql://u:p@h?host=/run&user=a@b",
        "postgresql://u:p?q@h/d",
        "postgresql://u:p#q@[::1]:5432/d",
    ],
)
def test_every_form_that_libpq_reads_rightly_is_taken(text: str) -> None:
    assert libpq_address(Secret(text)) == text


def test_libpqs_own_form_stays() -> None:
    assert libpq_address(Secret("host=h dbname=d")) == "host=h dbname=d"


@pytest.mark.parametrize(
    "text",
    [
        "mysql://u:hunter2@h/d",
        "postgresql://u:hunter2@[::1/d",
        "hunter2",
        "postgresql://u:x@hunter2@h/d",
        "postgresql://u:hunter2/x@h/d",
        "postgresql://u:1/hunter2@h/d",
        "postgresql://u:x?y@hunter2@h/d",
        "postgresql://u:1?hunter2/x@h/d",
        "postgresql://u:x@h:hunter2/d",
        "host=h port=hunter2",
    ],
)
def test_one_that_cannot_be_read_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(InvalidSettings) as raised:
        libpq_address(Secret(text))
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))
