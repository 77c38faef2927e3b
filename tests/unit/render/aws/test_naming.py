"""Names fit what AWS takes, and stay different."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.render.aws.graph_of import graph, small

from outgrow.render.aws.naming import fitted
from outgrow.render.writers.expressions import Joined

_LONG = "a-shop-with-a-name-that-goes-on-and-on-and-on-until-no-service-takes-it"
_PARTS = """
    components:
      lb: {kind: load_balancer, public: true, talks_to: [api]}
      api: {kind: service, build: {framework: fastapi}, talks_to: [files]}
      files: {kind: object_store}
    phases:
      only:
        use:
          lb: {offering: aws/alb}
          api: {offering: aws/fargate, count: 2, settings: {vcpu: 1, memory_gb: 2}}
          files: {offering: aws/s3}
"""


def test_a_name_that_fits_stays_as_it_is() -> None:
    assert fitted("nexod-production-api") == "nexod-production-api"


def test_a_long_name_is_cut_and_two_long_names_stay_different() -> None:
    one, other = fitted(f"{_LONG}-staging", 28), fitted(f"{_LONG}-production", 28)
    assert len(one) <= 28
    assert len(other) <= 28
    assert one != other


def test_no_service_gets_a_name_that_is_too_long() -> None:
    found = graph(replace(small(_PARTS), name=_LONG))
    for address, longest in {
        "aws_lb.lb": 32,
        "aws_lb_target_group.api": 32,
        "aws_iam_role.api_execution": 64,
        "aws_iam_role.api_task": 64,
    }.items():
        assert len(found.arguments(address)["name"]) <= longest
    roles = [found.arguments(f"aws_iam_role.{n}")["name"] for n in found.names("aws_iam_role")]
    assert len(set(roles)) == len(roles)
    bucket = found.arguments("aws_s3_bucket.files")["bucket"]
    assert isinstance(bucket, Joined)
    words = [part for part in bucket.parts if isinstance(part, str)]
    assert len("".join(words)) + len("123456789012") <= 63
