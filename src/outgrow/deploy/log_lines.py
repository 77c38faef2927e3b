"""What the last lines of a program that does not work tell, as far as they are well known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

# A name as variables have it; without an underscore it could be any word that is shouted.
_NAME = r"(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"
_MISSING = (
    r"(?:(?:(?:is|was|are) )?(?:not set|not defined|missing|required|undefined|unset)"
    r"|must be (?:set|defined|given))"
)
DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.I)
_VARIABLES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"KeyError: ['\"](?:b')?{_NAME}['\"]",  # Python
        rf"key not found: \"{_NAME}\"",  # Ruby
        rf"required key {_NAME} missing value",  # Go
        rf"{_NAME}['\"`]? (?:environment variable |env var )?{_MISSING}\b",
        rf"(?i:missing|required|undefined|unset|no value for)[^A-Z\n]{{0,40}}['\"`]?{_NAME}\b",
        rf"(?i:environment variable|env var)s?:? ['\"`]?{_NAME}['\"`]?.{{0,30}}(?i:missing|not)",
    )
)
_FIELD = re.compile(rf"^\s*{_NAME}\s*$|^\s*(?P<field>[a-z][a-z0-9]*(?:_[a-z0-9]+)+)\s*$")
_FIELD_REQUIRED = re.compile(r"Field required|field required|value_error\.missing")

# Each pattern with what it means, and what to do; `{0}` is its first group. The first wins.
_KNOWN: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        DISK_FULL,
        "the disk it writes to is full",
        "Make room where its last lines say: `docker system df --verbose` shows what "
        "volumes and images take, `docker system prune` removes what nothing uses.",
    ),
    (
        re.compile(
            r"relation \"([^\"]+)\" does not exist|no such table: (\S+)|"
            r"Table '([^']+)' doesn't exist|column (\S+) does not exist|no such column: (\S+)",
        ),
        "the database has no {0}",
        "A migration is missing: name the command in `run.migrate`, and it runs before the new "
        "version starts; check that this migration is in the image.",
    ),
    (
        re.compile(
            r"unapplied migration|PendingMigration|[Mm]igrations are pending|"
            r"Can't locate revision identified by '([^']+)'|database is not up to date"
        ),
        "the database is not at the version of its schema",
        "Name the command of its migrations in `run.migrate`, and check that the image has "
        "every migration that the database has seen.",
    ),
    (
        re.compile(r"address already in use|EADDRINUSE", re.I),
        "its port is taken",
        "Two things of one container want the same port, or it starts its server twice.",
    ),
    (
        re.compile(
            r"password authentication failed for user|Access denied for user|"
            r"WRONGPASS|NOAUTH|invalid username-password pair",
            re.I,
        ),
        "a database refuses its user or password",
        "Check the variable with its address in this environment, and whether the password was "
        "changed since: `outgrow env check`.",
    ),
    (
        re.compile(
            r"could not translate host name|[Nn]ame or service not known|"
            r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (\S+)|[Nn]o such host|"
            r"Temporary failure in name resolution"
        ),
        "a name that it wants to reach is not known where it runs",
        "Check the host in its addresses (`outgrow env show`), and that it runs in the network "
        "of what it talks to.",
    ),
    (
        re.compile(
            r"(?:ECONNREFUSED|[Cc]onnection refused|could not connect to server).*?"
            r"(?:port )?(5432|6379|3306|27017|5672|9092)"
        ),
        "nobody answers at port {0}, which it needs to start",
        "Check that what listens there runs, and the address of it: inside a container, "
        "127.0.0.1 is the container itself.",
    ),
    (
        re.compile(r"No module named '?([\w.]+)'?|Cannot find module '([^']+)'"),
        "the image has no {0}",
        "Add it to the dependencies that the image installs, and build it again.",
    ),
    (
        re.compile(r"exec format error", re.I),
        "the image is made for another processor",
        "Build it for the machine it runs on: `docker build --platform linux/amd64` or arm64.",
    ),
    (
        re.compile(r"EACCES|[Pp]ermission denied:? ?'?(/[^\s':]+)?"),
        "it may not open what it needs",
        "Give its account the right in the image (`COPY --chown`), or let it write to a volume; "
        "a port below 1024 is not for it either.",
    ),
    (
        re.compile(r"JavaScript heap out of memory|java\.lang\.OutOfMemoryError|MemoryError"),
        "it has used up its memory",
        "Give it more (`needs.memory_gib_limit`), or let its runtime know of the limit.",
    ),
)


def told_by(lines: Sequence[str]) -> tuple[str, str] | None:
    """Return what is wrong and what to do, None when the lines tell nothing well known."""
    names = missing_variables(lines)
    if names:
        plural = len(names) > 1
        return (
            f"it misses the variable{'s' if plural else ''} {', '.join(names)}",
            f"Set {'them' if plural else 'it'} for this environment: under `environment` of the "
            "component, or under its `secrets`; `outgrow env check` then says whether each has a "
            "value.",
        )
    for line in reversed(lines):
        for pattern, what, remedy in _KNOWN:
            if (found := pattern.search(line)) is not None:
                named = next(filter(None, found.groups()), "what it needs")
                return what.format(named), remedy
    return None


def missing_variables(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the names of variables that the lines say are missing, each once."""
    return tuple(dict.fromkeys(_missing(lines)))


def _missing(lines: Sequence[str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        for pattern in _VARIABLES:
            if (found := pattern.search(line)) is not None:
                yield found["name"]
                break
        # pydantic writes the name on a line, and that it is required on the next one.
        if index and _FIELD_REQUIRED.search(line):
            field = _FIELD.match(lines[index - 1])
            if field is not None:
                yield (field["name"] or field["field"]).upper()
