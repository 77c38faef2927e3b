"""What a preview needs of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import SecretStr

from outgrow.deploy.previews.values import OwnData, Preview, PreviewPart
from outgrow.deploy.values import Evidence, Probe, Ran


class Databases(Protocol):
    """A server on which every preview gets data of its own. Each call may be repeated."""

    def make(self, name: str, kind: OwnData) -> SecretStr:
        """Return the address of a database or schema of that name, with a role of its own.

        What is in it already stays; the role gets a new password each time.
        """

    def drop(self, name: str, kind: OwnData) -> None:
        """Remove it with its data and its role, whoever is connected; absent is well too."""


class Containers(Protocol):
    """Where the components of previews run. Each call may be repeated."""

    def run_once(self, preview: Preview, part: PreviewPart, values: Mapping[str, SecretStr]) -> Ran:
        """Run the migrations of a part once, and wait."""

    def start(self, preview: Preview, part: PreviewPart, values: Mapping[str, SecretStr]) -> None:
        """Run a part with its image, in place of an older one of the same preview."""

    def probe(self, preview: Preview, part: PreviewPart) -> Probe:
        """Ask a part by its health check."""

    def evidence(self, preview: Preview, part: PreviewPart) -> Evidence:
        """Return what explains why a part does not work."""

    def stop(self, preview: Preview) -> None:
        """Remove everything that runs for a preview; absent is well too."""


class Addresses(Protocol):
    """The proxy in front of previews. Each call may be repeated."""

    def open(self, preview: Preview) -> Sequence[str]:
        """Send requests for the preview's host name to it; return the URLs."""

    def close(self, preview: Preview) -> None:
        """Send it nothing more; absent is well too."""
