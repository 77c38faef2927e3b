"""Reads current list prices from the AWS Price List Query API.

The answers are public, but AWS asks for credentials with `pricing:GetProducts`. No message
here repeats what AWS or boto3 says: their errors name accounts, roles and signed requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Protocol

from outgrow.catalog.rates import Rate
from outgrow.clients.aws_price_document import QUERIES, PriceQuery, Unread, read_document
from outgrow.errors import InputError, OutsideError

# The API answers for every region from only a few; this one has always been among them.
API_REGION = "us-east-1"

Progress = Callable[[str], None]

_SIGN_IN = "Sign in (`aws sso login`, `aws configure`) or set AWS_PROFILE, and try again."
_ALLOW = "Ask for a policy that allows `pricing:GetProducts` on `*`; nothing more is read."
_WAIT = "Wait a minute and try again; prices already in your overlay are untouched."
_CONNECT = "Check the network and any proxy, and try again; your overlay is untouched."
_REPORT = "Try again later; if it stays so, outgrow needs mending. Your overlay is untouched."

# error code: (what happened, what to do). https://docs.aws.amazon.com/general/latest/gr/
# CommonErrors, and the errors that botocore lists for GetProducts.
_REFUSALS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"),
        ("asked for too much at once", _WAIT),
    ),
    **dict.fromkeys(
        ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "OptInRequired"),
        ("does not allow these credentials to read prices", _ALLOW),
    ),
    **dict.fromkeys(
        (
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "IncompleteSignature",
            "MissingAuthenticationToken",
            "ExpiredTokenException",
            "ExpiredToken",
        ),
        ("does not accept the credentials", _SIGN_IN),
    ),
    **dict.fromkeys(
        ("InternalErrorException", "InternalFailure", "ServiceUnavailable", "500", "503"),
        ("failed", _WAIT),
    ),
}


class PriceListClient(Protocol):
    """The one call of boto3's `pricing` client that is made here."""

    def get_products(self, **request: object) -> Mapping[str, object]:
        """Return one page of products; boto3's names for what is asked."""


@dataclass(frozen=True, slots=True)
class ReadPrices:
    """The rows read, and how many documents of these products gave none."""

    rates: tuple[Rate, ...]
    skipped: int


def price_list_client(load: Callable[[str], ModuleType] = import_module) -> PriceListClient:
    """Return boto3's client for the price list.

    Raises InputError when boto3 is not installed, OutsideError when it cannot be set up.
    """
    try:
        boto3, config = load("boto3"), load("botocore.config")
    except ModuleNotFoundError:
        raise InputError(
            "reading AWS prices needs boto3, which is not installed",
            "Install it: pip install 'outgrow[aws]'",
        ) from None
    from botocore.exceptions import BotoCoreError

    patience = config.Config(
        connect_timeout=10, read_timeout=30, retries={"mode": "standard", "max_attempts": 5}
    )
    try:
        client: PriceListClient = boto3.client("pricing", region_name=API_REGION, config=patience)
    except BotoCoreError as error:
        raise _explained(error) from None
    return client


def read_price_list(
    client: PriceListClient,
    services: Iterable[str],
    regions: Iterable[str],
    progress: Progress | None = None,
) -> ReadPrices:
    """Return the on-demand list prices of `services` (names of QUERIES) in `regions`.

    Raises OutsideError when AWS cannot be asked, refuses, answers in another form than the
    documented one, or knows nothing of a region: no price is better than half of them.
    """
    wanted = tuple(services)
    rates: list[Rate] = []
    skipped = 0
    for region in regions:
        read = [_read_product(client, QUERIES[name], region, progress) for name in wanted]
        found = [rate for one in read for rate in one.rates]
        skipped += sum(one.skipped for one in read)
        if not found:
            raise _nothing_found(region, wanted)
        rates += found
    return ReadPrices(tuple(rates), skipped)


def _read_product(
    client: PriceListClient, query: PriceQuery, region: str, progress: Progress | None
) -> ReadPrices:
    read = [read_document(one, query, region) for one in _documents(client, query, region)]
    rates = [one for one in read if isinstance(one, Rate)]
    unread = Counter(one for one in read if isinstance(one, Unread))
    if unread[Unread.MALFORMED] and not rates:
        raise _not_as_documented(f"none of the prices of {query.product} in {region} can be read")
    certain = _without_contradictions(rates)
    if progress is not None:
        progress(f"{query.product} in {region}: {len(certain)} prices")
    contradicting = len(rates) - len(certain)
    return ReadPrices(certain, unread[Unread.MALFORMED] + unread[Unread.FREE] + contradicting)


def _without_contradictions(rates: Iterable[Rate]) -> tuple[Rate, ...]:
    """Return one row for each size, and none where the list gives it two prices."""
    prices: dict[str, set[object]] = {}
    by_id = {}
    for rate in rates:
        prices.setdefault(rate.id, set()).add(rate.price_usd)
        by_id[rate.id] = rate
    return tuple(rate for name, rate in by_id.items() if len(prices[name]) == 1)


def _documents(client: PriceListClient, query: PriceQuery, region: str) -> Iterator[object]:
    filters = {**query.filters, "regionCode": region}
    request: dict[str, object] = {
        "ServiceCode": query.service_code,
        "FormatVersion": "aws_v1",
        "Filters": [
            {"Type": "TERM_MATCH", "Field": field, "Value": value}
            for field, value in filters.items()
        ],
    }
    asked: set[object] = set()
    while True:
        page = _page(client, request)
        documents = page.get("PriceList")
        if not isinstance(documents, list):
            raise _not_as_documented("a page of prices holds no list of them")
        yield from documents
        token = page.get("NextToken")
        if not token:
            return
        if token in asked:
            raise _not_as_documented("it gives the same page again and again")
        asked.add(token)
        request["NextToken"] = token


def _page(client: PriceListClient, request: Mapping[str, object]) -> Mapping[str, object]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return client.get_products(**request)
    except (BotoCoreError, ClientError) as error:
        raise _explained(error) from None


def _explained(error: Exception) -> OutsideError:
    """Return what the user can do about an error of boto3, without its words."""
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        if code not in _REFUSALS:
            return OutsideError("the AWS price list refused the request", _REPORT)
        happened, remedy = _REFUSALS[code]
        return OutsideError(f"the AWS price list {happened} ({code})", remedy)
    if isinstance(error, HTTPClientError | ConnectionError):
        return OutsideError("the AWS price list cannot be reached", _CONNECT)
    return _explained_set_up(error)


def _explained_set_up(error: Exception) -> OutsideError:
    from botocore import exceptions as boto

    sign_in = (
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.CredentialRetrievalError,
        boto.ProfileNotFound,
        boto.SSOError,
        boto.TokenRetrievalError,
        boto.InvalidConfigError,
        boto.ConfigParseError,
    )
    if isinstance(error, sign_in):
        return OutsideError("no AWS credentials that can be used", _SIGN_IN)
    return OutsideError(f"reading the AWS price list failed ({type(error).__name__})", _REPORT)


def _nothing_found(region: str, services: Iterable[str]) -> OutsideError:
    return OutsideError(
        f"the AWS price list has no price for {', '.join(services)} in {region!r}",
        "Check the region's code: `us-east-1`, `eu-west-1`. Your overlay is untouched.",
    )


def _not_as_documented(what: str) -> OutsideError:
    return OutsideError(f"the AWS price list answered in another form: {what}", _REPORT)
