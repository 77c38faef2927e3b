"""Opens a page in headless Chromium, with a profile of its own and without network."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_TIMEOUT_SECONDS = 60


def open_page(page: Path, profile: Path, width: int, *more: str, height: int = 900) -> str:
    """Return the page's elements as the browser has them after its scripts ran.

    `more` are further flags. Fails with what to install when there is no browser.
    """
    command = [
        *browser_command(profile),
        f"--window-size={width},{height}",
        *more,
        page.as_uri(),
    ]
    ran = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_SECONDS, check=True)
    return ran.stdout.decode()


def browser_command(profile: Path) -> list[str]:
    """Return the browser with its flags and the new folder `profile`.

    Fails with what to install when there is no browser.
    """
    browser = next((found for name in _NAMES if (found := which(name))), None)
    assert browser, "no Chromium: run scripts/install-chromium.sh or `apt-get install chromium`"
    profile.mkdir()
    return [browser, *_FLAGS, f"--user-data-dir={profile}"]


def with_script(html: str, script: str) -> str:
    """Return a copy of a page that may run `script`, which its own policy would forbid."""
    start, _, rest = html.partition('<meta http-equiv="Content-Security-Policy"')
    unbound = start + rest.partition(">")[2]
    assert unbound != html
    return unbound.replace("</body>", f"<script>{script}</script></body>")
