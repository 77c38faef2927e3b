"""The calls that every phase must answer alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

_ID = re.compile(r"\b\d{15,19}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z\b")
_PLACE = re.compile(r"\b\d{16}-(?=#)")
# Headers that say something of the application; others tell the time or who answers.
_COMPARED = (
    "content-type", "cache-control", "content-security-policy", "x-content-type-options",
    "referrer-policy", "content-disposition", "ratelimit-policy", "vary",
)  # fmt: skip


@dataclass
class Caller:
    """A browser that opens a connection for each request, so that any worker may answer.

    What it is told is kept without what differs by nature: ids by the order in which they
    appear, and times.
    """

    address: str
    told: list[Mapping[str, object]] = field(default_factory=list)
    _numbers: dict[str, str] = field(default_factory=dict)
    _cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Make a call and keep its answer."""
        answer = self.quietly(method, path, **options)
        self.told.append(
            {
                "call": f"{method} {self._plain(path)}",
                "status": answer.status_code,
                "headers": {name: answer.headers.get(name) for name in _COMPARED},
                "body": self._plain(answer.text),
            }
        )
        return answer

    def quietly(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Make a call that is not compared."""
        with httpx.Client(base_url=self.address, cookies=self._cookies, timeout=20) as client:
            answer = client.request(method, path, **options)
            self._cookies = client.cookies
        return answer

    def sign_in(self, name: str, organization: str) -> None:
        """Sign in by the development issuer."""
        wanted = {"name": name, "organization": organization}
        token = self.quietly("POST", "/api/development/token", json=wanted).json()["token"]
        self.call("POST", "/api/session", json={"token": token})

    def _plain(self, text: str) -> str:
        def number(found: re.Match[str]) -> str:
            return self._numbers.setdefault(found[0], f"#{len(self._numbers) + 1}")

        text = _TIME.sub("TIME", text)
        return _PLACE.sub("PLACE-", _ID.sub(lambda m: m[0] if len(m[0]) == 16 else number(m), text))


def calls(address: str, label: str = "") -> list[Mapping[str, object]]:
    """Make every call of the application and return what was answered."""
    ada, eve = Caller(address), Caller(address)
    ada.call("GET", "/api/session")
    ada.call("GET", "/api/sign-in")
    ada.call("POST", "/api/session", json={"token": "forged"})
    ada.sign_in("Ada", f"Engines{label}")
    ada.call("GET", "/api/session")
    _work(ada, eve, label)
    ada.call("DELETE", "/api/session")
    ada.call("GET", "/api/projects")
    return [*ada.told, *eve.told]


def _work(ada: Caller, eve: Caller, label: str) -> None:
    first = ada.call("POST", "/api/projects", json={"name": " Engine "}).json()["id"]
    second = ada.call("POST", "/api/projects", json={"name": "Mill"}).json()["id"]
    ada.call("POST", "/api/projects", json={"name": ""})
    ada.call("GET", "/api/projects")
    ada.call("PATCH", f"/api/projects/{first}", json={"description": "by steam"})
    ada.call("GET", f"/api/projects/{first}")
    ada.call("GET", "/api/projects")
    _tasks(ada, first)
    _files(ada, first)
    _others(ada, eve, first, second, label)
    ada.call("DELETE", f"/api/projects/{second}")
    ada.call("GET", f"/api/projects/{second}")
    ada.call("GET", "/api/projects")
    ada.call("GET", "/api/summary")
    _events(ada)


def _tasks(ada: Caller, project: str) -> None:
    made = [
        ada.call("POST", f"/api/projects/{project}/tasks", json={"title": title}).json()["id"]
        for title in ("cut", "polish", "oil")
    ]
    ada.call("GET", f"/api/projects/{project}/tasks")
    ada.call("PATCH", f"/api/tasks/{made[0]}", json={"state": "doing"})
    ada.call("PATCH", f"/api/tasks/{made[0]}", json={"state": "done", "title": "cut gears"})
    ada.call("PATCH", f"/api/tasks/{made[1]}", json={"state": "lost"})
    ada.call("DELETE", f"/api/tasks/{made[2]}")
    ada.call("GET", f"/api/projects/{project}/tasks")


def _files(ada: Caller, project: str) -> None:
    path = f"/api/projects/{project}/files"
    kept = ada.call("POST", path, params={"name": "plän.txt"}, content=b"steam").json()["id"]
    other = ada.call("POST", path, params={"name": "copy.txt"}, content=b"steam").json()["id"]
    ada.call("POST", path, params={"name": "large"}, content=b"x" * (1024 * 1024 + 1))
    ada.call("GET", path)
    ada.call("DELETE", f"/api/files/{other}")
    ada.call("GET", f"/api/files/{kept}/content")
    ada.call("GET", f"/api/files/{other}/content")


def _others(ada: Caller, eve: Caller, first: str, second: str, label: str) -> None:
    eve.sign_in("Eve", f"Mills{label}")
    eve.call("GET", "/api/projects")
    eve.call("GET", f"/api/projects/{first}")
    eve.call("PATCH", f"/api/projects/{second}", json={"name": "mine"})
    eve.call("DELETE", f"/api/projects/{first}")
    eve.call("GET", f"/api/projects/{first}/tasks")
    eve.call("GET", "/api/members")
    eve.call("GET", "/api/events")
    ada.call("GET", "/api/members")


def _events(ada: Caller) -> None:
    place, pages = None, 0
    while pages == 0 or place:
        asked = {"limit": "5"} | ({"before": place} if place else {})
        place = ada.call("GET", "/api/events", params=asked).json()["next"]
        pages += 1
    assert pages > 2
    ada.call("GET", "/api/events", params={"before": "nowhere"})
