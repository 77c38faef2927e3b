"""Vercel: a project whose production deployments its API makes, promotes and rolls back.

https://vercel.com/docs/rest-api/deployments/create-a-new-deployment
https://vercel.com/docs/rest-api/projects/points-all-production-domains-for-a-project-to-the-given-deploy
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue, SecretStr

from outgrow.clients.hosted_http import HostApi, HostRefusal, Json, at, rows, text
from outgrow.clients.hosted_parts import Artifact, ArtifactKind, Name, dns_label
from outgrow.deploy.ports import Pause, RolloutPhase, RolloutState
from outgrow.deploy.values import Problem, Version

API = "https://api.vercel.com"
TOKEN = "outgrowToken"
VERSION = "outgrowVersion"
_LINES = 30
_COMMITS = ("githubCommitSha", "gitlabCommitSha", "bitbucketCommitSha")
# A deployment that fails to build never gets the domains: what served before goes on.
_PHASES: Mapping[str, RolloutPhase] = {
    "QUEUED": "running",
    "INITIALIZING": "running",
    "BUILDING": "running",
    "READY": "done",
    "ERROR": "reverted",
    "CANCELED": "reverted",
}


class VercelHost:
    """One project of Vercel, by its id or name; `team` is the team that holds it."""

    can_go_back = True

    def __init__(
        self, project: str, team: str, token: SecretStr, pause: Pause, base: str = API
    ) -> None:
        bearer = {"Authorization": SecretStr(f"Bearer {token.get_secret_value()}")}
        self._api = HostApi("Vercel", base, pause, bearer)
        self._project = project
        self._team = {"teamId": team} if team.startswith("team_") else {"slug": team}
        if not team:
            self._team = {}

    def describe(self) -> str:
        """Return what it is."""
        return f"the Vercel project {self._project}"

    def takes(self) -> Sequence[ArtifactKind]:
        """Return what it runs."""
        return ("commit", "deployment")

    def problems(self) -> Sequence[Problem]:
        """Return why nothing can be deployed there."""
        if not text(self._read(), "link", "type"):
            return (
                Problem(
                    f"the Vercel project {self._project} is linked to no repository: only"
                    " deployments that it has can be put in place",
                    "Link it under Settings, Git, or deploy `deployment:dpl_...`.",
                ),
            )
        return ()

    def _read(self) -> Json:
        return self._api.get(f"/v9/projects/{self._project}", "show the project", self._team)

    def current(self) -> Version | None:
        """Return the version that the production domains lead to."""
        found = at(self._read(), "targets", "production")
        number = text(found, "id")
        if not number:
            return None
        commit = _commit(found)
        artifact = f"git:{commit}" if commit else f"deployment:{number}"
        return Version(text(found, "meta", VERSION) or dns_label(number), artifact, number)

    def begin(self, version: Version, artifact: Artifact, token: str) -> Name:
        """Promote what is built already; else build the commit, marked with the token."""
        project = self._read()
        before = text(project, "targets", "production", "id")
        if artifact.kind == "deployment":
            if artifact.id == before:
                return Name(version.id, artifact.mark, before, "")
            self._promote(artifact.id)
            return Name(version.id, artifact.mark, artifact.id, before)
        if begun := self._of_token(project, token):
            served = text(begun, "meta", "outgrowBefore")
            return Name(version.id, artifact.mark, text(begun, "uid"), served)
        made = self._build(project, version, artifact, token, before)
        return Name(version.id, artifact.mark, text(made, "id"), before)

    def _promote(self, number: str) -> None:
        path = f"/v10/projects/{self._project}/promote/{number}"
        self._api.post(path, "promote a deployment", query=self._team)

    def _of_token(self, project: Json, token: str) -> JsonValue:
        """Return the deployment that an earlier run has begun with this token, or None."""
        query = {"projectId": text(project, "id"), "target": "production", "limit": "50"}
        found = self._api.get("/v6/deployments", "list deployments", query | self._team)
        listed = rows(found, "deployments")
        return next((one for one in listed if text(one, "meta", TOKEN) == token), None)

    def _build(
        self, project: Json, version: Version, artifact: Artifact, token: str, before: str
    ) -> Json:
        source = {
            "type": text(project, "link", "type"),
            "repoId": at(project, "link", "repoId"),
            "ref": text(project, "link", "productionBranch"),
            "sha": artifact.id,
        }
        body: Json = {
            "name": text(project, "name"),
            "project": text(project, "id"),
            "target": "production",
            "gitSource": source,
            "meta": {TOKEN: token, VERSION: version.id, "outgrowBefore": before},
        }
        return self._api.post("/v13/deployments", "begin a deployment", body, self._team)

    def progress(self, name: Name) -> RolloutState:
        """Return how far it has come: ready is done only once the domains lead to it."""
        found = self._api.get(f"/v13/deployments/{name.host_id}", "show a deployment", self._team)
        state = text(found, "readyState")
        phase = _PHASES.get(state, "unknown")
        if phase != "done":
            return RolloutState(phase, 0.0, reason=_said(found, state))
        project = self._read()
        if text(project, "targets", "production", "id") == name.host_id:
            return RolloutState("done", 1.0, reason="Vercel: READY")
        return _moved(project, name)

    def abort(self, name: Name) -> None:
        """Cancel what is being built; lead the domains back where they lead to it."""
        phase = self.progress(name).phase
        serving = text(self._read(), "targets", "production", "id")
        if phase == "running" and serving != name.host_id:
            path = f"/v12/deployments/{name.host_id}/cancel"
            try:
                self._api.patch(path, "cancel a deployment", self._team)
                return
            except HostRefusal as refusal:
                if refusal.status not in (400, 409):  # built already: too late to cancel
                    raise
        if phase == "reverted":
            return
        if not name.before:
            raise HostRefusal(
                "Vercel has no deployment from before this one", "Deploy a version that works."
            )
        path = f"/v1/projects/{self._project}/rollback/{name.before}"
        self._api.post(path, "roll back", query=self._team)

    def lines(self, name: Name) -> Sequence[str]:
        """Return the last lines of the build."""
        query = {"direction": "backward", "limit": str(_LINES)} | self._team
        path = f"/v3/deployments/{name.host_id}/events"
        found = self._api.get(path, "read the build's log", query)
        said = [text(one, "text") or text(one, "payload", "text") for one in rows(found, "items")]
        return [line for line in reversed(said) if line]


def _moved(project: Json, name: Name) -> RolloutState:
    """Return what the last change of the domains makes of a deployment that they do not lead to."""
    to, job = text(project, "lastAliasRequest", "toDeploymentId"), at(project, "lastAliasRequest")
    status = text(job, "jobStatus")
    if to == name.host_id and status == "failed":
        return RolloutState("reverted", 0.0, reason="the domains could not be led to it")
    if to and to == name.before:
        back: RolloutPhase = "reverting" if status in ("pending", "in-progress") else "reverted"
        return RolloutState(back, 0.0, reason="the domains lead to the one before again")
    return RolloutState("running", 0.0, reason="it is built; the domains lead elsewhere yet")


def _commit(deployment: JsonValue) -> str:
    return next((sha for key in _COMMITS if (sha := text(deployment, "meta", key))), "")


def _said(deployment: Json, state: str) -> str:
    error = text(deployment, "errorMessage") or text(deployment, "errorCode")
    return f"Vercel: {state}{f', {error}' if error else ''}"
