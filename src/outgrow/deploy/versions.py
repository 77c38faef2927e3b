"""Names versions: the same artifact with the same variables always has the same id."""

from __future__ import annotations

import hashlib

from outgrow.deploy.values import Version

_ID_DIGITS = 10


def version_of(artifact: str, label: str = "", configuration: str = "") -> Version:
    """Return a version with an id made of what it consists of, safe as a DNS label."""
    content = f"{artifact}\n{configuration}".encode()
    digest = hashlib.sha256(content).hexdigest()[:_ID_DIGITS]
    return Version(f"v{digest}", artifact, label, configuration)
