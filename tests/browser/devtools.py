"""Drives a page in headless Chromium over its DevTools protocol, through a pipe of its own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from time import monotonic
from typing import Any

import pytest
from tests.browser.chromium import browser_command

_ANSWER_SECONDS = 30
_ASK_AGAIN_SECONDS = 0.05


class Page:
    """One page of a browser; what happens in it is asked for and waited for."""

    def __init__(self, writes: int, reads: int) -> None:
        self._writes, self._reads = writes, reads
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; fails the test when the browser refuses it."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._last:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _message(self) -> dict[str, Any]:
        deadline = monotonic() + _ANSWER_SECONDS
        while b"\0" not in self._buffer:
            ready, _, _ = select([self._reads], [], [], max(deadline - monotonic(), 0))
            part = os.read(self._reads, 1 << 16) if ready else b""
            if not part:
                pytest.fail("the browser does not answer")
            self._buffer += part
        first, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        return message

    def open(self, url: str) -> None:
        """Go to a page; what is on it may come later."""
        self.call("Page.navigate", url=url)

    def value(self, expression: str) -> Any:
        """Return what an expression of JavaScript gives, awaited where it is a promise."""
        done = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Return an expression's value once it is true; fails the test when it stays false."""
        deadline = monotonic() + _ANSWER_SECONDS
        while monotonic() < deadline:
            found = self.value(expression)
            if found:
                return found
            select([], [], [], _ASK_AGAIN_SECONDS)
        shown = self.value("document.body.innerText")
        pytest.fail(f"not within {_ANSWER_SECONDS} s: {expression}\n{shown}")

    def type_into(self, selector: str, text: str) -> None:
        """Put the focus into a field and type, as a person does."""
        self.wait_for(f"document.querySelector({json.dumps(selector)}) !== null")
        self.value(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def click(self, text: str) -> None:
        """Press the button that says `text`."""
        says = f"one.textContent.trim().startsWith({json.dumps(text)})"
        buttons = f"[...document.querySelectorAll('button')].find(one => {says} && !one.disabled)"
        self.wait_for(f"Boolean({buttons})")
        self.value(f"{buttons}.click()")

    def resize(self, width: int, height: int, dark: bool = False) -> None:
        """Give the window a size and a scheme of colours."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        # Nothing that is measured is on its way from one look to another.
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.call("Emulation.setEmulatedMedia", features=[scheme, still])

    def screenshot(self, file: Path) -> None:
        """Save what is seen as a PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


@contextmanager
def browser_page(profile: Path) -> Iterator[Page]:
    """Yield a page of a browser that ends with the block."""
    to_read, writes = os.pipe()
    reads, to_write = os.pipe()
    # The protocol's pipe is file descriptors 3 and 4; a shell puts ours there.
    command = ["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "chromium"]
    process = subprocess.Popen(
        [*command, *browser_command(profile), "--remote-debugging-pipe"],
        pass_fds=(to_read, to_write),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_read)
    os.close(to_write)
    try:
        page = Page(writes, reads)
        page.call("Page.enable")
        yield page
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        os.close(writes)
        os.close(reads)
