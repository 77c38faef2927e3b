"""Render: a service whose deploys its API begins, follows and rolls back.

https://api-docs.render.com/reference/create-deploy
https://api-docs.render.com/reference/rollback-deploy
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue, SecretStr

from outgrow.clients.hosted_http import ANSWER_SECONDS, HostApi, HostRefusal, Json, at, rows, text
from outgrow.clients.hosted_parts import Artifact, ArtifactKind, Name, dns_label
from outgrow.deploy.ports import Pause, RolloutPhase, RolloutState
from outgrow.deploy.values import Problem, Version

API = "https://api.render.com"
_LINES = 30
# While one of these fails, what was live before goes on serving.
_PHASES: Mapping[str, RolloutPhase] = {
    "created": "running",
    "queued": "running",
    "build_in_progress": "running",
    "pre_deploy_in_progress": "running",
    "update_in_progress": "running",
    "live": "done",
    "deactivated": "reverted",
    "build_failed": "reverted",
    "pre_deploy_failed": "reverted",
    "update_failed": "reverted",
    "canceled": "reverted",
}


class RenderHost:
    """One service of Render; `service` is its id, `srv-...`."""

    can_go_back = True

    def __init__(
        self,
        service: str,
        token: SecretStr,
        pause: Pause,
        base: str = API,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        bearer = {"Authorization": SecretStr(f"Bearer {token.get_secret_value()}")}
        self._api = HostApi("Render", base, pause, bearer, answer_seconds)
        self._service = service
        self._path = f"/v1/services/{service}"

    def describe(self) -> str:
        """Return what it is."""
        return f"the Render service {self._service}"

    def takes(self) -> Sequence[ArtifactKind]:
        """Return what it runs: images where the service is of that kind, else commits."""
        return ("commit", "image", "deployment")

    def problems(self) -> Sequence[Problem]:
        """Return why nothing can be deployed there."""
        found = self._api.get(self._path, "show the service")
        if text(found, "suspended") == "suspended":
            return (
                Problem(f"the Render service {self._service} is suspended", "Resume it there."),
            )
        return ()

    def current(self) -> Version | None:
        """Return the version whose deploy is live."""
        live = next((one for one in self._deploys() if text(one, "status") == "live"), None)
        if live is None:
            return None
        artifact = _artifact(live)
        return Version(dns_label(text(live, "id")), artifact, text(live, "id"))

    def _deploys(self) -> list[JsonValue]:
        """Return the newest deploys, newest first."""
        found = self._api.get(f"{self._path}/deploys", "list the deploys", {"limit": "20"})
        return [at(one, "deploy") or one for one in rows(found, "items")]

    def begin(self, version: Version, artifact: Artifact, token: str) -> Name:
        """Begin a deploy, unless the newest one is of the same artifact and has not failed.

        Render keeps no token of a caller's, so what it did last is what tells.
        """
        del token
        listed = self._deploys()
        live = next((text(one, "id") for one in listed if text(one, "status") == "live"), "")
        if listed and _same(listed[0], artifact) and _phase(listed[0]) in ("running", "done"):
            newest = text(listed[0], "id")
            before = live if live != newest else _live_before(listed)
            return Name(version.id, artifact.mark, newest, before)
        made = self._made(artifact)
        number = text(made, "id") or self._newest_after(listed)
        return Name(version.id, artifact.mark, number, live)

    def _made(self, artifact: Artifact) -> Json:
        if artifact.kind == "deployment":
            body: Json = {"deployId": artifact.id}
            return self._api.post(f"{self._path}/rollback", "roll back", body)
        body = {"imageUrl": artifact.id} if artifact.kind == "image" else {"commitId": artifact.id}
        return self._api.post(f"{self._path}/deploys", "begin a deploy", body)

    def _newest_after(self, before: list[JsonValue]) -> str:
        """Return the deploy that was only queued: Render answers 202 to it, without an id."""
        known = {text(one, "id") for one in before}
        return next((n for one in self._deploys() if (n := text(one, "id")) not in known), "")

    def progress(self, name: Name) -> RolloutState:
        """Return how far it has come, by Render's word."""
        if not name.host_id:
            return RolloutState("unknown", reason="Render has queued it and gave no name to it")
        found = self._one(name.host_id)
        status = text(found, "status")
        share = {"live": 1.0}.get(status)
        return RolloutState(_PHASES.get(status, "unknown"), share, reason=f"Render: {status}")

    def _one(self, number: str) -> Json:
        return self._api.get(f"{self._path}/deploys/{number}", "show a deploy")

    def abort(self, name: Name) -> None:
        """Cancel a deploy that is not live yet; roll back one that is."""
        phase = self.progress(name).phase
        if phase == "running":
            self._api.post(f"{self._path}/deploys/{name.host_id}/cancel", "cancel a deploy")
        elif phase == "done":
            if not name.before:
                raise HostRefusal(
                    "Render has no deploy from before this one", "Deploy a version that works."
                )
            self._api.post(f"{self._path}/rollback", "roll back", {"deployId": name.before})

    def lines(self, name: Name) -> Sequence[str]:
        """Return the last lines of the service's log."""
        del name
        owner = text(self._api.get(self._path, "show the service"), "ownerId")
        query = {"ownerId": owner, "resource": self._service, "limit": str(_LINES)}
        found = self._api.get("/v1/logs", "read the log", query)
        return [text(one, "message") for one in reversed(rows(found, "logs"))]


def _phase(deploy: JsonValue) -> RolloutPhase:
    return _PHASES.get(text(deploy, "status"), "unknown")


def _live_before(listed: list[JsonValue]) -> str:
    """Return the deploy that the newest one has replaced."""
    gone = (one for one in listed[1:] if text(one, "status") == "deactivated")
    return next((text(one, "id") for one in gone), "")


def _artifact(deploy: JsonValue) -> str:
    """Return what a deploy runs: its image by digest, its commit, or the deploy itself."""
    image, digest = text(deploy, "image", "ref"), text(deploy, "image", "sha")
    if image and digest:
        bare = image.split("@", 1)[0]
        folder, _, last = bare.rpartition("/")
        return f"{folder}/{last.split(':', 1)[0]}@{digest}"
    commit = text(deploy, "commit", "id")
    return f"git:{commit}" if commit else f"deployment:{text(deploy, 'id')}"


def _same(deploy: JsonValue, artifact: Artifact) -> bool:
    if artifact.kind == "deployment":
        return text(deploy, "id") == artifact.id
    found = (text(deploy, "image", "sha"), text(deploy, "commit", "id"))
    return artifact.mark in found or text(deploy, "image", "ref") == artifact.id
