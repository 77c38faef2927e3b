"""Every service outgrow prices, by name: its item and the function that prices it.

A service's module is imported when it is first asked for: a strategy uses a few of them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from outgrow.analysis.pricing.allowances import share_allowances
from outgrow.analysis.pricing.bill import RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import PriceItem

ItemT = TypeVar("ItemT", bound=PriceItem)


@dataclass(frozen=True, slots=True)
class Service(Generic[ItemT]):
    """A priced service: what its items look like and how they become lines."""

    name: str
    title: str
    item: type[ItemT]
    price: Callable[[ItemT, RateBook], PricedItem]


# name: (title, module, item, function)
_WHERE: Mapping[str, tuple[str, str, str, str]] = MappingProxyType(
    {
        "aws/ec2": ("EC2 machines", "aws_ec2", "Ec2", "price_ec2"),
        "aws/ebs": ("EBS volumes", "aws_ebs", "Ebs", "price_ebs"),
        "aws/rds-postgresql": (
            "RDS for PostgreSQL",
            "aws_rds",
            "RdsPostgresql",
            "price_rds_postgresql",
        ),
        "aws/aurora-serverless-v2": (
            "Aurora PostgreSQL Serverless v2",
            "aws_aurora",
            "AuroraServerlessV2",
            "price_aurora_serverless_v2",
        ),
        "aws/documentdb": ("DocumentDB", "aws_documentdb", "DocumentDb", "price_documentdb"),
        "aws/elasticache": ("ElastiCache", "aws_elasticache", "ElastiCache", "price_elasticache"),
        "aws/fargate": ("Fargate tasks", "aws_fargate", "Fargate", "price_fargate"),
        "aws/lambda": ("Lambda functions", "aws_lambda", "Lambda", "price_lambda"),
        "aws/eks": ("EKS control planes", "aws_containers", "Eks", "price_eks"),
        "aws/ecr": ("ECR registry", "aws_containers", "Ecr", "price_ecr"),
        "aws/alb": (
            "Application Load Balancer",
            "aws_load_balancer",
            "ApplicationLoadBalancer",
            "price_alb",
        ),
        "aws/nlb": (
            "Network Load Balancer",
            "aws_load_balancer",
            "NetworkLoadBalancer",
            "price_nlb",
        ),
        "aws/nat-gateway": ("NAT gateways", "aws_network", "NatGateway", "price_nat_gateway"),
        "aws/public-ipv4": (
            "Public IPv4 addresses",
            "aws_network",
            "PublicIpv4",
            "price_public_ipv4",
        ),
        "aws/vpc-endpoint": ("VPC endpoints", "aws_network", "VpcEndpoint", "price_vpc_endpoint"),
        "aws/data-transfer": (
            "Data transfer",
            "aws_data_transfer",
            "DataTransfer",
            "price_data_transfer",
        ),
        "aws/s3": ("S3 buckets", "aws_s3", "S3", "price_s3"),
        "aws/cloudfront": ("CloudFront", "aws_cloudfront", "CloudFront", "price_cloudfront"),
        "aws/cloudwatch": ("CloudWatch", "aws_cloudwatch", "CloudWatch", "price_cloudwatch"),
        "aws/secrets-manager": (
            "Secrets Manager",
            "aws_security",
            "SecretsManager",
            "price_secrets_manager",
        ),
        "aws/kms": ("KMS keys", "aws_security", "Kms", "price_kms"),
        "aws/waf": ("WAF", "aws_security", "Waf", "price_waf"),
        "aws/route53": ("Route 53", "aws_route53", "Route53", "price_route53"),
        "aws/sqs": ("SQS queues", "aws_sqs", "Sqs", "price_sqs"),
        "tariff": ("Any plan with a price list", "tariff_item", "TariffItem", "price_tariff"),
    }
)


@cache
def _load(name: str) -> Service[Any]:
    title, module_name, item, function = _WHERE[name]
    module = import_module(f"outgrow.analysis.pricing.{module_name}")
    return Service(name, title, getattr(module, item), getattr(module, function))


class _Services(Mapping[str, Service[Any]]):
    """The services by name, each imported when it is first asked for."""

    def __getitem__(self, name: str) -> Service[Any]:
        return _load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_WHERE)

    def __len__(self) -> int:
        return len(_WHERE)


SERVICES: Mapping[str, Service[Any]] = _Services()


def price_item(item: PriceItem, book: RateBook) -> PricedItem:
    """Return the lines of `item` at the prices of `book`, free allowances apart."""
    return _load(item.service).price(item, book)


def price_items(items: Iterable[PriceItem], book: RateBook) -> tuple[PricedItem, ...]:
    """Return every item priced, each free allowance of the account given out once only."""
    with _without_collector():
        return share_allowances((price_item(item, book) for item in items), book)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Leave the cycle collector out: lines hold no cycles, and it would walk them all for each
    few thousand more, which for a long list takes as long as the pricing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
