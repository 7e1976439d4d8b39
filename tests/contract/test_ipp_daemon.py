"""The daemon as an office starts it, at a real cupsd: a resident's card dot by dot, and the daemon's death.

Slow: the daemon starts, and a run has to last longer than the quickest printer.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.contract.cupsd_kit import Cupsd, needs_cupsd
from tests.contract.ipp_kit import unfinished
from tests.process.office import Machine, Office

pytestmark = [pytest.mark.slow, needs_cupsd]

#: `least_s` of the model is half a second then.
SPEED = 16.0
LONG_ENOUGH_S = 1.0


@pytest.fixture
def office(tmp_path: Path, server: Cupsd) -> Iterator[Office]:
    office = Office(tmp_path, (Machine("queue", "ipp-card"),), SPEED)
    office.write_config({"queue": server.uri})
    text = office.config.read_text()
    office.config.write_text(f"{text}backend_waits = true\n")
    try:
        office.start_daemon()
        office.receive_and_load("queue", 3)
        yield office
    finally:
        office.end()


def runs(office: Office, server: Cupsd, run: int = 1) -> None:
    """The card has been moving for as long as a card does."""
    office.until(lambda: len(server.starts()) == run and server.waits(), "the card moves")
    end = time.monotonic() + LONG_ENOUGH_S
    office.until(lambda: time.monotonic() > end, "the card is nearly done")


def face(office: Office, job: dict[str, Any]) -> Image.Image:
    """The front as the station shows it."""
    url = f"{office.daemon.url}/v1/jobs/{job['id']}/preview/front.png"
    return Image.open(io.BytesIO(httpx2.get(url, trust_env=False).content)).convert("RGB")


def test_the_queue_gets_the_very_dots_that_the_station_shows(office: Office, server: Cupsd) -> None:
    job = office.job()
    runs(office, server)
    server.open_gate(0)
    office.until(lambda: office.show(job)["state"] == "completed", "the job is completed")
    assert office.show(job)["evidence"]["rule"] == 3
    page = Image.frombytes("RGB", (638, 1011), server.printed()[1800:])
    assert page.transpose(Image.Transpose.ROTATE_270).tobytes() == face(office, job).tobytes()
    assert (len(server.starts()), office.questions()) == (1, [])
    assert office.command("audit").returncode == 0


def test_a_daemon_that_dies_in_mid_card_prints_no_second_one(office: Office, server: Cupsd) -> None:
    job = office.job()
    runs(office, server)
    office.kill_daemon()
    office.start_daemon()
    server.open_gate(0)
    question = office.until(lambda: [q for q in office.questions() if q["answers"]], "it asks")[0]
    assert (question["reason"], question["job"]) == ("card-fate", job["id"])
    office.until(
        lambda: not office.questions()[0]["evidence"]["may_still_move"], "the queue is cleared"
    )
    assert unfinished(server) == []
    office.act(f"/questions/{question['id']}/answer", {"card": "printed", "job": None, "by": "ani"})
    office.until(lambda: office.show(job)["state"] == "completed", "the job is completed")
    assert len(server.starts()) == 1
