"""The containers or programs of previews, on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from outgrow.clients.instance import ask_instance
from outgrow.deploy.previews.values import Preview, PreviewPart
from outgrow.deploy.values import Evidence, Probe, Ran, Version
from outgrow.errors import OutsideError
from outgrow.operations.deploying.own_hosts.runner import Slot
from outgrow.operations.previewing.place import PreviewPlace

_PROBE_SECONDS = 3.0
_LISTENS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class PreviewMachine:
    """Runs the components of previews as deploys run versions, each in one place."""

    place: PreviewPlace

    def run_once(self, preview: Preview, part: PreviewPart, values: Mapping[str, SecretStr]) -> Ran:
        """Run the migrations of a part once, and wait."""
        runner = self.place.runner(preview, part.component, values)
        return runner.run_once(_version(preview, part), part.migrate)

    def start(self, preview: Preview, part: PreviewPart, values: Mapping[str, SecretStr]) -> None:
        """Run a part, in place of an older one: the password of its data is a new one."""
        slot = self.place.slot(preview, part.component)
        runner = self.place.runner(preview, part.component, values)
        runner.stop(slot)
        self._refuse_a_stranger(slot)
        runner.start(slot, _version(preview, part))

    def _refuse_a_stranger(self, slot: Slot) -> None:
        """Raise OutsideError when another program listens there: it would pass for the preview."""
        try:
            self.place.host.connect((slot.address, slot.port), _LISTENS_SECONDS).close()
        except OutsideError:
            return
        raise OutsideError(
            f"another program listens on port {slot.port}, which this preview needs",
            f"End it, or set environments/{self.place.system.environment}/previews/first_port.",
        )

    def probe(self, preview: Preview, part: PreviewPart) -> Probe:
        """Ask a part by its health check."""
        slot = self.place.slot(preview, part.component)
        _, route = self.place.route(part.component)
        path = route.part.health.path if route.part.health else None
        address = (slot.address, slot.port)
        asked = ask_instance(
            lambda seconds: self.place.host.connect(address, seconds), path, _PROBE_SECONDS
        )
        return Probe(part.component, asked.ok, asked.said, asked.seconds)

    def evidence(self, preview: Preview, part: PreviewPart) -> Evidence:
        """Return what explains why a part does not work."""
        found = self.place.runner(
            preview, part.component, self.place.no_data(part.component)
        ).explain(self.place.slot(preview, part.component))
        return Evidence(
            slot=part.component,
            probe=None,
            lines=found.lines,
            listening=found.listening,
            expected_port=found.expected_port,
            exit_code=found.exit_code,
            out_of_memory=found.out_of_memory,
        )

    def stop(self, preview: Preview) -> None:
        """Remove everything that runs for a preview."""
        slot = self.place.slot_to_empty(preview)
        for part in preview.parts:
            self.place.runner_to_stop(preview, part.component).stop(slot)


def _version(preview: Preview, part: PreviewPart) -> Version:
    return Version(preview.name, part.image, preview.branch)
