"""What to ask whoever knows the system: few questions, each with a default."""

from __future__ import annotations

import re

from outgrow.discovery.findings import Command, Confidence, Findings, Question
from outgrow.strategy.components import ComponentKind as Kind

_MOST_ALTERNATIVES = 4


def ask(findings: Findings, commands: dict[str, list[Command]]) -> list[Question]:
    """Return the questions that the findings leave open."""
    name = re.sub(r"[^a-z0-9-]+", "-", findings.name.lower()).strip("-") or "system"
    found = [
        Question("name", "What is the system called?", name),
        Question("region", "Which AWS region is nearest to its users?", "us-east-1"),
    ]
    for service in findings.services:
        if service.folder is None:
            continue
        options = list(dict.fromkeys(one.text for one in commands.get(service.name, [])))
        command = service.command
        if command is None and service.build is not None and service.build.runtime == "static":
            continue
        if command is None:
            asks = f"How is {service.name} started?"
            found.append(Question(f"{service.name}.command", asks, "", (), "nothing says so"))
        elif command.evidence.confidence is not Confidence.CERTAIN and len(options) > 1:
            asks = f"How is {service.name} started in production?"
            found.append(
                Question(
                    f"{service.name}.command", asks, command.text,
                    tuple(options[:_MOST_ALTERNATIVES]),
                    f"{command.evidence}: {command.evidence.says}",
                )
            )  # fmt: skip
    for store in findings.stores:
        if store.confidence is not Confidence.CERTAIN and store.kind is not Kind.REDIS:
            place = store.evidence[0]
            asks = f"Does the system use {store.product}?"
            choices = ("yes", "no")
            found.append(
                Question(f"{store.name}.keep", asks, "yes", choices, f"{place}: {place.says}")
            )
    return found
