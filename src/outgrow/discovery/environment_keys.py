"""Environment variables: those that code reads, and those that `.env.example` lists."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outgrow.discovery.compose_files import environment_lines
from outgrow.discovery.tree import Sources, folder_of, is_aside

_KEY = r"(?P<key>[A-Z][A-Z0-9_]{2,80})"
_CASTS = ("get", "str", "bool", "int", "list", "db", "db_url", "url", "cache", "cache_url", "dict",
          "json", "float", "path")  # fmt: skip
# Each begins with letters: such a pattern is found five times as fast as one with a choice.
_PYTHON = tuple(
    re.compile(reader + r"\s*[(\[]\s*[\"']" + _KEY + r"[\"']")
    for reader in (
        rf"env(?:iron|_var)?(?:\.(?:{'|'.join(_CASTS)}))?", "config", "required?", "must_get",
    )
)  # fmt: skip
_NODE = (re.compile(r"\.env(?:\.|\[[\"'])" + _KEY),)
_GO_RUBY = (
    re.compile(
        r"(?:os\.(?:Getenv|LookupEnv)\(|ENV(?:\.fetch\(|\[)|System\.getenv\(|env::var\()\s*[\"']"
        + _KEY
        + r"[\"']"
    ),
)
_SETTINGS = re.compile(
    r"class\s+\w+\([^)]*BaseSettings[^)]*\):(?P<body>(?:\n[ \t]+[^\n]*|\n[ \t]*)*)"
)
_FIELD = re.compile(
    r"^[ \t]+(?P<key>[A-Za-z][A-Za-z0-9_]{2,80})[ \t]*:[ \t]*(?P<type>[^=\n]+)(?P<default>=)?", re.M
)
_ENDS = {
    ".py": _PYTHON, ".js": _NODE, ".ts": _NODE, ".tsx": _NODE, ".jsx": _NODE, ".mjs": _NODE,
    ".cjs": _NODE, ".vue": _NODE, ".svelte": _NODE, ".go": _GO_RUBY, ".rb": _GO_RUBY,
    ".java": _GO_RUBY, ".rs": _GO_RUBY, ".kt": _GO_RUBY,
}  # fmt: skip
_MOST_KEYS = 2000  # a system that reads more is not described by listing them
_PLATFORM = frozenset(
    [
        "PATH",
        "HOME",
        "PWD",
        "USER",
        "SHELL",
        "LANG",
        "TERM",
        "NODE_ENV",
        "PORT",
        "CI",
        "DEBUG",
        "PYTHONPATH",
        "TMPDIR",
        "HOSTNAME",
        "TZ",
        "VIRTUAL_ENV",
        "DJANGO_SETTINGS_MODULE",
        "LOG_LEVEL",
        "HOST",
        "EDITOR",
        "npm_package_version",
    ]
)
_EXAMPLES = (".env.example", ".env.sample", ".env.template", "env.example", ".env.dist",
             "example.env", "sample.env", ".env-example", ".env.local.example", "template.env",
             ".env.development.example", ".env.production.example", ".env_example", "env.sample",
             ".env.default", ".env.defaults", ".env.development",
             ".env.production", ".env")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """A variable that something reads: the first place, and a default that may be written down."""

    name: str
    folder: str
    file: str
    line: int
    default: str | None
    listed: bool


def find_keys(sources: Sources) -> list[Key]:
    """Return each variable of each folder once, those of `.env.example` first."""
    found: dict[tuple[str, str], Key] = {}
    for path in sources.named(*_EXAMPLES):
        folder = folder_of(path)
        if is_aside(folder):
            continue
        private = path.rpartition("/")[2] in (".env", ".env.production")
        values = dict(environment_lines(sources.text(path)))
        for line, text in sources.lines(path):
            name = text.strip().removeprefix("export ").partition("=")[0].strip()
            if name in values:
                value = None if private else values[name]
                found.setdefault((name, folder), Key(name, folder, path, line, value, True))
    for path in sources.ending(*_ENDS):
        if len(found) < _MOST_KEYS and not is_aside(folder_of(path)):
            for key in _read(sources, path):
                found.setdefault((key.name, key.folder), key)
    return list(found.values())


def _read(sources: Sources, path: str) -> list[Key]:
    patterns = _ENDS[path[path.rindex(".") :]]
    text = sources.text(path)
    if (
        "env" not in text
        and "ENV" not in text
        and "config(" not in text
        and "BaseSettings" not in text
    ):
        return []
    found, line, counted = [], 1, 0
    for name, start in _first_places(patterns, text):
        line += text.count("\n", counted, start)
        counted = start
        found.append(Key(name, folder_of(path), path, line, None, False))
    if path.endswith(".py") and "BaseSettings" in text:
        for block in _SETTINGS.finditer(text):
            for one in _FIELD.finditer(block["body"]):
                name = one["key"]
                if name == "model_config" or name.startswith("_") or one["default"]:
                    continue
                line = text.count("\n", 0, block.start("body") + one.start("key")) + 1
                found.append(Key(name.upper(), folder_of(path), path, line, None, False))
    return found


def _first_places(patterns: tuple[re.Pattern[str], ...], text: str) -> list[tuple[str, int]]:
    """Return each key that is read with the first place that reads it, in the order of places."""
    first: dict[str, int] = {}
    for pattern in patterns:
        for match in pattern.finditer(text):
            key, start = match["key"], match.start("key")
            if key in _PLATFORM or start >= first.get(key, start + 1):
                continue
            if patterns is not _NODE or text.endswith(("process", "import.meta"), 0, match.start()):
                first[key] = start
    return sorted(first.items(), key=lambda item: item[1])
