"""The data that ships with outgrow, read one provider at a time.

A file belongs to the provider its name starts with: `aws_ec2.csv` and
`aws_platform.csv` are both read for `aws`, and nothing else is.
"""

from __future__ import annotations

from pathlib import Path

from outgrow.catalog.parse_rows import parse_rows
from outgrow.catalog.rates import Rate

# Not importlib.resources: importing it takes 20 ms, half of what the whole catalogue takes.
_DATA = Path(__file__).with_name("data")
_OFFERINGS = _DATA / "offerings"

# One file of several small providers; every other file is named after its only one.
_SHARED_FILES = {"datadog": "observability", "new_relic": "observability"} | {
    "grafana_cloud": "observability"
}


def packaged_rates(provider: str) -> tuple[Rate, ...]:
    """Return the packaged rows of `provider`, spelt as in the rows (`fly_io`)."""
    wanted = {provider, _SHARED_FILES.get(provider, provider)}
    return tuple(
        rate
        for path in _csv_files()
        if any(_belongs(path.stem, name) for name in wanted)
        for rate in parse_rows(path.read_text("utf-8"), path.name)
        if rate.provider == provider
    )


def packaged_offerings(provider: str) -> str | None:
    """Return the TOML text of the offerings of `provider`, spelt as in ids (`fly`)."""
    path = _OFFERINGS / f"{provider}.toml"
    return path.read_text("utf-8") if path.is_file() else None


def packaged_providers() -> tuple[str, ...]:
    """Return the first part of every offering id, sorted."""
    return tuple(sorted(path.stem for path in _OFFERINGS.glob("*.toml")))


def _csv_files() -> list[Path]:
    return sorted(_DATA.glob("*.csv"))


def _belongs(stem: str, name: str) -> bool:
    return stem == name or stem.startswith(f"{name}_")
