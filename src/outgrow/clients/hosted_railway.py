"""Railway: a service whose deployments its GraphQL API begins, follows and rolls back.

https://docs.railway.com/integrations/api/manage-deployments
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue, SecretStr

from outgrow.clients.hosted_http import HostApi, HostRefusal, Json, at, rows, text
from outgrow.clients.hosted_parts import Artifact, ArtifactKind, Name, dns_label
from outgrow.deploy.ports import Pause, RolloutPhase, RolloutState
from outgrow.deploy.values import Problem, Version

API = "https://backboard.railway.com"
_PATH = "/graphql/v2"
_LINES = 30
# While one of these fails to build or to get healthy, the one before stays active.
_PHASES: Mapping[str, RolloutPhase] = {
    "INITIALIZING": "running",
    "QUEUED": "running",
    "WAITING": "running",
    "NEEDS_APPROVAL": "running",
    "BUILDING": "running",
    "DEPLOYING": "running",
    "SUCCESS": "done",
    "SLEEPING": "done",
    "CRASHED": "failed",
    "FAILED": "reverted",
    "SKIPPED": "reverted",
    "REMOVING": "reverted",
    "REMOVED": "reverted",
}
_WHERE_OF_TOKEN = "query { projectToken { projectId environmentId } }"
_NAMES = """query($id: String!) { project(id: $id) {
  environments { edges { node { id name } } } services { edges { node { id name } } } } }"""
_LIST = """query($input: DeploymentListInput!, $first: Int) {
  deployments(input: $input, first: $first) { edges { node { id status meta } } } }"""
_ONE = "query($id: String!) { deployment(id: $id) { id status meta } }"
_IMAGE = """mutation($service: String!, $environment: String, $input: ServiceInstanceUpdateInput!) {
  serviceInstanceUpdate(serviceId: $service, environmentId: $environment, input: $input) }"""
_DEPLOY = """mutation($service: String!, $environment: String!) {
  serviceInstanceDeployV2(serviceId: $service, environmentId: $environment) }"""
_COMMIT = """mutation($service: String!, $environment: String!, $commit: String) {
  serviceInstanceDeployV2(
    serviceId: $service, environmentId: $environment, commitSha: $commit) }"""
_ROLLBACK = "mutation($id: String!) { deploymentRollback(id: $id) }"
_CANCEL = "mutation($id: String!) { deploymentCancel(id: $id) }"
_LOGS = """query($id: String!, $limit: Int) { deploymentLogs(deploymentId: $id, limit: $limit) {
  message } buildLogs(deploymentId: $id, limit: $limit) { message } }"""


@dataclass(frozen=True, slots=True)
class Where:
    """The ids of a project, an environment and a service."""

    project: str
    environment: str
    service: str


class RailwayHost:
    """One service in one environment of Railway, by their ids or names.

    A token of a project says itself which project and environment it is for; then `project` is
    "". With the token of an account or a workspace, it has to be named.
    """

    can_go_back = True

    def __init__(
        self,
        project: str,
        environment: str,
        service: str,
        token: SecretStr,
        pause: Pause,
        base: str = API,
    ) -> None:
        bearer = SecretStr(f"Bearer {token.get_secret_value()}")
        headers = {"Authorization": bearer} if project else {"Project-Access-Token": token}
        self._api = HostApi("Railway", base, pause, headers)
        self._project = project
        self._environment = environment
        self._service = service
        self._found: Where | None = None

    def describe(self) -> str:
        """Return what it is."""
        return f"the Railway service {self._service}"

    def takes(self) -> Sequence[ArtifactKind]:
        """Return what it runs: images where the service is of that kind, else commits."""
        return ("commit", "image", "deployment")

    def problems(self) -> Sequence[Problem]:
        """Return why nothing can be deployed there."""
        self._where()
        return ()

    def _asked(self, query: str, to: str, variables: Json) -> Json:
        body: Json = {"query": query, "variables": dict(variables)}
        return _data(self._api.ask(_PATH, to, body), to)

    def _told(self, query: str, to: str, variables: Json) -> Json:
        """Send what changes something: once."""
        body: Json = {"query": query, "variables": dict(variables)}
        return _data(self._api.post(_PATH, to, body), to)

    def _where(self) -> Where:
        if self._found is None:
            project, environment = self._project, self._environment
            if not project:
                token = self._asked(_WHERE_OF_TOKEN, "say what the token is for", {})
                project = text(token, "projectToken", "projectId")
                environment = text(token, "projectToken", "environmentId")
            names = self._asked(_NAMES, "show the project", {"id": project})
            self._found = Where(
                project,
                _id_of(names, "environments", environment),
                _id_of(names, "services", self._service),
            )
        return self._found

    def _variables(self) -> dict[str, JsonValue]:
        where = self._where()
        return {"service": where.service, "environment": where.environment}

    def _deployments(self) -> list[JsonValue]:
        """Return the newest deployments, newest first."""
        where = self._where()
        wanted: Json = {
            "projectId": where.project,
            "environmentId": where.environment,
            "serviceId": where.service,
        }
        found = self._asked(_LIST, "list deployments", {"input": dict(wanted), "first": 20})
        return [at(one, "node") for one in rows(found, "deployments", "edges")]

    def current(self) -> Version | None:
        """Return the version of the newest deployment that succeeded."""
        active = _active(self._deployments())
        if active is None:
            return None
        number = text(active, "id")
        return Version(dns_label(number), _artifact(active), number)

    def begin(self, version: Version, artifact: Artifact, token: str) -> Name:
        """Begin a deployment, unless the newest one is of the same artifact and has not failed.

        Railway keeps no token of a caller's, so what it did last is what tells.
        """
        del token
        listed = self._deployments()
        active = text(_active(listed), "id")
        if listed and _same(listed[0], artifact) and _phase(listed[0]) in ("running", "done"):
            newest = text(listed[0], "id")
            before = active if active != newest else text(_active(listed[1:], gone=True), "id")
            return Name(version.id, artifact.mark, newest, before)
        number = self._made(artifact) or self._newest_after(listed)
        return Name(version.id, artifact.mark, number, active)

    def _made(self, artifact: Artifact) -> str:
        variables = self._variables()
        if artifact.kind == "deployment":
            self._told(_ROLLBACK, "put a deployment back", {"id": artifact.id})
            return ""
        if artifact.kind == "commit":
            made = self._told(_COMMIT, "deploy", {**variables, "commit": artifact.id})
        else:
            source: Json = {"source": {"image": artifact.id}}
            self._told(_IMAGE, "name the image", {**variables, "input": dict(source)})
            made = self._told(_DEPLOY, "deploy", variables)
        return text(made, "serviceInstanceDeployV2")

    def _newest_after(self, before: list[JsonValue]) -> str:
        known = {text(one, "id") for one in before}
        listed = self._deployments()
        return next((n for one in listed if (n := text(one, "id")) not in known), "")

    def progress(self, name: Name) -> RolloutState:
        """Return how far it has come, by Railway's word."""
        if not name.host_id:
            return RolloutState("unknown", reason="Railway gave no name to the deployment")
        found = self._asked(_ONE, "show a deployment", {"id": name.host_id})
        status = text(found, "deployment", "status")
        share = 1.0 if status == "SUCCESS" else None
        return RolloutState(_PHASES.get(status, "unknown"), share, reason=f"Railway: {status}")

    def abort(self, name: Name) -> None:
        """Cancel a deployment that is not active yet; put the one before back otherwise."""
        phase = self.progress(name).phase
        if phase == "running":
            self._told(_CANCEL, "cancel a deployment", {"id": name.host_id})
        elif phase in ("done", "failed"):
            if not name.before:
                raise HostRefusal(
                    "Railway has no deployment from before this one",
                    "Deploy a version that works.",
                )
            self._told(_ROLLBACK, "roll back", {"id": name.before})

    def lines(self, name: Name) -> Sequence[str]:
        """Return the last lines of running it, or of building it where it never ran."""
        if not name.host_id:
            return ()
        found = self._asked(_LOGS, "read the log", {"id": name.host_id, "limit": _LINES})
        ran = [text(one, "message") for one in rows(found, "deploymentLogs")]
        return ran or [text(one, "message") for one in rows(found, "buildLogs")]


def _data(answer: Json, to: str) -> Json:
    """Return the data of a GraphQL answer; errors come with a status of 200."""
    errors = rows(answer, "errors")
    if not errors:
        data = at(answer, "data")
        return data if isinstance(data, dict) else {}
    said = text(errors[0], "message")[:200]
    if "authori" in said.lower():
        raise HostRefusal(
            f"Railway does not let the token {to}",
            "Make a token of the project's environment there, and put it where `token` says.",
            403,
        )
    raise HostRefusal(f"Railway would not {to}: {said}", "Correct what it names.", 400)


def _id_of(names: Json, what: str, wanted: str) -> str:
    listed = [at(one, "node") for one in rows(names, "project", what, "edges")]
    for one in listed:
        if wanted in (text(one, "id"), text(one, "name")):
            return text(one, "id")
    known = ", ".join(text(one, "name") for one in listed) or "none"
    raise HostRefusal(
        f"the Railway project has none of its {what} called {wanted!r}; it has: {known}",
        "Write its id or its name below `deploy.hosted`.",
        404,
    )


def _phase(deployment: JsonValue) -> RolloutPhase:
    return _PHASES.get(text(deployment, "status"), "unknown")


def _active(listed: list[JsonValue], gone: bool = False) -> JsonValue:
    """Return the newest deployment that succeeded, or that did once and was replaced."""
    wanted = ("SUCCESS", "SLEEPING", "REMOVED") if gone else ("SUCCESS", "SLEEPING")
    return next((one for one in listed if text(one, "status") in wanted), None)


def _artifact(deployment: JsonValue) -> str:
    image, commit = text(deployment, "meta", "image"), text(deployment, "meta", "commitHash")
    if "@sha256:" in image:
        return image
    return f"git:{commit}" if commit else f"deployment:{text(deployment, 'id')}"


def _same(deployment: JsonValue, artifact: Artifact) -> bool:
    if artifact.kind == "deployment":
        return text(deployment, "id") == artifact.id
    return artifact.id in (
        text(deployment, "meta", "image"),
        text(deployment, "meta", "commitHash"),
    )
