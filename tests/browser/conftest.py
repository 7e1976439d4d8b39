"""A station that answers a real browser, and the browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from printstation.api.app import create_app
from printstation.station import Station
from tests.api.conftest import client, office, station
from tests.browser.chromium import Tab, found

__all__ = ["client", "office", "station"]


@pytest.fixture
def url(station: Station) -> Iterator[str]:
    """The station over HTTP, beside the tests' own client."""
    found()
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(station), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    """A browser with one empty page."""
    tab = Tab(tmp_path / "profile")
    yield tab
    tab.close()
