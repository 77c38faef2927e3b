"""What the fake of a Kubernetes API holds objects against: Kubernetes' own schemas.

They come with kubernetes-validate, one of the tools that `make test` installs. The HTTPRoute is
no part of Kubernetes: its schema here is written from the Gateway API's specification, v1.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource
from tests.tools import tool

Json = dict[str, Any]
_VERSION = "v1.34.0-local-strict"
_FILES = {
    "configmaps": "configmap-v1",
    "deployments": "deployment-apps-v1",
    "events": "event-v1",
    "jobs": "job-batch-v1",
    "pods": "pod-v1",
    "replicasets": "replicaset-apps-v1",
    "selfsubjectaccessreviews": "selfsubjectaccessreview-authorization-v1",
    "services": "service-v1",
}

_NAME = {
    "type": "string",
    "minLength": 1,
    "maxLength": 63,
    "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
}
_OBJECT_NAME = {"type": "string", "minLength": 1, "maxLength": 253}
_PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
_GROUP = {"type": "string", "maxLength": 253}
_PARENT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "group": _GROUP,
        "kind": _NAME | {"pattern": "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"},
        "namespace": _NAME,
        "name": _OBJECT_NAME,
        "sectionName": _OBJECT_NAME,
        "port": _PORT,
    },
}
_BACKEND = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "group": _GROUP,
        "kind": {"type": "string"},
        "name": _OBJECT_NAME,
        "namespace": _NAME,
        "port": _PORT,
        "weight": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        "filters": {"type": "array", "maxItems": 16},
    },
}
_MATCH = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "path": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "type": {"enum": ["Exact", "PathPrefix", "RegularExpression"]},
                "value": {"type": "string", "maxLength": 1024},
            },
        },
        "headers": {"type": "array", "maxItems": 16},
        "queryParams": {"type": "array", "maxItems": 16},
        "method": {"type": "string"},
    },
}
_RULE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": _OBJECT_NAME,
        "matches": {"type": "array", "maxItems": 64, "items": _MATCH},
        "filters": {"type": "array", "maxItems": 16},
        "backendRefs": {"type": "array", "maxItems": 16, "items": _BACKEND},
        "timeouts": {"type": "object"},
        "retry": {"type": "object"},
        "sessionPersistence": {"type": "object"},
    },
}
HTTP_ROUTE: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "gateway.networking.k8s.io/v1"},
        "kind": {"const": "HTTPRoute"},
        "metadata": {"type": "object"},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "parentRefs": {"type": "array", "maxItems": 32, "items": _PARENT},
                "hostnames": {"type": "array", "maxItems": 16, "items": {"type": "string"}},
                "rules": {"type": "array", "minItems": 1, "maxItems": 16, "items": _RULE},
            },
        },
        "status": {"type": "object"},
    },
}


def faults(plural: str, found: Json) -> list[str]:
    """Return what is wrong with an object, as the API would say."""
    problems = sorted(_validator(plural).iter_errors(found), key=lambda one: str(one.path))
    return [f"{'.'.join(map(str, one.path))}: {one.message}"[:400] for one in problems]


def merged_strategically(plural: str, found: Any, patch: Any) -> Any:
    """Return `found` changed by a strategic merge patch, by the merge keys of the schemas."""
    return _strategic(found, patch, _schema(plural))


def merged(found: Any, patch: Any) -> Any:
    """Return `found` changed by a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(found) if isinstance(found, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def operated(found: Any, operations: list[Json]) -> Any:
    """Return `found` changed by a JSON patch (RFC 6902): test, add, replace and remove."""
    result = json.loads(json.dumps(found))
    for one in operations:
        *way, last = [
            key.replace("~1", "/").replace("~0", "~") for key in one["path"].split("/")[1:]
        ]
        place = result
        for key in way:
            place = place[int(key)] if isinstance(place, list) else place[key]
        at: Any = int(last) if isinstance(place, list) and last != "-" else last
        if one["op"] == "remove":
            del place[at]
        elif one["op"] in ("replace", "test"):
            if place[at] != one["value"] and one["op"] == "test":
                raise ValueError(f"test of {one['path']} failed")
            place[at] = one["value"]
        else:
            place[at] = one["value"]
    return result


def _strategic(found: Any, patch: Any, schema: Json) -> Any:
    schema = _resolved(schema)
    if isinstance(patch, list):
        return _strategic_list(found, patch, schema)
    if not isinstance(patch, dict):
        return patch
    result = dict(found) if isinstance(found, dict) else {}
    below = schema.get("properties", {})
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _strategic(result.get(key), value, below.get(key, {}))
    return result


def _strategic_list(found: Any, patch: list[Any], schema: Json) -> list[Any]:
    key = schema.get("x-kubernetes-patch-merge-key")
    if schema.get("x-kubernetes-patch-strategy") != "merge" or key is None:
        return patch
    result = list(found or [])
    for one in patch:
        at = next((i for i, old in enumerate(result) if old.get(key) == one.get(key)), None)
        item = schema.get("items", {})
        if at is None:
            result.append(_strategic({}, one, item))
        else:
            result[at] = _strategic(result[at], one, item)
    return result


def _resolved(schema: Json) -> Json:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    name = reference.rpartition("/")[2]
    found: Json = {**_definitions()["$defs"][name], **schema}
    return found


def _schema(plural: str) -> Json:
    if plural == "httproutes":
        return HTTP_ROUTE
    found: Json = json.loads((_folder() / f"{_FILES[plural]}.json").read_text())
    return found


@cache
def _definitions() -> Json:
    found: Json = json.loads((_folder() / "_definitions.json").read_text())
    return found


@cache
def _validator(plural: str) -> jsonschema.Draft202012Validator:
    schema = _schema(plural)
    if plural == "httproutes":
        return jsonschema.Draft202012Validator(schema)
    both = [Resource.from_contents(schema), Resource.from_contents(_definitions())]
    return jsonschema.Draft202012Validator(schema, registry=both @ Registry())


@cache
def _folder() -> Path:
    installed = Path(tool("kubernetes-validate")).parent.parent
    return next(installed.glob(f"lib/python3*/site-packages/**/{_VERSION}"))
