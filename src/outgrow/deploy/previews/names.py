"""What a preview is called: in its host name, its containers and its database."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from outgrow.errors import InputError

# A host name's label may have 63 characters, a database's name 63 bytes; both carry more.
_LONGEST = 32
_MARK = 4
NAME = "{name}"


def preview_name(given: str) -> str:
    """Return the name of the preview for a branch, or for a pull request (`42`, `#42`).

    It is a DNS label. Whatever had to be changed is told apart by a hash, so that `fix/a` and
    `fix-a` never share a database. Accents are left out, and other letters than Latin ones
    become `branch`. Raises InputError where there is not one letter or digit.
    """
    number = pull_request(given)
    if number is not None:
        return f"pr-{number}"
    slug = re.sub(r"[^a-z0-9]+", "-", _latin(given).lower()).strip("-")
    if not slug and any(one.isalnum() for one in given):
        slug = "branch"
    if not slug or not given.isprintable():
        raise InputError(
            f"{given!r} cannot be the name of a preview",
            "Say a branch, or a pull request's number.",
        )
    if slug == given and len(slug) <= _LONGEST and not re.fullmatch(r"pr-\d+", slug):
        return slug
    mark = hashlib.sha256(given.encode()).hexdigest()[:_MARK]
    return f"{slug[: _LONGEST - _MARK - 1].rstrip('-')}-{mark}"


def pull_request(given: str) -> int | None:
    """Return the number of the pull request that `given` (`42`, `#42`) names, None for a branch."""
    number = re.fullmatch(r"#?([0-9]{1,9})", given.strip())
    return int(number[1]) if number is not None else None


def is_same_branch(one: str, other: str) -> bool:
    """Return whether both name the same branch, or the same pull request (`42`, `#42`)."""
    number = pull_request(one)
    return one == other if number is None else number == pull_request(other)


def preview_host(pattern: str, name: str) -> str:
    """Return the host name of a preview from `{name}.preview.example.com`.

    Raises InputError when every preview would have the same, or a label gets too long.
    """
    host = pattern.replace(NAME, name).lower()
    if NAME not in pattern:
        raise InputError(
            f"the host name of previews, {pattern!r}, is the same for all of them",
            "Write {name} into it: {name}.preview.example.com",
        )
    labels = host.split(".")
    good = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
    if len(host) > 253 or not all(good.fullmatch(label) for label in labels):
        raise InputError(
            f"{host!r} is no host name",
            "Each part of it has letters, digits and dashes, 63 at most.",
        )
    return host


def database_name(system: str, environment: str, name: str) -> str:
    """Return what the database, the schema and the role of a preview are called.

    Several strategies, and several environments of one, may use the same server: the hash at
    the end keeps them apart.
    """
    mark = hashlib.sha256(f"{system}/{environment}".encode()).hexdigest()[:_MARK]
    return f"preview_{name.replace('-', '_')}_{mark}"


def _latin(given: str) -> str:
    """Return `given` without its accents; what is no Latin letter then is left out."""
    return unicodedata.normalize("NFKD", given).encode("ascii", "ignore").decode()
