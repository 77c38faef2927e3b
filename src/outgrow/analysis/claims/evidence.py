"""What claims are judged by: the strategy, and a catalogue that does not merely repeat it."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.catalog.load import Catalog
from outgrow.catalog.offering import Offering
from outgrow.strategy.strategy import Strategy
from outgrow.topology.prices import custom_offering


@dataclass(frozen=True, slots=True)
class Evidence:
    """The strategy and the catalogue its claims are checked against."""

    strategy: Strategy
    catalog: Catalog

    def offering(self, offering_id: str) -> Offering | None:
        """Return the offering in the strategy's region."""
        return self.catalog.offering(offering_id, self.strategy.region)


def evidence_for(strategy: Strategy, catalog: Catalog) -> Evidence:
    """Return the evidence: an own offering counts where the catalogue is silent or it has a source.

    Without a source, what the strategy says of `vercel/pro` is itself a claim.
    """
    own = [
        custom_offering(offering_id, custom, strategy.finance, catalog)
        for offering_id, custom in strategy.offerings.items()
        if custom.source or catalog.offering(offering_id, strategy.region) is None
    ]
    return Evidence(strategy, catalog.with_overlay(offerings=own) if own else catalog)
