"""`outgrow catalog list | show | search | refresh`."""

from __future__ import annotations

from collections.abc import Sequence

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE
from outgrow.operations import catalog
from outgrow.operations.catalog import ListedOffering


def run_list(prefix: str, kind: str | None, region: str, *, as_json: bool) -> int:
    """Print the offerings whose id begins with `prefix`."""
    return _show(catalog.list_offerings(prefix, kind, region), "catalog list", as_json)


def run_search(words: list[str], region: str, *, as_json: bool) -> int:
    """Print the offerings in which every word is found."""
    return _show(catalog.search_offerings(words, region), "catalog search", as_json)


def _show(listed: Sequence[ListedOffering], command: str, as_json: bool) -> int:
    if as_json:
        print_json(command, listed)
    else:
        from outgrow.cli.console import out
        from outgrow.cli.views.catalog_view import show_list

        show_list(out(), listed)
    return EXIT_DONE if listed else EXIT_ANSWER_IS_NO


def run_show(offering: str, region: str, *, as_json: bool) -> int:
    """Print one offering with prices, limits and capabilities."""
    shown = catalog.show_offering(offering, region)
    if as_json:
        print_json("catalog show", shown)
        return EXIT_DONE
    from outgrow.cli.console import out
    from outgrow.cli.views.catalog_view import show_one

    show_one(out(), shown)
    return EXIT_DONE


def run_refresh(provider: str, regions: list[str], *, as_json: bool) -> int:
    """Read current prices into the overlay."""
    from outgrow.cli.console import out, talk

    with talk().status(f"reading list prices of {provider} in {', '.join(regions)}"):
        refreshed = catalog.refresh(provider, regions)
    if as_json:
        print_json("catalog refresh", refreshed)
    else:
        out().print(f"{len(refreshed.rates)} prices written to {refreshed.path}", markup=False)
        if refreshed.skipped:
            talk().print(f"{refreshed.skipped} entries without a price that can be used left out")
    return EXIT_DONE
