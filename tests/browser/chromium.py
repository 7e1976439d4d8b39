"""Debian's Chromium without a window: its command line, and its own protocol over a pipe for keys and looks."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import selectors
import shutil
import subprocess
import time
from collections import deque
from pathlib import Path
from typing import Any

import pytest

NAME = "chromium"
#: A cold start on a loaded machine of two cores took 4 s.
DEADLINE_S = 60.0
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
#: (key code, what it types) of the keys that an operator needs.
KEYS = {
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    "Space": (32, " "),
    "ArrowDown": (40, ""),
    "ArrowRight": (39, ""),
}


def found() -> str:
    """The browser; the test is skipped where it is not installed."""
    path = shutil.which(NAME)
    if path is None:
        pytest.skip(f"the Debian package {NAME} is not installed")
    return path


def run(profile: Path, url: str, *options: str) -> str:
    """What the browser prints for one page."""
    done = subprocess.run(
        [found(), *OPTIONS, f"--user-data-dir={profile}", *options, url],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=True,
    )
    return done.stdout


class Tab:
    """One page of a running browser."""

    def __init__(self, profile: Path) -> None:
        commands, self._out = os.pipe()
        self._in, answers = os.pipe()
        # The browser reads from 3 and writes to 4; out of the way first, or one could cover the other.
        high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in (commands, answers)]

        def place() -> None:
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self._process = subprocess.Popen(
            [found(), *OPTIONS, f"--user-data-dir={profile}", "--remote-debugging-pipe"],
            preexec_fn=place,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (commands, answers, *high):
            os.close(end)
        self._numbers = itertools.count(1)
        self._unread = b""
        self._events: deque[str] = deque(maxlen=1000)
        self._session: str | None = None
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self._ask("Page.enable")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    # ------------------------------------------------------------------ the protocol
    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            came = self._message()
            if came.get("id") == number:
                assert "error" not in came, came
                result: dict[str, Any] = came["result"]
                return result

    def _message(self) -> dict[str, Any]:
        end = time.monotonic() + DEADLINE_S
        while b"\0" not in self._unread:
            with selectors.DefaultSelector() as selector:
                selector.register(self._in, selectors.EVENT_READ)
                assert selector.select(end - time.monotonic()), "the browser says nothing"
            data = os.read(self._in, 1 << 16)
            assert data, "the browser ended"
            self._unread += data
        first, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        if "method" in message:
            self._events.append(message["method"])
        return message

    def _loaded(self) -> None:
        while "Page.loadEventFired" not in self._events:
            self._message()
        # `autofocus` is heeded when the page is drawn, which may be after it was loaded.
        drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        self._ask("Runtime.evaluate", expression=drawn, awaitPromise=True, returnByValue=True)

    # ------------------------------------------------------------------ a person
    def open(self, url: str) -> None:
        """Go to an address."""
        self._events.clear()
        self._ask("Page.navigate", url=url)
        self._loaded()

    def press(self, key: str) -> None:
        """One key, down and up."""
        code, text = KEYS[key]
        name = " " if key == "Space" else key
        about = {"key": name, "code": key, "windowsVirtualKeyCode": code}
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self._ask("Input.dispatchKeyEvent", **about, **down)
        self._ask("Input.dispatchKeyEvent", **about, type="keyUp")

    def leave_by(self, key: str) -> None:
        """A key that leads to another page."""
        self._events.clear()
        self.press(key)
        self._loaded()

    def type(self, text: str) -> None:
        """Text into what has the focus."""
        self._ask("Input.insertText", text=text)

    def width(self, width: int, height: int) -> None:
        """The size of the window."""
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def see(self, expression: str) -> Any:
        """What a look at the page tells; the page itself has no script."""
        seen = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in seen, seen
        return seen["result"].get("value")

    def tab_to(self, selector: str, most: int = 60) -> None:
        """Press Tab until this has the focus; each stop on the way must be seen to have it."""
        for _ in range(most):
            self.press("Tab")
            assert self.see("getComputedStyle(document.activeElement).outlineStyle") != "none"
            if self.see(f"document.activeElement.matches({json.dumps(selector)})"):
                return
        raise AssertionError(f"{selector} cannot be reached by the keyboard")
