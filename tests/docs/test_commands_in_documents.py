"""Every `outgrow` command that a page or a help text shows runs, and every flag exists.

Commands run in a copy of the examples, so that what they write is gone with the test. One that
names no example runs in the folder of one, as a reader's would in theirs.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import click
import pytest
import typer
from tests.commands import REPOSITORY, outgrow
from tests.docs.pages import commands, name_of, named_in_the_line, pages

from outgrow.cli.app import app

Words = tuple[str, ...]
ROOT = typer.main.get_command(app)
NOW = "2026-10-01"  # after the newest value of the recorded usage
ANSWER_YES_OR_NO = {"check", "status"}
WITH_A_MOMENT = ANSWER_YES_OR_NO | {"decide", "docs"}

# These are parsed and not run.
NEEDS_AN_ACCOUNT = {
    ("catalog", "refresh", "aws"): "asks the AWS Price List API, with the reader's credentials",
}


def leaves(command: click.Command, path: Words = ()) -> Iterator[tuple[Words, click.Command]]:
    """Return every command below `command` with the words that name it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
        return
    for name, one in below.items():
        yield from leaves(one, (*path, name))


def shown_in_help() -> Iterator[Words]:
    """Return the example at the end of each command's help."""
    for path, command in leaves(ROOT):
        words = (command.epilog or "").removeprefix("Example: outgrow ")
        assert words.startswith(" ".join(path)), f"outgrow {' '.join(path)} shows no example"
        yield tuple(shlex.split(words))


def shown() -> dict[Words, str]:
    """Return each command that is shown, and the first place that shows it."""
    found: dict[Words, str] = {}
    for page in pages():
        for words in commands(page):
            found.setdefault(words, name_of(page))
    for words in shown_in_help():
        found.setdefault(words, "--help")
    return found


SHOWN = shown()
# tests/integration/docker runs these, on an engine and images of its own.
NEEDS_DOCKER = {"up", "down", "ps", "logs"}
# tests/integration/test_profile.py runs these, on a service of its own.
NEEDS_A_SERVICE = {"profile"}
# tests/integration/test_env_exec.py runs this one, with secrets and programs of its own.
STARTS_A_PROGRAM = ("env", "exec")
# These need the files of docs/environments.md; tests/docs/test_environments_page.py runs them, and
# tests/integration/environments.
NEEDS_ENV_FILES = {("env", one) for one in ("check", "current", "switch", "undo")}
# tests/docs/test_partitions_page.py and tests/integration/shards run these, on their own servers.
NEEDS_A_DATABASE = {"partitions", "shards"}
# tests/integration/deploy runs these, on machines, proxies and databases of its own.
NEEDS_MACHINES = {"deploy", "rollback", "promote", "deploys", "lock", "preview"}
PARSED = [
    words
    for words in SHOWN
    if words[:3] in NEEDS_AN_ACCOUNT
    or words[0] in NEEDS_DOCKER | NEEDS_A_SERVICE | NEEDS_A_DATABASE | NEEDS_MACHINES
    or words[:2] in NEEDS_ENV_FILES | {STARTS_A_PROGRAM}
    or SHOWN[words] == "docs/environments.md"
]
RUN = [words for words in SHOWN if words not in PARSED]


def label(words: Words) -> str:
    return f"{SHOWN[words]}: {shlex.join(words)}"


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A folder with a copy of the examples."""
    shutil.copytree(REPOSITORY / "examples", tmp_path / "work" / "examples")
    return tmp_path / "work"


def folder_for(words: Words, examples: Path) -> Path:
    names_one = any(word.startswith("examples/") for word in words)
    return examples if names_one else examples / "examples" / "floyo"


def as_of_now(words: Words) -> Words:
    """Return `words` judged at a fixed moment, so that the outcome is the same tomorrow."""
    flags = ("--now", NOW) if words[0] in WITH_A_MOMENT and "--now" not in words else ()
    return (*words, *flags)


@pytest.mark.parametrize("words", RUN, ids=label)
def test_a_command_that_is_shown_runs(words: Words, examples: Path, tmp_path: Path) -> None:
    leaves_the_copy = [one for one in words if one.startswith(("/", "~")) or ".." in one]
    assert leaves_the_copy == [], "a command on a page writes and reads below the folder it is in"
    folder = folder_for(words, examples)
    ran = outgrow(*as_of_now(words), home=tmp_path, folder=folder)
    answers = (words[0] in ANSWER_YES_OR_NO or words[:2] == ("env", "current")) or (
        words[0] in {"docs", "render"} and "--check" in words
    )
    assert ran.code in ({0, 1} if answers else {0}), ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("words", PARSED, ids=label)
def test_a_command_that_needs_more_than_the_examples_is_understood(words: Words) -> None:
    path, command, rest = resolved(words)
    assert command.make_context(" ".join(path), list(rest)).params


def resolved(words: Words) -> tuple[Words, click.Command, Words]:
    """Return the command that `words` begin with, and the words after its name."""
    command: click.Command = ROOT
    for at, word in enumerate(words):
        below = getattr(command, "commands", None)
        if below is None or word.startswith("-"):
            return words[:at], command, words[at:]
        assert word in below, f"there is no `outgrow {' '.join(words[: at + 1])}`"
        command = below[word]
    return words, command, ()


NAMED = {
    words: name_of(page)
    for page in pages()
    for words in (*named_in_the_line(page), *commands(page))
    if words
}


@pytest.mark.parametrize("words", NAMED, ids=lambda words: f"{NAMED[words]}: {shlex.join(words)}")
def test_a_command_that_is_named_exists_with_its_flags(words: Words) -> None:
    _, command, rest = resolved(words)
    flags = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    own = takewhile(lambda word: word != "--", rest)  # what follows belongs to another program
    told = {word.split("=")[0] for word in own if word.startswith("-")}
    assert told - flags - {"--help"} == set()


def test_every_example_shows_how_it_is_checked_documented_and_rendered() -> None:
    for readme in sorted((REPOSITORY / "examples").glob("*/README.md")):
        verbs = {words[0] for words in commands(readme)}
        assert {"check", "cost", "docs", "render"} <= verbs, name_of(readme)
