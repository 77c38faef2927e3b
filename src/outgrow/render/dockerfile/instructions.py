"""Instructions of a Dockerfile as text, with everything that comes from a strategy escaped."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from posixpath import normpath
from textwrap import wrap

# Only root may use numbers below 1000, and a number means the same on every machine.
USER_ID = 10001
_COMMENT_WIDTH = 94
_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


def comment(text: str) -> list[str]:
    """Return `text` as comment lines; a line of it never becomes an instruction."""
    clean = _LINE_BREAKS.sub(" ", text).strip()
    return [f"# {line}" for line in wrap(clean, _COMMENT_WIDTH)]


def one_line(text: str) -> str:
    """Return `text` without what would end an instruction or continue it."""
    return _LINE_BREAKS.sub(" ", text).strip().rstrip("\\")


def exec_form(words: Sequence[str]) -> str:
    """Return a command as the JSON list that is run without a shell."""
    return json.dumps(list(words), ensure_ascii=False)


def command_words(command: Sequence[str]) -> list[str]:
    """Return what runs `command`: one text is for a shell, several words stand as they are."""
    return ["/bin/sh", "-c", command[0]] if len(command) == 1 else list(command)


def environment(values: Mapping[str, str]) -> str:
    """Return one ENV instruction; a `$` of a value stays a `$`."""
    written = [f"{key}={_quoted(value)}" for key, value in values.items()]
    return "ENV " + " \\\n    ".join(written)


def _quoted(value: str) -> str:
    clean = one_line(value)
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,=-]+", clean):
        return clean
    escaped = clean.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def run_shell(command: str) -> str:
    """Return a RUN instruction for a command that the strategy gives as one text."""
    return f"RUN {one_line(command)}"


def copy(sources: Sequence[str], target: str, *, stage: str = "", owner: str = "") -> str:
    """Return a COPY instruction, in its JSON form where a path has a blank in it."""
    flags = [f"--from={stage}"] * bool(stage) + [f"--chown={owner}"] * bool(owner)
    paths = [in_instruction(one_line(path)) for path in (*sources, target)]
    written = exec_form(paths) if any(re.search(r'[\s"\\\[]', one) for one in paths) else None
    return " ".join(["COPY", *flags, written or " ".join(paths)])


def in_instruction(path: str) -> str:
    """Return a path in which Docker replaces no variable."""
    return path.replace("$", "\\$")


def work_folder(path: str) -> str:
    """Return the instruction that makes a folder the current one."""
    return f"WORKDIR /{in_instruction(path)}"


def shell_quoted(text: str) -> str:
    """Return `text` as one word of a shell command within a RUN instruction."""
    return shlex.quote(one_line(text))


def context_folder(folder: str) -> str:
    """Return the build context relative to the strategy's folder, without `./` before it."""
    return one_line(normpath(folder))


def inside(*parts: str) -> str:
    """Return a path below the build context; one that leaves it stays at its top."""
    path = one_line(normpath("/" + "/".join(parts)).lstrip("/"))
    return path or "."
