"""What every test may use: the marker of its folder, and comparison with golden files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Hypothesis searches without a clock: a busy machine is no counterexample. CI tries the same cases
# each time, so that a change is judged by itself; a developer's machine goes on looking for new
# ones.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("developer", _UNTIMED)
settings.register_profile("ci", _UNTIMED, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "developer")

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what golden tests would compare with",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])


@pytest.fixture
def repository() -> Path:
    """The folder that holds pyproject.toml."""
    return REPOSITORY


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("tests/golden/cost/floyo.txt", text)`: fails unless the file holds `text`.

    The path is relative to the repository, so that packaged files (the JSON Schema) can be
    golden files too. Under `--update-golden` (`make golden`) the file is written instead.
    """
    update = request.config.getoption("--update-golden")

    def compare(path: str, text: str) -> None:
        file = REPOSITORY / path
        if update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        current = file.read_text(encoding="utf-8") if file.exists() else ""
        assert text == current, f"{path} is not current: run `make golden` and read the diff"

    return compare
