"""How a version is brought in: the `deploy:` block of a strategy with every default filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outgrow.strategy.deploys import Deploy, DeployKind

Undecided = Literal["hold", "ask", "go_on", "revert"]
_HEALTH_SECONDS = 120.0
_BAKE_SECONDS = {"manual": 0.0, "rolling": 10.0, "blue_green": 60.0, "canary": 60.0}
_DRAIN_SECONDS = 30.0
_WEBSOCKET_SECONDS = 60.0
_WARM_SECONDS = 3600.0
_CANARY_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """What a new version has to show; shares are 0 to 1, `latency_ratio` a factor.

    Both the ratio and the slack have to be passed: without the slack, 4 ms more would take a
    version back whose old one answers in 7.

    `sources` are where requests are counted: `proxy`, `prometheus`, `cloudwatch`, `probes`.
    `paths` is what `probes` asks for, `prometheus_label` the label that holds a version's id.
    """

    minimum_requests: int = 50
    error_margin: float = 0.01
    latency_ratio: float = 1.5
    latency_slack_seconds: float = 0.05
    confidence: float = 0.95
    hold_seconds: float = 300.0
    when_undecided: Undecided = "ask"
    sources: tuple[str, ...] = ("proxy",)
    prometheus_url: str | None = None
    prometheus_label: str = "version"
    paths: tuple[str, ...] = ()

    def latency_limit(self, old_seconds: float) -> float:
        """Return how long the new version may take where the old one takes `old_seconds`."""
        return max(self.latency_ratio * old_seconds, old_seconds + self.latency_slack_seconds)


@dataclass(frozen=True, slots=True)
class DeployPolicy:
    """How a version is brought in, in seconds and shares of 0 to 1.

    `shares` end with 1. `keep_warm_seconds` is how long the old version stays ready, `retain`
    how many versions can be gone back to.
    """

    kind: DeployKind
    shares: tuple[float, ...]
    health_seconds: float
    bake_seconds: float
    drain_seconds: float
    websocket_seconds: float
    keep_warm_seconds: float
    retain: int
    gate: GatePolicy


def deploy_policy(deploy: Deploy, kind: DeployKind | None = None) -> DeployPolicy:
    """Return the policy of a strategy; `kind` comes before the strategy's own."""
    chosen = kind or deploy.strategy
    return DeployPolicy(
        kind=chosen,
        shares=_shares(deploy) if chosen == "canary" else (1.0,),
        health_seconds=_or(deploy.health_gate_seconds, _HEALTH_SECONDS),
        bake_seconds=_or(deploy.bake_seconds, _BAKE_SECONDS[chosen]),
        drain_seconds=_or(deploy.drain_seconds, _DRAIN_SECONDS),
        websocket_seconds=_or(deploy.websocket_grace_seconds, _WEBSOCKET_SECONDS),
        keep_warm_seconds=_or(deploy.keep_warm_seconds, _WARM_SECONDS),
        retain=deploy.retain,
        gate=_gate(deploy),
    )


def _shares(deploy: Deploy) -> tuple[float, ...]:
    """Return the shares of a canary: as written, or the first one, the half and all."""
    first = _or(deploy.canary_share, _CANARY_SHARE)
    written = [float(one) for one in deploy.shares] or [first, *([0.5] if first < 0.5 else [])]
    return (*sorted({one for one in written if 0 < one < 1}), 1.0)


def _gate(deploy: Deploy) -> GatePolicy:
    gate, default = deploy.gate, GatePolicy()
    return GatePolicy(
        minimum_requests=gate.minimum_requests,
        error_margin=_or(gate.error_margin, default.error_margin),
        latency_ratio=_or(gate.latency_ratio, default.latency_ratio),
        latency_slack_seconds=_or(gate.latency_slack_seconds, default.latency_slack_seconds),
        confidence=_or(gate.confidence, default.confidence),
        hold_seconds=_or(gate.hold_seconds, default.hold_seconds),
        when_undecided=gate.when_undecided,
        sources=tuple(gate.sources),
        prometheus_url=gate.prometheus_url,
        prometheus_label=gate.prometheus_label,
        paths=tuple(gate.paths),
    )


def _or(value: object, default: float) -> float:
    return default if value is None else float(str(value))
