"""A component on a managed host (Railway, Vercel, Render, any with a hook) as a `Rollout`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from outgrow.clients.hosted_health import Answered, ask_version, shown_address
from outgrow.clients.hosted_http import HostRefusal
from outgrow.clients.hosted_parts import Artifact, Host, Name, artifact_of, dns_label, read_name
from outgrow.deploy.ports import RolloutState
from outgrow.deploy.values import Evidence, Probe, Problem, Ran, Version
from outgrow.errors import OutsideError

_KINDS = {
    "commit": "a commit (`git rev-parse HEAD`)",
    "image": "an image by its digest",
    "deployment": "a deployment of its own (`deployment:ID`)",
}


class HostedRollout:
    """One component on a managed host; `health_url` is "" where nothing tells the version."""

    def __init__(
        self,
        host: Host,
        health_url: str = "",
        ask: Callable[[str], Answered] = ask_version,
    ) -> None:
        self._host = host
        self._health_url = health_url
        self._ask = ask
        self._given_up: set[str] = set()

    def describe(self) -> str:
        """Return what it is, and how it will be known how a deploy goes."""
        if self._health_url:
            return f"{self._host.describe()}, checked at {shown_address(self._health_url)}"
        return self._host.describe()

    def preflight(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot be put in place there."""
        artifact, takes = artifact_of(version), self._host.takes()
        found: list[Problem] = []
        if artifact is None or artifact.kind not in takes:
            wanted = " or ".join(_KINDS[one] for one in takes)
            found.append(
                Problem(
                    f"{self._host.describe()} cannot run {version.label or version.artifact}",
                    f"Name {wanted}.",
                )
            )
        try:
            found += self._host.problems()
        except HostRefusal as refusal:
            found.append(Problem(refusal.reason, refusal.remedy))
        return tuple(found)

    def current(self) -> Version | None:
        """Return the version that has the traffic, None when that cannot be told."""
        found = self._host.current()
        if found is not None or not self._health_url:
            return found
        named = self._ask(self._health_url).versions
        # What a version says of itself is no artifact: it can be shown, not gone back to.
        return Version(dns_label(named[0]), "", named[0]) if named else None

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Raise OutsideError: these hosts run nothing once with an image that is not live."""
        raise OutsideError(
            f"{self._host.describe()} cannot run `{' '.join(command)}` before {version.id} is live",
            "Make it the host's pre-deploy command (Railway and Render have one), or a job of the"
            " pipeline, and take it out of `run.migrate`.",
        )

    def begin(self, version: Version, token: str) -> str:
        """Let the host bring `version` in; the same `token` begins nothing twice."""
        return str(self._host.begin(version, self._artifact(version), token))

    def _artifact(self, version: Version) -> Artifact:
        found = artifact_of(version)
        if found is None:
            raise OutsideError(
                f"{self._host.describe()} cannot run {version.label or version.artifact}",
                f"Name {' or '.join(_KINDS[one] for one in self._host.takes())}.",
            )
        return found

    def progress(self, rollout: str) -> RolloutState:
        """Return how far it has come: done only once the health address reports it, if any."""
        name = read_name(rollout)
        if rollout in self._given_up:
            return self._left(name)
        state = self._host.progress(name)
        if not self._health_url or state.phase not in ("done", "unknown"):
            return state
        return self._reported(name, state)

    def _reported(self, name: Name, state: RolloutState) -> RolloutState:
        answer, where = self._ask(self._health_url), shown_address(self._health_url)
        if answer.ok and answer.is_of(name.version, name.mark, name.host_id):
            return RolloutState("done", state.share_new, reason=f"{where} reports it")
        if not answer.ok:
            said = f"{where}: {answer.said}"
        elif answer.versions:
            said = f"{where} reports {answer.versions[0]}"
        else:
            said = f"{where} names no version (a header X-Outgrow-Version, or JSON `version`)"
        return RolloutState("running", state.share_new, reason=said)

    def abort(self, rollout: str) -> None:
        """Let the host put the version before back; a hook cannot, and progress says so then."""
        if self._host.can_go_back:
            self._host.abort(read_name(rollout))
        else:
            self._given_up.add(rollout)

    def _left(self, name: Name) -> RolloutState:
        """Return what is known of a deploy that nobody could take back: another version, or not."""
        if self._health_url:
            answer = self._ask(self._health_url)
            ours = answer.is_of(name.version, name.mark, name.host_id)
            if answer.ok and answer.versions and not ours:
                where = shown_address(self._health_url)
                return RolloutState("reverted", reason=f"{where} reports {answer.versions[0]}")
        why = f"{self._host.describe()} cannot take {name.version} back"
        return RolloutState("unknown", reason=f"{why}: roll back in the host's own pages")

    def evidence(self, rollout: str) -> Sequence[Evidence]:
        """Return the last answer of the health address and the last lines of the host's log."""
        name = read_name(rollout)
        probe = self._probe(name)
        try:
            lines = tuple(self._host.lines(name))
        except HostRefusal as refusal:
            lines = (f"(its log cannot be read: {refusal.reason})",)
        if probe is None and not lines:
            return ()
        slot = name.host_id or name.version
        return (Evidence(slot, probe, lines, listening=None, expected_port=None),)

    def _probe(self, name: Name) -> Probe | None:
        if not self._health_url:
            return None
        answer = self._ask(self._health_url)
        named = ", ".join(answer.versions) or "no version"
        ok = answer.ok and answer.is_of(name.version, name.mark, name.host_id)
        return Probe(name.host_id or name.version, ok, f"{answer.said}, it names {named}", None)
