"""The whole file: everything a team has decided about its infrastructure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from outgrow.strategy.bindings import Http, SignIn, Tracing
from outgrow.strategy.claims import Claim
from outgrow.strategy.components import Component
from outgrow.strategy.demand import Demand
from outgrow.strategy.deploys import Deploy
from outgrow.strategy.environments import Environment
from outgrow.strategy.fields import Estimate, Model, Name, Positive, Quantity, Share, Text
from outgrow.strategy.offerings import CustomOffering
from outgrow.strategy.phases import AddOn, Phase
from outgrow.strategy.practices import (
    Answer,
    Caching,
    DataGrowth,
    Decision,
    IdleMachine,
    NextStep,
    Practice,
    RateLimit,
    Sandboxes,
)
from outgrow.strategy.regions import MultiRegion
from outgrow.strategy.signals import Signal
from outgrow.strategy.targets import Alert, ApplicationMetric, Channel, Retention, Target


class Finance(Model):
    """Money beside the bill: currencies, revenue, the price of the team's time.

    `currencies` maps a code to its price in USD (`EUR: 1.08`), at the user's own rates.
    """

    currency: Text = "USD"
    currencies: dict[Name, Positive] = {}
    arpu_usd_month: Estimate | None = None
    labour_usd_hour: Quantity | None = None
    revenue_share_max: Share | None = None
    downtime_usd_hour: Quantity | None = None


class Waiver(Model):
    """A finding of `outgrow check` that the team accepts, and why."""

    code: Name
    path: Text = ""
    why: Text


class Strategy(Model):
    """A team's infrastructure strategy, as `outgrow.yaml` says it."""

    outgrow: Literal[1]
    extends: list[Text] = []
    name: Text
    description: Text = ""
    source: Text = ""
    region: Text = "us-east-1"
    production: Name = "production"
    active_env_file: Text = ".env"
    demand: dict[Name, Demand] = {}
    components: dict[Name, Component] = Field(min_length=1)
    offerings: dict[Text, CustomOffering] = {}
    phases: dict[Name, Phase] = Field(min_length=1)
    addons: dict[Name, AddOn] = {}
    start: Name | None = None
    current: Name | None = None
    signals: dict[Name, Signal] = {}
    environments: dict[Name, Environment] = {}
    targets: dict[Name, Target] = {}
    alerts: dict[Name, Alert] = {}
    channels: dict[Name, Channel] = {}
    metrics: dict[Name, ApplicationMetric] = {}
    retention: Retention = Field(default_factory=Retention)
    finance: Finance = Field(default_factory=Finance)
    deploy: Deploy = Field(default_factory=Deploy)
    caching: dict[Name, Caching] = {}
    rate_limits: list[RateLimit] = []
    sign_in: SignIn = Field(default_factory=SignIn)
    http: Http = Field(default_factory=Http)
    tracing: Tracing = Field(default_factory=Tracing)
    data_growth: DataGrowth = Field(default_factory=DataGrowth)
    multi_region: MultiRegion = Field(default_factory=MultiRegion)
    sandboxes: list[Sandboxes] = []
    idle_machines: list[IdleMachine] = []
    security: list[Practice] = []
    practices: list[Practice] = []
    decisions: list[Decision] = []
    questions: list[Answer] = []
    next_steps: list[NextStep] = []
    claims: dict[Name, Claim] = {}
    waivers: list[Waiver] = []

    @property
    def first_phase(self) -> str:
        """Return the phase the strategy starts in: `start`, or the first one written."""
        return self.start or next(iter(self.phases))
