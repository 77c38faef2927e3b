"""`outgrow price`."""

from __future__ import annotations

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_DONE
from outgrow.operations.price import price_file


def run_price(path: str, *, explain: bool, as_json: bool) -> int:
    """Print every item of a price list, line by line."""
    priced = price_file(path)
    if as_json:
        print_json("price", priced)
        return EXIT_DONE
    from outgrow.cli.console import out
    from outgrow.cli.views.price_view import show_prices

    show_prices(out(), priced, explain)
    return EXIT_DONE
