"""Loading `outgrow.yaml`: text to a checked Strategy, or every reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from pydantic import ValidationError

from outgrow.diagnostics import Diagnostic, Location, Path, Severity
from outgrow.errors import InvalidStrategy
from outgrow.strategy.fragments import FragmentReader, Read
from outgrow.strategy.phase_order import in_written_order
from outgrow.strategy.references import reference_problems, reference_warnings
from outgrow.strategy.strategy import Strategy
from outgrow.strategy.yaml_nodes import MappingNode, locate, locate_key, to_data
from outgrow.strategy.yaml_source import MAX_PROBLEMS


class SourceMap:
    """Where each value of a loaded strategy is written, in whichever file it came from."""

    def __init__(self, root: MappingNode) -> None:
        self._root = root

    def locate(self, path: Path) -> Location:
        """Return the place of `path`, or of its nearest written parent."""
        return locate(self._root, path)

    def locate_key(self, path: Path) -> Location:
        """Return the place of the last key of `path` rather than of its value."""
        return locate_key(self._root, path)


@dataclass(frozen=True, slots=True)
class LoadedStrategy:
    """A strategy with the place of every value, the files read, and what is doubtful in it."""

    strategy: Strategy
    source: SourceMap
    files: tuple[str, ...]
    warnings: tuple[Diagnostic, ...] = ()


def load_strategy(path: str, read: Read) -> LoadedStrategy:
    """Return the strategy at `path` and its fragments, all read through `read`.

    `read` returns a file's bytes and raises OSError. Raises InvalidStrategy with every
    problem found, and InputError when `path` cannot be read.
    """
    reader = FragmentReader(read)
    root = reader.read(path)
    if root is None or reader.problems:
        raise InvalidStrategy(_in_order(reader.problems))
    strategy = _validate(root)
    warnings = tuple(_in_order(reference_warnings(root)))
    return LoadedStrategy(strategy, SourceMap(root), tuple(reader.files), warnings)


def parse_strategy(text: str | bytes, name: str = "outgrow.yaml") -> LoadedStrategy:
    """Return the strategy in `text`; a fragment it extends counts as missing."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text

    def read(path: str) -> bytes:
        if path != name:
            raise FileNotFoundError(2, "no file can be read here")
        return data

    return load_strategy(name, read)


def _validate(root: MappingNode) -> Strategy:
    """Return the strategy in `root`, its values and references checked together."""
    problems: list[Diagnostic] = []
    strategy, count = None, 0
    try:
        strategy = Strategy.model_validate(to_data(root))
    except ValidationError as error:
        # Not needed for a valid file, and start-up time matters.
        from outgrow.strategy.invalid_values import value_diagnostics

        problems += value_diagnostics(error, root, Strategy, MAX_PROBLEMS)
        count = error.error_count()
    reported = {(problem.path, problem.location) for problem in problems}
    found = islice(reference_problems(root), MAX_PROBLEMS)
    problems += [one for one in found if (one.path, one.location) not in reported]
    if strategy is None or problems:
        raise InvalidStrategy(_in_order(problems, more=count > MAX_PROBLEMS))
    return in_written_order(strategy)


def _in_order(problems: Sequence[Diagnostic], more: bool = False) -> list[Diagnostic]:
    def position(problem: Diagnostic) -> tuple[str, int, int]:
        place = problem.location
        return (place.file, place.line, place.column) if place else ("", 0, 0)

    shown = sorted(problems, key=position)[:MAX_PROBLEMS]
    if more or len(problems) > MAX_PROBLEMS:
        reason = f"there are more problems than these {MAX_PROBLEMS}"
        remedy = "Correct these first."
        shown.append(Diagnostic(Severity.ERROR, "more-problems", reason, remedy))
    return shown
