"""Stores at a cloud that code opens by their names, as one SDK speaks for all of them."""

from __future__ import annotations

import re

from outgrow.discovery.drivers import StoreClue
from outgrow.discovery.findings import Confidence, Evidence
from outgrow.discovery.tree import Sources, folder_of, is_aside
from outgrow.strategy.components import ComponentKind as Kind

_PYTHON = re.compile(
    r"\b(?:client|resource)\(\s*(?:service_name\s*=\s*)?[\"'](?P<name>s3|sqs|dynamodb)[\"']"
)
_NODE = re.compile(r"\bnew\s+(?:AWS\.)?(?P<name>S3|SQS|DynamoDB)(?:Client)?(?:\.\w+)?\(")
_STORES = {
    "s3": (Kind.OBJECT_STORE, "S3"),
    "sqs": (Kind.QUEUE, "SQS"),
    "dynamodb": (Kind.DATABASE, "DynamoDB"),
}
_NODE_FILES = (".js", ".ts", ".mjs", ".cjs")


def cloud_clues(sources: Sources) -> list[StoreClue]:
    """Return what the calls of the AWS SDKs for Python and Node say."""
    found: dict[tuple[str, str], StoreClue] = {}
    for path in sources.ending(".py", *_NODE_FILES):
        if is_aside(folder_of(path)) or re.search(r"(?:^|/)test_|\.(?:test|spec)\.", path):
            continue
        text = sources.text(path)
        word, pattern = ("aws-sdk", _NODE) if path.endswith(_NODE_FILES) else ("boto", _PYTHON)
        for match in pattern.finditer(text) if word in text else ():
            name = match["name"].lower()
            found.setdefault((path, name), _clue(path, text, match.start(), name))
    return list(found.values())


def _clue(path: str, text: str, at: int, name: str) -> StoreClue:
    kind, product = _STORES[name]
    line = text.count("\n", 0, at) + 1
    evidence = Evidence(path, line, f"a client of {product}", Confidence.LIKELY)
    return StoreClue(kind, product, folder_of(path), evidence, 2)
