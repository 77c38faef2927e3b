"""What keeps quiet while something worse of the same component is being said."""

from __future__ import annotations

from outgrow.render.alertmanager.routes import one_of
from outgrow.render.alerts.define import alerts_of
from outgrow.render.alerts.prometheus import alert_name
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Flow, Yaml

_IS_DOWN = "healthy_instances"
_AS_USERS_SEE_IT = ("latency", "ttfb", "lcp", "error_rate", "requests_per_second")


def inhibit_rules(system: System) -> list[Yaml]:
    """Return the rules of inhibition; `equal` keeps them within one component."""
    equal = Flow(["component", "region"] if len(system.regions) > 1 else ["component"])
    rules: list[Yaml] = [
        Commented(
            {
                "source_matchers": ['severity="page"'],
                "target_matchers": ['severity=~"warn|info"'],
                "equal": equal,
            },
            "Who is woken for a component knows that it is slow as well.",
        )
    ]
    down, silenced = _downs(system), _silenced(system)
    if down and silenced:
        rules.append(
            Commented(
                {
                    "source_matchers": [one_of("alertname", down)],
                    "target_matchers": [one_of("alertname", silenced)],
                    "equal": equal,
                },
                "What is down is slow and fails: one message says enough.",
            )
        )
    return rules


def _downs(system: System) -> list[str]:
    return [alert_name(r.name) for r in alerts_of(system).rules if r.metric == _IS_DOWN]


def _silenced(system: System) -> list[str]:
    rules = alerts_of(system).rules
    parts = {rule.part for rule in rules if rule.metric == _IS_DOWN}
    return [alert_name(rule.name) for rule in rules if rule.part in parts and _is_symptom(rule)]


def _is_symptom(rule: AlertRule) -> bool:
    return rule.metric.startswith(_AS_USERS_SEE_IT)
