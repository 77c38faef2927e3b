"""Current AWS prices: every test stubs boto3's client, none asks AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore import exceptions as boto
from botocore.stub import Stubber
from tests.unit.catalog.price_documents import cache, ec2, page, rds

from outgrow.catalog.rates import Grade
from outgrow.clients.aws_price_document import QUERIES
from outgrow.clients.aws_price_list import ReadPrices, price_list_client, read_price_list
from outgrow.errors import EXIT_OUTSIDE_FAILED, InputError, OutsideError

SECRET = "wJalrXUtnFEMI-EXAMPLEKEY"
KEY_ID = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "pricing",
        region_name="us-east-1",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
    )


@pytest.fixture
def stubbed(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def asked(service: str, region: str, token: str = "") -> dict[str, object]:
    """The request that reads one product of one region."""
    query = QUERIES[service]
    filters = {**query.filters, "regionCode": region}
    request: dict[str, object] = {
        "ServiceCode": query.service_code,
        "FormatVersion": "aws_v1",
        "Filters": [
            {"Type": "TERM_MATCH", "Field": field, "Value": value}
            for field, value in filters.items()
        ],
    }
    return request | {"NextToken": token} if token else request


def read(stubbed: Stubber, *pages: dict[str, object], service: str = "ec2") -> ReadPrices:
    for one in pages:
        stubbed.add_response("get_products", one)
    return read_price_list(stubbed.client, [service], ["us-east-1"])


def changed(
    document: dict[str, object], change: Callable[[dict[str, Any]], object]
) -> dict[str, object]:
    """A copy of `document` after `change`."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    change(copy)
    return copy


def price_band(document: Mapping[str, Any]) -> dict[str, Any]:
    (term,) = document["terms"]["OnDemand"].values()
    (band,) = term["priceDimensions"].values()
    found: dict[str, Any] = band
    return found


def test_a_stubbed_ec2_document_becomes_a_row_named_like_the_packaged_one(
    stubbed: Stubber,
) -> None:
    (row,) = read(stubbed, page(ec2())).rates
    assert row.id == "aws/ec2/m5.large@us-east-1"
    assert (row.unit, row.price_usd) == ("hour", Decimal("0.096"))
    assert (row.vcpu, row.memory_gib) == (Decimal(2), Decimal(8))
    assert row.provenance.source == "AWS Price List API"
    assert (row.provenance.as_of, row.provenance.grade) == ("2026-10-01", Grade.A)


def test_stubbed_rds_single_and_multi_az_are_two_skus(stubbed: Stubber) -> None:
    answer = page(
        rds("0.4500000000", "InstanceUsage", "Single-AZ"),
        rds("0.8990000000", "Multi-AZUsage", "Multi-AZ"),
    )
    rows = read(stubbed, answer, service="rds_postgresql").rates
    assert {row.sku: row.price_usd for row in rows} == {
        "db.r6g.xlarge": Decimal("0.45"),
        "db.r6g.xlarge:multi-az": Decimal("0.899"),
    }
    assert {row.product for row in rows} == {"rds_postgresql"}


def test_a_stubbed_multi_az_cluster_with_readable_standbys_is_another_product(
    stubbed: Stubber,
) -> None:
    answer = page(
        rds("0.4500000000", "InstanceUsage", "Single-AZ"),
        rds("1.3490000000", "Multi-AZClusterUsage", "Multi-AZ (readable standbys)"),
    )
    found = read(stubbed, answer, service="rds_postgresql")
    assert [row.sku for row in found.rates] == ["db.r6g.xlarge"]
    assert found.skipped == 0


@pytest.mark.parametrize(
    ("service", "engine"), [("elasticache_redis", "Redis"), ("elasticache_valkey", "Valkey")]
)
def test_stubbed_cache_nodes_are_priced_by_engine(
    stubbed: Stubber, service: str, engine: str
) -> None:
    (row,) = read(stubbed, page(cache("0.2060000000", engine)), service=service).rates
    assert row.id == f"aws/{service}/cache.r6g.large@us-east-1"
    assert (row.unit, row.memory_gib) == ("node-hour", Decimal("13.07"))


@pytest.mark.parametrize(
    "meter", ["ExtendedSupportYr3-NodeUsage", "SyncDurability:NodeUsage", "Outpost-NodeUsage"]
)
def test_a_stubbed_surcharge_on_a_node_is_not_its_price(stubbed: Stubber, meter: str) -> None:
    answer = page(cache("0.1650000000", "Redis", meter=meter), cache("0.2060000000", "Redis"))
    found = read(stubbed, answer, service="elasticache_redis")
    assert [row.price_usd for row in found.rates] == [Decimal("0.206")]
    assert found.skipped == 0


@pytest.mark.parametrize("region", ["us-east-1", "us-east-2", "eu-west-1"])
def test_stubbed_usage_types_carry_the_short_name_of_their_region(
    stubbed: Stubber, region: str
) -> None:
    stubbed.add_response("get_products", page(ec2(region=region)), asked("ec2", region))
    (row,) = read_price_list(stubbed.client, ["ec2"], [region]).rates
    assert row.region == region


def test_stubbed_pages_are_read_to_the_last(stubbed: Stubber) -> None:
    sizes = ["m5.large", "m5.xlarge", "m5.2xlarge"]
    first, second, third = (page(ec2(size), token=size) for size in sizes)
    del third["NextToken"]
    stubbed.add_response("get_products", first, asked("ec2", "us-east-1"))
    stubbed.add_response("get_products", second, asked("ec2", "us-east-1", "m5.large"))
    stubbed.add_response("get_products", third, asked("ec2", "us-east-1", "m5.xlarge"))
    rows = read_price_list(stubbed.client, ["ec2"], ["us-east-1"]).rates
    assert [row.sku for row in rows] == sizes


def test_each_stubbed_product_and_region_is_asked_for_and_reported(stubbed: Stubber) -> None:
    for region in ("us-east-1", "eu-west-1"):
        stubbed.add_response("get_products", page(ec2(region=region)), asked("ec2", region))
        stubbed.add_response(
            "get_products",
            page(cache("0.2060000000", "Redis", region=region)),
            asked("elasticache_redis", region),
        )
    heard: list[str] = []
    found = read_price_list(
        stubbed.client, ["ec2", "elasticache_redis"], ["us-east-1", "eu-west-1"], heard.append
    )
    assert len(found.rates) == 4
    assert heard == [
        "ec2 in us-east-1: 1 prices",
        "elasticache_redis in us-east-1: 1 prices",
        "ec2 in eu-west-1: 1 prices",
        "elasticache_redis in eu-west-1: 1 prices",
    ]


def test_a_stubbed_region_that_lacks_one_product_keeps_the_others(stubbed: Stubber) -> None:
    stubbed.add_response("get_products", page(ec2()))
    stubbed.add_response("get_products", page())
    found = read_price_list(stubbed.client, ["ec2", "elasticache_valkey"], ["us-east-1"])
    assert [row.product for row in found.rates] == ["ec2"]


@pytest.mark.parametrize(
    ("memory", "gib"), [("0.5 GiB", "0.5"), ("1,952 GiB", "1952"), ("13.07 GiB", "13.07")]
)
def test_memory_in_a_stubbed_document_is_read_as_gib(
    stubbed: Stubber, memory: str, gib: str
) -> None:
    (row,) = read(stubbed, page(ec2(memory=memory))).rates
    assert row.memory_gib == Decimal(gib)


def test_a_stubbed_price_of_zero_is_left_out_and_counted(stubbed: Stubber) -> None:
    found = read(stubbed, page(ec2(price="0.0000000000"), ec2("m5.xlarge", "0.1920000000")))
    assert [row.sku for row in found.rates] == ["m5.xlarge"]
    assert found.skipped == 1


MALFORMED: dict[str, object] = {
    "not JSON": "{",
    "nested beyond reason": "[" * 100_000,
    "not an object": "[]",
    "no product": changed(ec2(), lambda one: one.pop("product")),
    "no usage type": changed(ec2(), lambda one: one["product"]["attributes"].pop("usagetype")),
    "no terms": changed(ec2(), lambda one: one.pop("terms")),
    "no on-demand term": changed(ec2(), lambda one: one["terms"].pop("OnDemand")),
    "a price in yuan": changed(
        ec2(), lambda one: price_band(one).update(pricePerUnit={"CNY": "0.6"})
    ),
    "a price that is a word": changed(
        ec2(), lambda one: price_band(one).update(pricePerUnit={"USD": "free"})
    ),
    "a price that is no number": changed(
        ec2(), lambda one: price_band(one).update(pricePerUnit={"USD": "NaN"})
    ),
    "a negative price": changed(
        ec2(), lambda one: price_band(one).update(pricePerUnit={"USD": "-0.1"})
    ),
    "a price of a month": changed(ec2(), lambda one: price_band(one).update(unit="Mo")),
    "two prices at once": changed(
        ec2(),
        lambda one: next(iter(one["terms"]["OnDemand"].values()))["priceDimensions"].update(
            other={"unit": "Hrs", "pricePerUnit": {"USD": "0.2"}}
        ),
    ),
    "no date": changed(
        ec2(), lambda one: next(iter(one["terms"]["OnDemand"].values())).pop("effectiveDate")
    ),
    "memory that is not said": ec2(memory="NA"),
    "cores that are not said": ec2(vcpu="NA"),
    "another region": ec2(region="eu-west-1"),
}


@pytest.mark.parametrize("entry", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_stubbed_document_is_left_out_and_counted(
    stubbed: Stubber, entry: object
) -> None:
    found = read(stubbed, page(entry, ec2("m5.xlarge", "0.1920000000")))
    assert [row.sku for row in found.rates] == ["m5.xlarge"]
    assert found.skipped == 1


def test_two_stubbed_prices_of_one_size_leave_it_out(stubbed: Stubber) -> None:
    found = read(stubbed, page(ec2(), ec2(price="0.1000000000"), ec2("m5.xlarge", "0.192")))
    assert [row.sku for row in found.rates] == ["m5.xlarge"]
    assert found.skipped == 2


def test_a_stubbed_document_given_twice_is_one_row(stubbed: Stubber) -> None:
    assert len(read(stubbed, page(ec2(), ec2())).rates) == 1


def test_a_stubbed_answer_of_malformed_documents_only_is_a_failure(stubbed: Stubber) -> None:
    with pytest.raises(OutsideError, match="another form: none of the prices of ec2"):
        read(stubbed, page("{"))


def test_a_stubbed_page_that_comes_back_for_ever_is_a_failure(stubbed: Stubber) -> None:
    with pytest.raises(OutsideError, match="same page again"):
        read(stubbed, page(ec2(), token="one"), page(ec2(), token="one"))


class Answering:
    """A client whose every page is `answer`."""

    def __init__(self, answer: Mapping[str, object]) -> None:
        self._answer = answer

    def get_products(self, **request: object) -> Mapping[str, object]:
        return self._answer


@pytest.mark.parametrize("answer", [{}, {"PriceList": None}, {"PriceList": "text"}])
def test_an_answer_without_a_list_is_a_failure(answer: Mapping[str, object]) -> None:
    with pytest.raises(OutsideError, match="holds no list"):
        read_price_list(Answering(answer), ["ec2"], ["us-east-1"])


def test_a_stubbed_region_without_a_single_price_is_named(stubbed: Stubber) -> None:
    stubbed.add_response("get_products", page(), asked("ec2", "mars-north-1"))
    with pytest.raises(OutsideError, match="'mars-north-1'") as failure:
        read_price_list(stubbed.client, ["ec2"], ["mars-north-1"])
    assert "us-east-1" in failure.value.remedy


REFUSALS = {
    "ThrottlingException": ("too much at once", "try again"),
    "AccessDeniedException": ("does not allow", "pricing:GetProducts"),
    "UnrecognizedClientException": ("does not accept the credentials", "aws sso login"),
    "InvalidSignatureException": ("does not accept the credentials", "aws configure"),
    "ExpiredTokenException": ("does not accept the credentials", "Sign in"),
    "InternalErrorException": ("failed", "try again"),
    "InvalidParameterException": ("refused the request", "outgrow needs mending"),
    "SomethingNobodyKnows": ("refused the request", "Try again later"),
}


@pytest.mark.parametrize(
    ("code", "reason", "remedy"),
    [(code, *words) for code, words in REFUSALS.items()],
    ids=list(REFUSALS),
)
def test_a_stubbed_refusal_says_what_to_do_and_no_secret(
    stubbed: Stubber, code: str, reason: str, remedy: str
) -> None:
    told = f"User: arn:aws:iam::123456789012:user/{KEY_ID} signed with {SECRET}"
    stubbed.add_client_error("get_products", code, told, http_status_code=400)
    with pytest.raises(OutsideError) as failure:
        read_price_list(stubbed.client, ["ec2"], ["us-east-1"])
    said = failure.value
    assert reason in said.reason
    assert remedy in said.remedy
    assert said.exit_code == EXIT_OUTSIDE_FAILED
    assert not any(word in f"{said} {said.remedy}" for word in (SECRET, KEY_ID, "123456789012"))


def test_a_stubbed_failure_on_the_second_page_gives_no_price_at_all(stubbed: Stubber) -> None:
    stubbed.add_response("get_products", page(ec2(), token="more"))
    stubbed.add_client_error("get_products", "ThrottlingException")
    with pytest.raises(OutsideError):
        read_price_list(stubbed.client, ["ec2"], ["us-east-1"])


class Failing:
    """A client whose every call raises `error`."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_products(self, **request: object) -> Mapping[str, object]:
        raise self._error


URL = f"https://api.pricing.us-east-1.amazonaws.com/?X-Amz-Signature={SECRET}"
FAILURES: list[tuple[Exception, str, str]] = [
    (boto.EndpointConnectionError(endpoint_url=URL), "cannot be reached", "network"),
    (boto.ConnectTimeoutError(endpoint_url=URL), "cannot be reached", "network"),
    (boto.ReadTimeoutError(endpoint_url=URL), "cannot be reached", "network"),
    (boto.ConnectionClosedError(endpoint_url=URL), "cannot be reached", "proxy"),
    (boto.SSLError(endpoint_url=URL, error=SECRET), "cannot be reached", "network"),
    (boto.ProxyConnectionError(proxy_url=URL), "cannot be reached", "proxy"),
    (boto.NoCredentialsError(), "no AWS credentials", "Sign in"),
    (
        boto.PartialCredentialsError(provider="env", cred_var="aws_secret_access_key"),
        "no AWS credentials",
        "Sign in",
    ),
    (
        boto.CredentialRetrievalError(provider="sso", error_msg=SECRET),
        "no AWS credentials",
        "aws sso login",
    ),
    (boto.UnauthorizedSSOTokenError(), "no AWS credentials", "aws sso login"),
    (boto.ParamValidationError(report=SECRET), "ParamValidationError", "needs mending"),
]


@pytest.mark.parametrize(
    ("error", "reason", "remedy"), FAILURES, ids=[type(one[0]).__name__ for one in FAILURES]
)
def test_a_failure_on_the_way_to_aws_says_what_to_do_and_no_secret(
    error: Exception, reason: str, remedy: str
) -> None:
    with pytest.raises(OutsideError) as failure:
        read_price_list(Failing(error), ["ec2"], ["us-east-1"])
    assert reason in failure.value.reason
    assert remedy in failure.value.remedy
    assert SECRET not in f"{failure.value} {failure.value.remedy}"


def test_a_missing_boto3_says_how_to_install_it() -> None:
    def nothing_installed(name: str) -> ModuleType:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    with pytest.raises(InputError, match="boto3") as failure:
        price_list_client(nothing_installed)
    assert "pip install 'outgrow[aws]'" in failure.value.remedy


def test_the_client_asks_a_region_that_has_the_price_list() -> None:
    client: Any = price_list_client()
    assert client.meta.service_model.service_name == "pricing"
    assert client.meta.region_name == "us-east-1"


def test_a_profile_that_does_not_exist_is_a_failure_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(OutsideError, match="no AWS credentials") as failure:
        price_list_client()
    assert "AWS_PROFILE" in failure.value.remedy
