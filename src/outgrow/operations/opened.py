"""Opens a strategy: the file, its fragments, the catalogue with the user's overlay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from outgrow.catalog.load import Catalog, load_catalog
from outgrow.clients.files import find_strategy, read_bytes
from outgrow.diagnostics import Diagnostic
from outgrow.errors import InputError
from outgrow.operations.overlay import user_overlay
from outgrow.strategy.load import LoadedStrategy, load_strategy
from outgrow.strategy.strategy import Strategy
from outgrow.topology.prices import catalogue_for


@dataclass(frozen=True, slots=True)
class Opened:
    """A strategy that could be read, with the catalogue that its prices come from.

    `catalog` carries the strategy's own offerings; `independent_catalog` does not, and is
    what the strategy can be checked against.
    """

    path: str
    loaded: LoadedStrategy
    catalog: Catalog
    independent_catalog: Catalog

    @property
    def strategy(self) -> Strategy:
        """Return the strategy itself."""
        return self.loaded.strategy

    def located(self, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Return `diagnostics` with the file, line and column of their paths."""
        return tuple(
            one if one.location else replace(one, location=self.loaded.source.locate(one.path))
            for one in diagnostics
        )

    def phase(self, name: str | None) -> str:
        """Return `name`, or the current phase; raise InputError for one that is not there."""
        if name is None:
            return self.strategy.current or self.strategy.first_phase
        return _known(name, self.strategy.phases, "phase")

    def addons(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return `names`, each checked to be an add-on of the strategy."""
        return tuple(_known(name, self.strategy.addons, "add-on") for name in names)

    def environment(self, name: str | None) -> str | None:
        """Return `name`, checked; None stands for production."""
        if name is None or name == self.strategy.production:
            return name
        return _known(name, self.strategy.environments, "environment")


def open_strategy(given: str | None) -> Opened:
    """Return the strategy at `given`, or the nearest upward.

    Raises InvalidStrategy with all that is wrong in it, InputError when there is none.
    """
    path = find_strategy(given)
    loaded = load_strategy(path, read_bytes)
    independent = user_overlay(load_catalog())
    return Opened(path, loaded, catalogue_for(loaded.strategy, independent), independent)


def _known(name: str, names: Iterable[str], what: str) -> str:
    known = list(names)
    if name in known:
        return name
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known) or 'none'}."
    raise InputError(f"there is no {what} {name!r}", hint)
