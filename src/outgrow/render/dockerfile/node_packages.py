"""How the packages of a Node project are installed, by the lock file it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import basename, dirname, join


@dataclass(frozen=True, slots=True)
class Packages:
    """The commands of one package manager, and the files it needs for them."""

    files: tuple[str, ...]
    install: str
    prune: str
    runs: str  # what `npm run` is with this manager
    note: str = ""


# Corepack, part of Node's image, fetches the manager in the version package.json names.
_PNPM = "corepack enable && pnpm install --frozen-lockfile"
_YARN = "corepack enable && yarn install --frozen-lockfile"


def packages_of(installs_from: str | None) -> Packages:
    """Return how to install from `installs_from`; npm with its lock file when it is unknown."""
    path = installs_from or "package-lock.json"
    name, folder = basename(path), dirname(path)
    package = join(folder, "package.json")
    if name == "pnpm-lock.yaml":
        return Packages((package, path), _PNPM, "pnpm prune --prod", "pnpm run")
    if name == "yarn.lock":
        prune = "yarn install --production --frozen-lockfile --prefer-offline"
        return Packages((package, path), _YARN, prune, "yarn run")
    if name == "package.json":
        note = "Without a lock file two builds of the same source may differ."
        install = "npm install --no-audit --no-fund"
        return Packages((path,), install, "npm prune --omit=dev", "npm run", note)
    return Packages(
        (package, path), "npm ci --no-audit --no-fund", "npm prune --omit=dev", "npm run"
    )
