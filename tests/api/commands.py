"""Running `printstation …` against the real API, over a cable that may lose answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from printstation.cli import main

Command = Callable[..., tuple[int, str, str]]


class Losing(httpx2.BaseTransport):
    """The station carries out each request; the first `times` answers are lost on the way back."""

    def __init__(self, inner: httpx2.BaseTransport, times: int) -> None:
        self.inner = inner
        self.left = times
        self.keys: list[str | None] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.keys.append(request.headers.get("Idempotency-Key"))
        answer = self.inner.handle_request(request)
        if self.left:
            self.left -= 1
            raise httpx2.ReadError("the cable was pulled")
        return answer


@pytest.fixture
def cable(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> Losing:
    """What every client of these tests sends its requests through."""
    losing = Losing(client._transport, 0)
    plain = httpx2.Client

    def over_the_cable(**options: Any) -> httpx2.Client:
        return plain(**{**options, "transport": losing})

    monkeypatch.setattr("printstation.cli.client.httpx2.Client", over_the_cable)
    return losing


@pytest.fixture
def command(
    cable: Losing,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Command:
    """Run `printstation …`; the exit code, what went to stdout, what went to stderr."""
    monkeypatch.chdir(tmp_path)
    for name in ("PRINTSTATION_URL", "PRINTSTATION_CONFIG", "PRINTSTATION_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        code = ended.value.code
        assert code is None or isinstance(code, int)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code or 0, out, err

    return run
