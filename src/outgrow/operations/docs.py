"""`outgrow docs`: the strategy document, written or compared with what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from outgrow.clients.files import write_whole
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE
from outgrow.operations.measured import read_usage
from outgrow.operations.opened import Opened
from outgrow.render.document.build import build_document
from outgrow.render.document.facts import facts_of, with_usage
from outgrow.render.document.files import document_files


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file of the document, and whether it already said the same."""

    path: Path
    current: bool


@dataclass(frozen=True, slots=True)
class DocumentFiles:
    """The files of a strategy document; `written` is False when they were only compared."""

    files: tuple[WrittenFile, ...]
    written: bool

    @property
    def exit_code(self) -> int:
        """Return 1 when a comparison found a file that is not current, else 0."""
        stale = any(not file.current for file in self.files)
        return EXIT_ANSWER_IS_NO if stale and not self.written else EXIT_DONE


def write_document(
    opened: Opened, folder: str, usage_paths: Sequence[str], now: datetime, *, only_compare: bool
) -> DocumentFiles:
    """Write the Markdown, the HTML page and the drawings into `folder`, or only compare them.

    Raises OutsideError when the disk refuses; each file is then whole, old or new.
    """
    facts = facts_of(opened.strategy, opened.independent_catalog)
    if usage_paths:
        usage = read_usage(usage_paths, [], now).until(now)
        facts = with_usage(facts, opened.independent_catalog, usage)
    files = []
    for rendered in document_files(build_document(facts)):
        path = Path(folder) / rendered.path
        current = path.is_file() and path.read_bytes() == rendered.text.encode()
        if not current and not only_compare:
            write_whole(path, rendered.text)
        files.append(WrittenFile(path, current))
    return DocumentFiles(tuple(files), written=not only_compare)
