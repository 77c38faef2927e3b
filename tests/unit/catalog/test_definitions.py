"""Definitions that are wrong are refused with what is wrong and what to do."""

from __future__ import annotations

import pytest

from outgrow.catalog.load import Catalog
from outgrow.catalog.parse_rows import COLUMNS, parse_rows
from outgrow.errors import InputError

ROWS = parse_rows(
    ",".join(COLUMNS)
    + """
acme,plan,pro,global,month,9,,,,,,conf=B,acme.test/pricing,2026-10
acme,plan,pro,global,limit,,,,,storage_gb,100,conf=A,acme.test/limits,2026-09
acme,plan,pro,global,limit,,,,,seats,a handful,conf=A,acme.test/limits,2026-09
acme,size,small,global,hour,0.01,1,2,,,,conf=A,acme.test/sizes,2026-09
acme,size,large,global,hour,0.02,2,4,,connections,50,conf=A,acme.test/sizes,2026-09
acme,size,large:spare,global,hour,0.01,2,4,,,,conf=A,acme.test/sizes,2026-09
acme,size,all,global,fact,,,,,always_on,true,conf=C,acme.test/blog,2026-09
""",
    "acme.csv",
)


def catalog_with(text: str) -> Catalog:
    return Catalog(lambda provider: ROWS, lambda provider: text, lambda: ("acme",))


def offering_table(rest: str) -> str:
    return f'[[offering]]\nid = "acme/pro"\nname = "Pro"\nserves = ["redis"]\n{rest}'


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        ('row = "plan/nothing"', "no price row plan/nothing"),
        ('row = "plan"', "does not name a price row"),
        ("row = 5", "does not name a price row"),
        ('limits = { mau = "plan/pro#mau" }', "no price row plan/pro#mau"),
        ('limits = "plan/pro"', "'limits' should be a table"),
        ("charges = [5]", "'charges' should be a list of tables"),
        ('charges = [{ per = "month" }]', "'name' should be text"),
        ('charges = [{ name = "A", per = "fortnight" }]', "'per' should be one of month"),
        ('usage_credit = "plan/pro#seats"', "plan/pro#seats is not a number"),
        ('usage_credit = { value = "9", noted_in = "plan/pro" }', "'value' should be a number"),
        ('capabilities = { flies = "size/all#always_on" }', "flies"),
    ],
)
def test_a_wrong_definition_is_refused(rest: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        catalog_with(offering_table(rest)).offering("acme/pro")
    assert reason in caught.value.reason
    assert caught.value.remedy


def test_text_that_is_not_toml_is_refused_with_its_place() -> None:
    with pytest.raises(InputError, match=r"^acme.toml: .*line 2"):
        catalog_with("[[offering]]\nid = acme\n").offering("acme/pro")


def test_a_family_has_one_offering_for_each_size_and_none_for_variants_and_facts() -> None:
    catalog = catalog_with(
        '[[family]]\nproduct = "size"\nid = "acme/size/{size}"\nname = "Size {sku}"\n'
        'serves = ["machine"]\nlimits = { connections = "size/{sku}#connections" }\n'
        'charges = [{ name = "Machine", per = "hour", price = "size/{sku}" }]\n'
        'capabilities = { always_on = "size/all#always_on" }\n'
    )
    assert catalog.offering_ids() == ("acme/size/large", "acme/size/small")
    large, small = catalog.offerings()
    assert (large.memory_gib, large.capabilities.always_on) == (4, True)
    assert [limit.value for limit in large.limits] == [50]
    assert small.limits == ()


def test_a_limit_in_words_has_no_value() -> None:
    offering = catalog_with(offering_table('limits = { seats = "plan/pro#seats" }')).offering(
        "acme/pro"
    )
    assert offering is not None
    assert [(limit.value, limit.text) for limit in offering.limits] == [(None, "a handful")]
