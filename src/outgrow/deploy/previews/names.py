"""What a preview is called: in its host name, its containers and its database."""

from __future__ import annotations

import hashlib
import re

from outgrow.errors import InputError

# A host name's label may have 63 characters, a database's name 63 bytes; both carry more.
_LONGEST = 32
_MARK = 4
NAME = "{name}"


def preview_name(given: str) -> str:
    """Return the name of the preview for a branch, or for a pull request (`42`, `#42`).

    It is a DNS label. Whatever had to be changed is told apart by a hash, so that `fix/a` and
    `fix-a` never share a database. Raises InputError when nothing is left of it.
    """
    number = re.fullmatch(r"#?(\d+)", given.strip())
    if number is not None:
        return f"pr-{int(number[1])}"
    slug = re.sub(r"[^a-z0-9]+", "-", given.lower()).strip("-")
    if not slug:
        raise InputError(
            f"{given!r} cannot be the name of a preview",
            "Say a branch, or a pull request's number.",
        )
    if slug == given and len(slug) <= _LONGEST and not re.fullmatch(r"pr-\d+", slug):
        return slug
    mark = hashlib.sha256(given.encode()).hexdigest()[:_MARK]
    return f"{slug[: _LONGEST - _MARK - 1].rstrip('-')}-{mark}"


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


def database_name(name: str) -> str:
    """Return what the database, the schema and the role of a preview are called."""
    return f"preview_{name.replace('-', '_')}"
