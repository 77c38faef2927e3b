"""How a new version reaches users, and on which machines of the team's own it runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from outgrow.strategy.components import SecretReference
from outgrow.strategy.containers import Command
from outgrow.strategy.fields import Count, Model, Name, Port, Positive, Quantity, Share, Text

DeployKind = Literal["manual", "rolling", "blue_green", "canary"]


class PipelineJob(Model):
    """A job of the pipeline: what it runs, after which jobs, and for which environment.

    A job that deploys runs for pushes to the branch of its `environment` only.
    """

    runs: list[Text]
    after: list[Name] = []
    environment: Name | None = None
    component: Name | None = None


class DeployGate(Model):
    """What a new version has to show beside the old one before it gets more traffic.

    Its share of errors may lie `error_margin` above the old one's, its latency at
    `latency_ratio` times the old one's, or `latency_slack_seconds` above it. Before
    `minimum_requests` have reached it nothing is decided; `when_undecided` says what happens
    once `hold_seconds` have passed that way.
    """

    minimum_requests: Count = 50
    error_margin: Share | None = None
    latency_ratio: Positive | None = None
    latency_slack_seconds: Quantity | None = None
    confidence: Share | None = None
    hold_seconds: Quantity | None = None
    when_undecided: Literal["hold", "ask", "go_on", "revert"] = "ask"
    sources: list[Literal["proxy", "prometheus", "cloudwatch", "probes"]] = ["proxy"]
    prometheus_url: Text | None = None
    prometheus_label: Text = "version"
    paths: list[Text] = []


class DeployHooks(Model):
    """Commands around a deploy; they run with OUTGROW_VERSION and OUTGROW_ENVIRONMENT set.

    A failing one of `before` ends the deploy; those of `after` run while it still holds its
    lock, those of `reverted` once the old version has the traffic again.
    """

    before: list[Command] = []
    after: list[Command] = []
    reverted: list[Command] = []


class HostedDeploy(Model):
    """A managed host that replaces versions by itself, told through its API or by a webhook.

    With a `token` its API is asked; `team` is the account at Vercel that holds the project.
    A `hook` alone begins a deploy and tells nothing more: then `health_url` has to report the
    version that runs. It deploys production, or the `environments` that it names and no other.
    """

    host: Literal["railway", "vercel", "render", "other"]
    hook: SecretReference | None = None
    token: SecretReference | None = None
    team: Text | None = None
    project: Text | None = None
    service: Text | None = None
    health_url: Text | None = None
    environments: list[Name] = []


class DeployHost(Model):
    """A machine on which versions run, reached over SSH; without `ssh` it is this one.

    `address` is where the proxy finds it.
    """

    ssh: Text | None = None
    address: Text = "127.0.0.1"
    runner: Literal["docker", "systemd", "processes"] = "docker"


class DeployProxy(Model):
    """The HAProxy in front, on this machine or on one of `machines`.

    Without a `socket`, outgrow starts and keeps one of its own.
    """

    host: Name | None = None
    socket: Text | None = None
    listen: Text = ":80"
    certificates: Text | None = None
    first_port: Port = 20000


class Previews(Model):
    """Where the previews of branches live: on this machine, behind a proxy of their own.

    `host` has `{name}` in it, and DNS sends all such names here. `server` is the address of a
    PostgreSQL server that may make databases and roles; each preview gets one of its own.
    """

    host: Text
    listen: Text = "127.0.0.1:8880"
    first_port: Port = 21000
    runner: Literal["docker", "processes"] = "docker"
    data: Literal["database", "schema", "none"] = "database"
    server: SecretReference | None = None
    limit: Annotated[Count, Field(ge=1, le=200)] = 20


class DeployGateway(Model):
    """A Gateway of the cluster that takes requests from outside, in `namespace` or its own."""

    name: Name
    namespace: Name | None = None


class DeployCluster(Model):
    """The Kubernetes cluster of an environment: the context that reaches it, and its address.

    `context` is one of the kubeconfig; the current one is never used. A context that leads to
    another address than `server` is refused, so that none of the same name can lead a deploy to
    another environment. `namespace` is NAME-ENVIRONMENT when left out. With a `gateway`,
    requests come through it, and it splits them in shares.
    """

    context: Text
    server: Text
    kubeconfig: Text | None = None
    namespace: Name | None = None
    gateway: DeployGateway | None = None


class Deploy(Model):
    """How a new version reaches users; `jobs` are the steps of the pipeline, in order.

    `shares` are the parts of the traffic that a canary gets, one after the other.
    """

    strategy: DeployKind = "rolling"
    later: list[DeployKind] = []
    canary_share: Share | None = None
    shares: list[Share] = []
    health_gate_seconds: Positive | None = None
    bake_seconds: Quantity | None = None
    drain_seconds: Quantity | None = None
    websocket_grace_seconds: Quantity | None = None
    keep_warm_seconds: Quantity | None = None
    retain: Annotated[Count, Field(ge=1)] = 5
    gate: DeployGate = Field(default_factory=DeployGate)
    hooks: DeployHooks = Field(default_factory=DeployHooks)
    hosted: dict[Name, HostedDeploy] = {}
    pipeline: Text = ""
    jobs: dict[Name, PipelineJob] = {}
    migrations: Text = ""
    automatic: bool = True
    rollback: Text = ""
