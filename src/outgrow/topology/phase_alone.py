"""A phase as production would run it, whichever phase production is in now."""

from __future__ import annotations

from outgrow.strategy.strategy import Strategy


def production_of(strategy: Strategy, phase: str) -> Strategy:
    """Return `strategy` with production in `phase`.

    An environment that names a phase shows that one whichever is asked for. Where production
    does so, no other phase could be looked at on its own.
    """
    production = strategy.environments.get(strategy.production)
    if production is None or production.phase in ("current", phase):
        return strategy
    moved = production.model_copy(update={"phase": phase})
    environments = {**strategy.environments, strategy.production: moved}
    return strategy.model_copy(update={"environments": environments})
