"""A fake of a Kubernetes API server, for the official client to talk to over HTTP.

It keeps objects, gives them uid, resourceVersion and generation, refuses stale changes (409),
unknown fields (by Kubernetes' own schemas) and what a user may not do (403), and merges patches
by the keys of those schemas. Its controllers (fake_kubernetes_controllers) are played when the
test lets time pass; nothing happens by itself, and nothing sleeps. It stands for the API of a
cluster, not for a cluster: no image runs here.
"""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.engines.fake_kubernetes_schemas import faults, merged, merged_strategically, operated

Json = dict[str, Any]
Key = tuple[str, str, str]
_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>v\w+)"
    r"(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[a-z]+)"
    r"(?:/(?P<name>[^/]+))?(?:/(?P<below>log|status))?"
)
_VERBS = {"GET": "get", "POST": "create", "PATCH": "patch", "DELETE": "delete"}
_START = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = {
    400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound",
    409: "Conflict", 415: "UnsupportedMediaType", 422: "Invalid", 429: "TooManyRequests",
    500: "InternalError", 503: "ServiceUnavailable",
}  # fmt: skip


class ApiError(Exception):
    """An answer of the API that is an error."""

    def __init__(self, status: int, message: str, word: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.word = word or _WORDS.get(status, "")


@dataclass
class Fault:
    """What goes wrong with the next `times` requests of a method whose path holds `part`.

    `earlier` of them go well before. With `lost_answer` the request is carried out, and its
    connection ends without a word. With `gone_after` nothing is answered any more: to who has
    asked, that is as if it had been killed.
    """

    method: str
    part: str = ""
    status: int = 503
    times: int = 1
    earlier: int = 0
    retry_after: int | None = None
    lost_answer: bool = False
    gone_after: bool = False


@dataclass
class Behaviour:
    """What a container of an image does: `ready`, `crash`, `pull`, `config`, `unready`, `ends`."""

    does: str = "ready"
    after_seconds: float = 2.0
    message: str = ""
    exit_code: int = 0
    reason: str = "Error"
    log: str = ""


@dataclass
class FakeCluster:
    """The objects of a cluster and what goes wrong with it. `now` are seconds of its clock."""

    token: str = "planted-bearer-token-93f1"
    user: str = "deployer"
    objects: dict[Key, Json] = field(default_factory=dict)
    images: dict[str, Behaviour] = field(default_factory=dict)
    forbidden: set[tuple[str, str]] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    before_patch: dict[str, Callable[[], None]] = field(default_factory=dict)
    writes: list[tuple[str, str, str]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    born: dict[str, float] = field(default_factory=dict)
    progress: dict[str, tuple[str, float]] = field(default_factory=dict)
    pod_quota: int | None = None
    gateway_works: bool = True
    gone: bool = False
    now: float = 0.0
    port: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    _versions: int = 100
    _uids: int = 0

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    def kubeconfig(self, **contexts: str) -> Json:
        """Return a kubeconfig with contexts and the servers they lead to; `prod` leads here."""
        servers = {"prod": self.url, **contexts}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": next(reversed(servers)),
            "clusters": [{"name": n, "cluster": {"server": url}} for n, url in servers.items()],
            "users": [{"name": "deployer", "user": {"token": self.token}}],
            "contexts": [
                {"name": n, "context": {"cluster": n, "user": "deployer"}} for n in servers
            ],
        }

    def time(self) -> str:
        """Return the cluster's time as objects have it."""
        return (_START + timedelta(seconds=self.now)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def get(self, plural: str, name: str, namespace: str = "shop") -> Json:
        """Return an object; it is the one that is kept."""
        return self.objects[(plural, namespace, name)]

    def every(self, plural: str, namespace: str = "shop") -> list[Json]:
        """Return the objects of a kind."""
        return [one for key, one in list(self.objects.items()) if key[:2] == (plural, namespace)]

    def make(self, plural: str, found: Json, namespace: str = "shop") -> Json:
        """Make an object as the API does. Raises ApiError."""
        with self.lock:
            name = found.get("metadata", {}).get("name", "")
            if (plural, namespace, name) in self.objects:
                text = f'{plural} "{name}" already exists'
                raise ApiError(409, text, "AlreadyExists")
            self._uids += 1
            found = copy.deepcopy(found)
            found["metadata"] |= {
                "namespace": namespace,
                "uid": f"00000000-0000-4000-8000-{self._uids:012d}",
                "creationTimestamp": self.time(),
                "generation": 1,
            }
            _defaults(plural, found)
            return self.put(plural, found, namespace)

    def put(
        self, plural: str, found: Json, namespace: str = "shop", *, checked: bool = False
    ) -> Json:
        """Keep an object with a new resourceVersion, when it differs.

        What comes over the API is `checked`: it has to be valid. The controllers know.
        """
        with self.lock:
            key = (plural, namespace, found["metadata"]["name"])
            before = self.objects.get(key)
            if before is not None and before == found:
                return before
            found = copy.deepcopy(found)
            self._versions += 1
            found["metadata"]["resourceVersion"] = str(self._versions)
            if before is not None and before.get("spec") != found.get("spec"):
                found["metadata"]["generation"] = before["metadata"]["generation"] + 1
            if checked and (wrong := faults(plural, found)):
                text = f'{plural} "{key[2]}" is invalid: {"; ".join(wrong)}'
                raise ApiError(422, text)
            self.objects[key] = found
            return found

    def remove(self, plural: str, name: str, namespace: str = "shop") -> None:
        """Remove an object, and all that belong to it."""
        with self.lock:
            gone = self.objects.pop((plural, namespace, name))
            for kind, where, called in list(self.objects):
                one = self.objects.get((kind, where, called))
                owners = one["metadata"].get("ownerReferences", []) if one else []
                if any(owner["uid"] == gone["metadata"]["uid"] for owner in owners):
                    self.remove(kind, called, where)

    def touch(self, plural: str, name: str) -> None:
        """Change an object as another writer would."""
        found = copy.deepcopy(self.get(plural, name))
        marks = found["metadata"].setdefault("annotations", {})
        marks["somebody/else"] = str(self._versions)
        self.put(plural, found)

    def answer(self, method: str, url: str, body: bytes, headers: Any) -> tuple[str, bytes]:
        """Return the kind and the text of an answer. Raises ApiError."""
        parts = urlsplit(url)
        self.requests.append((method, parts.path))
        if headers.get("Authorization") != f"Bearer {self.token}":
            raise ApiError(401, "Unauthorized")
        found = _PATH.fullmatch(parts.path)
        if found is None:
            raise ApiError(404, "the server could not find the requested resource")
        query = dict(parse_qsl(parts.query))
        data = json.loads(body) if body else None
        with self.lock:
            return self._done(method, found, query, data, headers)

    def _done(
        self, method: str, place: re.Match[str], query: Json, data: Any, headers: Any
    ) -> tuple[str, bytes]:
        plural, name = place["plural"], place["name"] or ""
        if plural == "selfsubjectaccessreviews":
            return "application/json", json.dumps(self._review(data)).encode()
        verb = "list" if method == "GET" and not name else _VERBS[method]
        below = place["below"] or ""
        self._permit(verb, f"{plural}/{below}" if below else plural, place)
        namespace = place["namespace"] or ""
        if verb == "list":
            return "application/json", json.dumps(self._list(plural, namespace, query)).encode()
        if verb == "create":
            self.writes.append((query.get("fieldManager", ""), "create", plural))
            wrong = faults(plural, data)
            if wrong:
                raise ApiError(422, "; ".join(wrong))
            return "application/json", json.dumps(self.make(plural, data, namespace)).encode()
        if (plural, namespace, name) not in self.objects:
            group = f".{place['group']}" if place["group"] else ""
            raise ApiError(404, f'{plural}{group} "{name}" not found')
        if below == "log":
            return "text/plain", self._log(name, query).encode()
        if verb == "patch":
            self.writes.append((query.get("fieldManager", ""), "patch", plural))
            form = headers.get("Content-Type", "")
            return "application/json", json.dumps(self._patch(place, form, data)).encode()
        if verb == "delete":
            self.remove(plural, name, namespace)
            return "application/json", b'{"kind": "Status", "status": "Success"}'
        return "application/json", json.dumps(self.get(plural, name, namespace)).encode()

    def _permit(self, verb: str, resource: str, place: re.Match[str]) -> None:
        if (verb, resource) in self.forbidden:
            group = place["group"] or ""
            named = f' "{place["name"]}"' if place["name"] else ""
            raise ApiError(
                403,
                f"{resource}{'.' + group if group else ''}{named} is forbidden: User "
                f'"{self.user}" cannot {verb} resource "{resource}" in API group "{group}" in '
                f'the namespace "{place["namespace"]}"',
            )

    def _review(self, body: Json) -> Json:
        if wrong := faults("selfsubjectaccessreviews", body):
            raise ApiError(422, "; ".join(wrong))
        asked = body["spec"]["resourceAttributes"]
        below = asked.get("subresource")
        resource = asked["resource"] + (f"/{below}" if below else "")
        return {**body, "status": {"allowed": (asked["verb"], resource) not in self.forbidden}}

    def _list(self, plural: str, namespace: str, query: Json) -> Json:
        wanted = dict(one.split("=", 1) for one in query.get("labelSelector", "").split(",") if one)
        fields = dict(one.split("=", 1) for one in query.get("fieldSelector", "").split(",") if one)
        items = []
        for one in self.every(plural, namespace):
            labels = one["metadata"].get("labels", {})
            if all(labels.get(key) == value for key, value in wanted.items()) and all(
                _at(one, path) == value for path, value in fields.items()
            ):
                items.append(one)
        return {
            "kind": "List",
            "metadata": {"resourceVersion": str(self._versions)},
            "items": items,
        }

    def _patch(self, place: re.Match[str], form: str, data: Any) -> Json:
        plural, namespace, name = place["plural"], place["namespace"], place["name"]
        if (first := self.before_patch.pop(plural, None)) is not None:
            first()
        found = self.get(plural, name, namespace)
        if form == "application/merge-patch+json":
            changed = merged(found, data)
        elif form == "application/strategic-merge-patch+json" and plural != "httproutes":
            changed = merged_strategically(plural, found, data)
        elif form == "application/json-patch+json":
            changed = operated(found, data)
        else:
            raise ApiError(415, f"the body of the request was in an unknown format - {form}")
        if changed["metadata"]["resourceVersion"] != found["metadata"]["resourceVersion"]:
            raise ApiError(
                409,
                f'Operation cannot be fulfilled on {plural} "{name}": the object has been '
                "modified; please apply your changes to the latest version and try again",
            )
        changed["status"] = found.get("status", {})
        return self.put(plural, changed, namespace, checked=True)

    def _log(self, name: str, query: Json) -> str:
        pod = self.get("pods", name)
        status = pod["status"]["containerStatuses"][0]
        image = pod["spec"]["containers"][0]["image"]
        never = status["restartCount"] == 0 and "waiting" in status["state"]
        if never or (query.get("previous") and not status["restartCount"]):
            raise ApiError(400, f'container "{status["name"]}" in pod "{name}" is waiting to start')
        lines = self.images.get(image, Behaviour()).log.splitlines(keepends=True)
        return "".join(lines[-int(query.get("tailLines", 1000)) :])


def _at(found: Json, path: str) -> Any:
    for key in path.split("."):
        found = found.get(key, {})
    return found


def _defaults(plural: str, found: Json) -> None:
    if plural == "deployments":
        found["spec"].setdefault("replicas", 1)
    if plural == "httproutes":
        for rule in found["spec"].get("rules", []):
            for backend in rule.get("backendRefs", []):
                backend.setdefault("weight", 1)


@contextmanager
def fake_kubernetes() -> Iterator[FakeCluster]:
    """Yield a cluster without objects, whose API listens on loopback."""
    cluster = FakeCluster()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_PATCH(self) -> None:
            self._serve()

        def do_DELETE(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = _fault(cluster, self.command, self.path)
            if fault is not None and not fault.lost_answer:
                return self._refuse(ApiError(fault.status, "injected"), fault.retry_after)
            try:
                kind, text = cluster.answer(self.command, self.path, body, self.headers)
            except ApiError as error:
                return self._refuse(error)
            if fault is not None:
                self.close_connection = True
                return None
            return self._send(200, kind, text)

        def _refuse(self, error: ApiError, retry_after: int | None = None) -> None:
            status = {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "message": error.message,
                "reason": error.word,
                "code": error.status,
            }
            more = {} if retry_after is None else {"Retry-After": str(retry_after)}
            self._send(error.status, "application/json", json.dumps(status).encode(), more)

        def _send(
            self, status: int, kind: str, text: bytes, more: dict[str, str] | None = None
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            for key, value in (more or {}).items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(text)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        cluster.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield cluster
        finally:
            server.shutdown()
            thread.join()


def _fault(cluster: FakeCluster, method: str, path: str) -> Fault | None:
    if cluster.gone:
        return Fault(method)
    for one in cluster.faults:
        if one.times > 0 and one.method == method and one.part in path:
            if one.earlier:
                one.earlier -= 1
                return None
            one.times -= 1
            cluster.gone = one.gone_after
            return one
    return None
