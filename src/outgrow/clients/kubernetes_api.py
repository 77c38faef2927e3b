"""Calls of a cluster's API through the official client, with one meaning for each failure.

Objects are read and written as JSON, not as the client's classes: these differ between its
versions, and refuse fields that a newer cluster has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import JsonValue

from outgrow.clients.clock import wait_seconds
from outgrow.clients.kubernetes_access import Access, connected, shown
from outgrow.discovery.secret_values import masked
from outgrow.errors import OutsideError

Json = dict[str, JsonValue]
Patch = Json | list[JsonValue]
MANAGER = "outgrow"
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 30.0
_TRIES = 4
_TRIES_TO_CHANGE = 5
_LONGEST_WAIT_SECONDS = 10.0
_LOG_BYTES = 64 * 1024
_BUSY = frozenset({429, 500, 502, 503, 504})
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
OPERATIONS = "application/json-patch+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object: where the API keeps it."""

    group: str
    version: str
    plural: str

    @property
    def path(self) -> str:
        """Return the beginning of its path."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    @property
    def api_version(self) -> str:
        """Return what stands in an object as `apiVersion`."""
        return f"{self.group}/{self.version}" if self.group else self.version


DEPLOYMENTS = Kind("apps", "v1", "deployments")
REPLICA_SETS = Kind("apps", "v1", "replicasets")
PODS = Kind("", "v1", "pods")
SERVICES = Kind("", "v1", "services")
CONFIG_MAPS = Kind("", "v1", "configmaps")
EVENTS = Kind("", "v1", "events")
JOBS = Kind("batch", "v1", "jobs")
ROUTES = Kind("gateway.networking.k8s.io", "v1", "httproutes")
_REVIEWS = Kind("authorization.k8s.io", "v1", "selfsubjectaccessreviews")


class Refused(OutsideError):
    """The API answered with an error; `status` is that of HTTP."""

    def __init__(self, status: int, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.status = status


class Conflict(Refused):
    """Somebody else has changed the object since it was read, or has made it before."""


class NotThere(Refused):
    """There is no such object."""


class Unanswered(OutsideError):
    """Nobody said whether a change was made: it may have been, or not."""


class KubernetesApi:
    """The API of one cluster, in one namespace. Close it when it is not needed any more.

    Everything raises NotThere, Conflict, another Refused, or OutsideError when nobody answers;
    what changes something raises Unanswered then. Those who get it look again.
    """

    def __init__(
        self,
        access: Access,
        namespace: str,
        wait: Callable[[float], None] = wait_seconds,
    ) -> None:
        self.access = access
        self.namespace = namespace
        self._wait = wait
        self._client: Any = None

    @property
    def where(self) -> str:
        """Return which cluster and namespace this is, in words."""
        return f"namespace {self.namespace} of {shown(self.access.server)}"

    def close(self) -> None:
        """End the connections to the cluster."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def wait(self, seconds: float) -> None:
        """Return after `seconds`."""
        self._wait(seconds)

    def get(self, kind: Kind, name: str) -> bytes:
        """Return an object as JSON."""
        return self._again("GET", self._path(kind, name))

    def find(self, kind: Kind, labels: Mapping[str, str], fields: str = "") -> bytes:
        """Return the objects with all of `labels` as JSON, a list."""
        query = {"labelSelector": ",".join(f"{k}={v}" for k, v in labels.items())}
        if fields:
            query["fieldSelector"] = fields
        return self._again("GET", self._path(kind), {k: v for k, v in query.items() if v})

    def create(self, kind: Kind, body: Json) -> bytes:
        """Make an object. Raises Conflict when there is one of that name."""
        return self._again("POST", self._path(kind), {"fieldManager": MANAGER}, body)

    def ensure(self, kind: Kind, body: Json) -> None:
        """Make an object, unless one of its name is there: from before, or made just now."""
        for attempt in range(1, _TRIES + 1):
            try:
                self.create(kind, body)
            except Conflict:
                return
            except Unanswered:
                if attempt == _TRIES:
                    raise
                self._wait(0.2 * attempt)
            else:
                return

    def patch(self, kind: Kind, name: str, form: str, body: Patch) -> bytes:
        """Change an object. Raises Conflict when `body` names an older resourceVersion."""
        path, query = self._path(kind, name), {"fieldManager": MANAGER}
        return self._again("PATCH", path, query, body, form)

    def change(
        self, kind: Kind, name: str, form: str, patch: Callable[[bytes], Patch | None]
    ) -> None:
        """Change an object by a patch made for it as it is; again when somebody was faster.

        `patch` gets the object as JSON, and names its resourceVersion in what it returns. It
        returns None when nothing is left to be done, which is also how a change whose answer
        was lost is found to have been made.
        """
        for attempt in range(1, _TRIES_TO_CHANGE + 1):
            body = patch(self.get(kind, name))
            if body is None:
                return
            try:
                self.patch(kind, name, form, body)
            except (Conflict, Unanswered):
                if attempt == _TRIES_TO_CHANGE:
                    raise
                self._wait(0.2 * attempt)
            else:
                return

    def delete(self, kind: Kind, name: str) -> None:
        """Remove an object and what belongs to it; nothing happens when it is not there."""
        try:
            path = self._path(kind, name)
            self._again("DELETE", path, {"propagationPolicy": "Background"})
        except NotThere:
            return

    def log(self, pod: str, container: str, lines: int, *, previous: bool = False) -> str:
        """Return the last lines that a container printed."""
        query = {
            "container": container,
            "tailLines": str(lines),
            "limitBytes": str(_LOG_BYTES),
            **({"previous": "true"} if previous else {}),
        }
        found = self._again("GET", f"{self._path(PODS, pod)}/log", query)
        return found.decode("utf-8", errors="replace")

    def may(self, verb: str, kind: Kind, subresource: str = "") -> bool:
        """Return whether the cluster lets us do `verb` with objects of `kind` here."""
        attributes: Json = {
            "namespace": self.namespace,
            "verb": verb,
            "group": kind.group,
            "resource": kind.plural,
            **({"subresource": subresource} if subresource else {}),
        }
        body: Json = {
            "apiVersion": _REVIEWS.api_version,
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        found = json.loads(self._again("POST", f"{_REVIEWS.path}/{_REVIEWS.plural}", {}, body))
        return found.get("status", {}).get("allowed") is True

    def _path(self, kind: Kind, name: str = "") -> str:
        below = f"/{quote(name, safe='')}" if name else ""
        return f"{kind.path}/namespaces/{quote(self.namespace, safe='')}/{kind.plural}{below}"

    def _again(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        form: str = "application/json",
    ) -> bytes:
        """Ask again while the server says that it is busy: it has done nothing then.

        What was only read is asked again after any failure; what changes something is not, as
        it may have been done.
        """
        for attempt in range(1, _TRIES + 1):
            try:
                return self._asked(method, path, query or {}, body, form)
            except _Busy as busy:
                if busy.status != 429 and method != "GET":
                    raise Unanswered(busy.failure.reason, busy.failure.remedy) from None
                if attempt == _TRIES:
                    raise busy.failure from None
                self._wait(min(busy.after_seconds or 0.25 * 2**attempt, _LONGEST_WAIT_SECONDS))
        raise AssertionError("every try has returned or raised")

    def _asked(
        self, method: str, path: str, query: Mapping[str, str], body: object, form: str
    ) -> bytes:
        if self._client is None:
            self._client = connected(self.access)
        from kubernetes.client.exceptions import ApiException
        from kubernetes.config.config_exception import ConfigException
        from kubernetes.dynamic import DynamicClient
        from urllib3.exceptions import HTTPError

        # It looks up which kinds a cluster has, unless it is given somebody who does.
        make: Any = DynamicClient
        dynamic = make(self._client, discoverer=lambda *_: None)
        try:
            answer = dynamic.request(
                method,
                path,
                body=body,
                query_params=list(query.items()),
                content_type=form,
                serialize=False,
                _request_timeout=(_CONNECT_SECONDS, _READ_SECONDS),
            )
        except ApiException as problem:
            raise self._failure(problem) from None
        except HTTPError as problem:
            raise self._silence(problem) from None
        except ConfigException:  # a token has run out, and no new one was to be had
            raise OutsideError(
                f"the context {self.access.context!r} gives no way in any more",
                f"Sign in again, as for `kubectl --context {self.access.context} version`.",
            ) from None
        return bytes(answer.data)

    def _failure(self, problem: Any) -> OutsideError | _Busy:
        status = int(problem.status or 0)
        if status == 0:  # a certificate that does not fit
            return OutsideError(
                f"the connection to {shown(self.access.server)} is not to be trusted",
                "Check the certificate of the cluster in the kubeconfig.",
            )
        failure = _KINDS.get(status, Refused)(
            status, f"Kubernetes said {status}: {_message(problem.body)}", self._remedy(status)
        )
        after = (problem.headers or {}).get("Retry-After", "")
        return _Busy(failure, status, after) if status in _BUSY else failure

    def _silence(self, problem: Exception) -> _Busy:
        failure = OutsideError(
            f"{shown(self.access.server)} does not answer: {type(problem).__name__}",
            f"Try `kubectl --context {self.access.context} get --raw /readyz`.",
        )
        return _Busy(failure, 0, "")

    def _remedy(self, status: int) -> str:
        inside = f"kubectl --context {self.access.context} --namespace {self.namespace}"
        return {
            401: f"Sign in to the cluster again: `{inside} auth whoami` says who you are.",
            403: f"Ask for this right; `{inside} auth can-i --list` shows those you have.",
            409: "Somebody else changes it as well. Run the command again.",
            429: "The cluster is busy. Run the command again later.",
        }.get(status, f"See `{inside} get events`.")


_KINDS: Mapping[int, type[Refused]] = {404: NotThere, 409: Conflict}


class _Busy(Exception):
    """The server has no time, or was not reached; `failure` is what to raise in the end."""

    def __init__(self, failure: OutsideError, status: int, after: str) -> None:
        super().__init__(failure.reason)
        self.failure = failure
        self.status = status
        self.after_seconds = float(after) if after.isdecimal() else 0.0


def _message(body: object) -> str:
    """Return what the API says is wrong; nothing of an answer that is not of Kubernetes."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        found = json.loads(text if isinstance(text, str) else "{}")
    except ValueError:
        found = None
    said = found.get("message") if isinstance(found, dict) else None
    return masked(said) if isinstance(said, str) and said else "no reason given"
