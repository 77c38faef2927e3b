"""Every rule there is."""

from __future__ import annotations

from outgrow.analysis.lint import (
    alert_rules,
    capacity_rules,
    environment_rules,
    figure_rules,
    kit_rules,
    need_rules,
    offering_rules,
    range_rules,
    setting_rules,
)
from outgrow.analysis.lint.rule import Rule

RULES: tuple[Rule, ...] = (
    *offering_rules.RULES,
    *setting_rules.RULES,
    *range_rules.RULES,
    *capacity_rules.RULES,
    *need_rules.RULES,
    *environment_rules.RULES,
    *figure_rules.RULES,
    *alert_rules.RULES,
    *kit_rules.RULES,
)
