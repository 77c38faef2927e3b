"""Documents as GetProducts gives them, for tests that stub the AWS Price List.

Shape and attributes of the EC2 document: the published offer file of AmazonEC2, version
20230322145651, us-east-2, m5.large. A product of ElastiCache as published for eu-west-3:
`EUW3-NodeUsage:cache.r5.large`, "13.07 GiB". RDS names its sizes `db.r6g.xl` in usage types.
Prices, where a test speaks of them: the packaged rows (0.45 and 0.899 for db.r6g.xlarge,
which is the known case of Multi-AZ not being twice Single-AZ).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

PREFIXES = {"us-east-1": "", "us-east-2": "USE2-", "eu-west-1": "EU-"}
EFFECTIVE = "2026-10-01T00:00:00Z"


def document(
    family: str, attributes: Mapping[str, str], price: str, *, unit: str = "Hrs"
) -> dict[str, object]:
    """Return one document, on demand and reserved, before it becomes text."""
    sku = "8D49XP354UEYTHGM"
    term, rate = f"{sku}.JRTCKXETXF", f"{sku}.JRTCKXETXF.6YS6EN2CT7"
    return {
        "product": {"productFamily": family, "attributes": dict(attributes), "sku": sku},
        "serviceCode": attributes["servicecode"],
        "terms": {
            "OnDemand": {
                term: {
                    "priceDimensions": {
                        rate: {
                            "unit": unit,
                            "endRange": "Inf",
                            "description": f"${price} per hour",
                            "appliesTo": [],
                            "rateCode": rate,
                            "beginRange": "0",
                            "pricePerUnit": {"USD": price},
                        }
                    },
                    "sku": sku,
                    "effectiveDate": EFFECTIVE,
                    "offerTermCode": "JRTCKXETXF",
                    "termAttributes": {},
                }
            },
            "Reserved": {
                f"{sku}.4NA7Y494T4": {
                    "priceDimensions": {
                        f"{sku}.4NA7Y494T4.6YS6EN2CT7": {
                            "unit": "Hrs",
                            "endRange": "Inf",
                            "rateCode": f"{sku}.4NA7Y494T4.6YS6EN2CT7",
                            "beginRange": "0",
                            "pricePerUnit": {"USD": "0.0600000000"},
                        }
                    },
                    "sku": sku,
                    "effectiveDate": EFFECTIVE,
                    "offerTermCode": "4NA7Y494T4",
                    "termAttributes": {
                        "LeaseContractLength": "1yr",
                        "OfferingClass": "standard",
                        "PurchaseOption": "No Upfront",
                    },
                }
            },
        },
        "version": "20261008145651",
        "publicationDate": "2026-10-08T14:56:51Z",
    }


def ec2(
    size: str = "m5.large",
    price: str = "0.0960000000",
    *,
    region: str = "us-east-1",
    vcpu: str = "2",
    memory: str = "8 GiB",
) -> dict[str, object]:
    """Return the document of an EC2 machine with Linux."""
    attributes = {
        "servicecode": "AmazonEC2",
        "locationType": "AWS Region",
        "instanceType": size,
        "currentGeneration": "Yes",
        "instanceFamily": "General purpose",
        "vcpu": vcpu,
        "physicalProcessor": "Intel Xeon Platinum 8175",
        "clockSpeed": "3.1 GHz",
        "memory": memory,
        "storage": "EBS only",
        "networkPerformance": "Up to 10 Gigabit",
        "processorArchitecture": "64-bit",
        "tenancy": "Shared",
        "operatingSystem": "Linux",
        "licenseModel": "No License required",
        "usagetype": f"{PREFIXES[region]}BoxUsage:{size}",
        "operation": "RunInstances",
        "capacitystatus": "Used",
        "marketoption": "OnDemand",
        "normalizationSizeFactor": "4",
        "preInstalledSw": "NA",
        "regionCode": region,
        "servicename": "Amazon Elastic Compute Cloud",
    }
    return document("Compute Instance", attributes, price)


def rds(price: str, meter: str, deployment: str, *, region: str = "us-east-1") -> dict[str, object]:
    """Return the document of a db.r6g.xlarge with PostgreSQL."""
    attributes = {
        "servicecode": "AmazonRDS",
        "locationType": "AWS Region",
        "instanceType": "db.r6g.xlarge",
        "currentGeneration": "Yes",
        "instanceFamily": "Memory optimized",
        "vcpu": "4",
        "memory": "32 GiB",
        "storage": "EBS Only",
        "engineCode": "14",
        "databaseEngine": "PostgreSQL",
        "licenseModel": "No license required",
        "deploymentOption": deployment,
        "usagetype": f"{PREFIXES[region]}{meter}:db.r6g.xl",
        "operation": "CreateDBInstance:0014",
        "regionCode": region,
        "servicename": "Amazon Relational Database Service",
    }
    return document("Database Instance", attributes, price)


def cache(
    price: str, engine: str, *, meter: str = "NodeUsage", region: str = "us-east-1"
) -> dict[str, object]:
    """Return the document of a cache.r6g.large."""
    attributes = {
        "servicecode": "AmazonElastiCache",
        "locationType": "AWS Region",
        "instanceType": "cache.r6g.large",
        "currentGeneration": "Yes",
        "instanceFamily": "Memory optimized",
        "vcpu": "2",
        "memory": "13.07 GiB",
        "networkPerformance": "Up to 10 Gigabit",
        "cacheEngine": engine,
        "usagetype": f"{PREFIXES[region]}{meter}:cache.r6g.large",
        "operation": "CreateCacheCluster:0002",
        "regionCode": region,
        "servicename": "Amazon ElastiCache",
    }
    return document("Cache Instance", attributes, price)


def page(*documents: object, token: str = "") -> dict[str, object]:
    """Return one page of an answer: each document is a text of JSON, as the API gives it."""
    answer: dict[str, object] = {
        "FormatVersion": "aws_v1",
        "PriceList": [one if isinstance(one, str) else json.dumps(one) for one in documents],
    }
    return answer | {"NextToken": token} if token else answer
