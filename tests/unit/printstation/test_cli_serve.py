"""`printstation serve` where its address goes to another in the moment of the start."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from printstation.cli import main
from printstation.cli.failure import REFUSED, Failure
from printstation.cli.serve import _run, bind
from printstation.config import Config
from printstation.station import open_station

HOST = "127.0.0.1"


def test_an_address_that_another_takes_while_this_one_starts_is_a_line(tmp_path: Path) -> None:
    """Two daemons on two data folders may bind one port as long as neither listens (SO_REUSEADDR)."""
    with bind(HOST, 0) as other:
        port = other.getsockname()[1]
        config = Config(data_dir=tmp_path, min_free_mb=0, listen=f"{HOST}:{port}")
        with bind(HOST, port) as ours:
            other.listen()
            with pytest.raises(Failure, match=f"cannot listen on {HOST}:{port}: ") as failure:
                _run(config, ours)
    assert failure.value.code == REFUSED
    open_station(config).stop(now=True)  # the folder was let go


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_anything_listens_ends_the_start_with_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """Killed by the signal would be a failure to whoever started it (`exactly-once.md` §11)."""

    def stopped(*_: object) -> socket.socket:
        signal.raise_signal(number)
        raise AssertionError("went on after the signal")

    config = tmp_path / "printstation.toml"
    config.write_text('data_dir = "data"\n')
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr("printstation.cli.serve.bind", stopped)
    monkeypatch.setattr("printstation.cli.serve.logs.set_up", lambda level: None)
    try:
        with pytest.raises(SystemExit) as ended:
            main(["--config", str(config), "serve"])
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert ended.value.code in (0, None)
