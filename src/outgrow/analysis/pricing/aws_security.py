"""Prices keys, secrets and the firewall: KMS, Secrets Manager and WAF."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.allowances import KMS_REQUESTS
from outgrow.analysis.pricing.bill import Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, Amount, PriceItem, Usage, times

_TEN_THOUSANDTH = Decimal("0.0001")
_MILLIONTH = Decimal("0.000001")


class Kms(PriceItem):
    """Customer keys and the requests on each, by the kind of key they use."""

    service: Literal["aws/kms"] = "aws/kms"
    requests: Usage = NOTHING
    rsa_2048_requests: Usage = NOTHING
    asymmetric_requests: Usage = NOTHING
    ecc_key_pair_requests: Usage = NOTHING
    rsa_key_pair_requests: Usage = NOTHING


class SecretsManager(PriceItem):
    """Secrets, and how often each is read in a month."""

    service: Literal["aws/secrets-manager"] = "aws/secrets-manager"
    requests: Usage = NOTHING


class Waf(PriceItem):
    """Web ACLs, the rules and rule groups in each, and the requests each inspects."""

    service: Literal["aws/waf"] = "aws/waf"
    rules: Amount = NOTHING
    rule_groups: Amount = NOTHING
    managed_rule_groups: Amount = NOTHING
    requests: Usage = NOTHING


def price_kms(item: Kms, book: RateBook) -> PricedItem:
    """Return the keys and the requests on them."""
    bill = Bill(item, book, "kms")
    bill.add("Customer keys", item.count, "customer-key", "month")
    for name, requests, sku in (
        ("Requests", item.requests, "requests"),
        ("Requests, RSA 2048", item.rsa_2048_requests, "requests:rsa-2048"),
        ("Requests, asymmetric", item.asymmetric_requests, "requests:asymmetric"),
        ("ECC key pairs", item.ecc_key_pair_requests, "requests:ecc-key-pair"),
        ("RSA key pairs", item.rsa_key_pair_requests, "requests:rsa-key-pair"),
    ):
        bill.add(name, times(requests, item.count, _TEN_THOUSANDTH), sku, "10k requests")
    # Only requests on symmetric keys are free.
    used = times(item.requests, item.count, _TEN_THOUSANDTH)
    bill.add_allowance(KMS_REQUESTS.line(book, used, bill.rate("requests")))
    return bill.priced()


def price_secrets_manager(item: SecretsManager, book: RateBook) -> PricedItem:
    """Return the secrets and the reads of them."""
    bill = Bill(item, book, "secrets_manager")
    bill.add("Secrets", item.count, "secret", "month")
    bill.add(
        "API requests", times(item.requests, item.count, _TEN_THOUSANDTH), "api", "10k requests"
    )
    return bill.priced()


def price_waf(item: Waf, book: RateBook) -> PricedItem:
    """Return the ACLs, their rules and groups, and the requests inspected."""
    bill = Bill(item, book, "waf")
    bill.add("Web ACLs", item.count, "web-acl", "month")
    bill.add("Rules", item.rules * item.count, "rule", "month")
    bill.add("Rule groups", item.rule_groups * item.count, "rule-group", "month")
    managed = item.managed_rule_groups * item.count
    bill.add("Managed rule groups", managed, "managed-rule-group", "month")
    bill.add("Requests", times(item.requests, item.count, _MILLIONTH), "requests", "1M requests")
    return bill.priced()
