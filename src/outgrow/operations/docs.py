"""`outgrow docs`: the strategy document, written or compared with what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from outgrow.analysis.usage import Usage
from outgrow.clients.files import write_whole
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE
from outgrow.operations.measured import read_usage
from outgrow.operations.opened import Opened
from outgrow.render.document.build import build_document
from outgrow.render.document.facts import StrategyFacts, facts_of
from outgrow.render.document.html import to_html
from outgrow.render.document.markdown import to_markdown

MARKDOWN_FILE = "strategy.md"
HTML_FILE = "strategy.html"


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
    """Write the Markdown and the HTML document into `folder`, or only compare them.

    Raises OutsideError when the disk refuses; each file is then whole, old or new.
    """
    facts = facts_of(opened.strategy, opened.independent_catalog)
    if usage_paths:
        facts = _with_usage(facts, read_usage(usage_paths, [], now), now)
    document = build_document(facts)
    texts = {MARKDOWN_FILE: to_markdown(document), HTML_FILE: to_html(document)}
    files = []
    for name, text in texts.items():
        path = Path(folder) / name
        current = path.is_file() and path.read_bytes() == text.encode()
        if not current and not only_compare:
            write_whole(path, text)
        files.append(WrittenFile(path, current))
    return DocumentFiles(tuple(files), written=not only_compare)


def _with_usage(facts: StrategyFacts, usage: Usage, now: datetime) -> StrategyFacts:
    """Return `facts` with the last value of every metric recorded until `now`."""
    last = {name: series.last for name, series in usage.until(now).items()}
    known = {name: point for name, point in last.items() if point is not None}
    if not known:
        return facts
    as_of = max(instant for instant, _ in known.values()).date()
    return replace(facts, measured={name: value for name, (_, value) in known.items()}, as_of=as_of)
