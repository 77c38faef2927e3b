"""IAM policy documents as values: what is allowed, to whom, on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from outgrow.render.writers.expressions import JsonText, Value

Statement = Mapping[str, Value]


def policy(*statements: Statement) -> JsonText:
    """Return `statements` as one document."""
    return JsonText({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: str | Sequence[str], resources: Value) -> Statement:
    """Return a statement of an identity's policy."""
    return {"Effect": "Allow", "Action": _listed(actions), "Resource": resources}


def let(
    service: str,
    actions: str | Sequence[str],
    resources: Value,
    conditions: Mapping[str, Value] | None = None,
) -> Statement:
    """Return a statement of a resource's policy: what an AWS service may do with it."""
    found: dict[str, Value] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": _listed(actions),
        "Resource": resources,
    }
    return found if conditions is None else {**found, "Condition": conditions}


def deny_plain_http(resources: Value, action: str = "s3:*") -> Statement:
    """Return the statement that refuses every request without TLS."""
    return {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def assume_by(service: str) -> JsonText:
    """Return who may take a role: one AWS service."""
    return policy(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    )


def _listed(actions: str | Sequence[str]) -> Value:
    return actions if isinstance(actions, str) else list(actions)
