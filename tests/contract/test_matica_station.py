"""A Matica card through the real station over USB/IP: two processes, hands at the printer, the world as judge.

Slow: both processes start, and the printer moves at thirty times its speed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.judge import differences
from tests.process.office import Machine, opened
from tests.process.operator import Operator

pytestmark = pytest.mark.slow
SPEED = 30.0


def test_a_jam_spoils_one_card_and_the_next_bears_its_own_picture(tmp_path: Path) -> None:
    """The first card's picture lies on the film when it jams at its turn-over; then all goes well."""
    with opened(tmp_path, (Machine("matica", "xid580i"),), SPEED) as office:
        office.arm("matica", fault="jam", phase="flip")
        job = office.job()
        office.until(lambda: "media-jam" in office.reasons("matica"), "the jam is shown")
        office.hand("matica", "clear-jam")
        Operator(office).see_through(job)
        shown = office.show(job)
        assert shown["state"] == "completed"
        evidence = shown["evidence"]
        assert (evidence["rule"], evidence["path"], evidence["serial"]) == (3, False, "SIM00001")
        printer = office.printer("matica")
        assert (printer["family"], printer["reasons"]) == ("matica", [])
        assert [s["name"] for s in printer["supplies"]] == ["film", "ribbon YMCK", "hopper"]
        jammed, printed = office.made()
        assert (jammed.whole, jammed.place) == (False, "hand")
        assert (printed.whole, printed.place) == (True, "output")
        assert printed.reference == job["reference"]
        assert differences(office, [job]) == []


def test_a_unit_that_counts_cards_is_calibrated(tmp_path: Path) -> None:
    with opened(tmp_path, (Machine("matica", "xid580i", blanks=0),), SPEED) as office:
        office.receive_and_load("matica", 3, "specimen")
        office.fill("matica", 3)
        office.stop_daemon()
        done = office.command("printer", "calibrate", "matica", "--by", "ani")
        assert done.returncode == 0, done.stderr
        written = office.config.read_text()
        assert 'counter = "eject"' in written and "path_sensor = true" in written
        assert sorted(card.place for card in office.made()) == ["output", "output", "reject"]
        office.start_daemon()
        assert office.get("/stock")["specimen"] == {"spoiled": 3}
        assert office.command("audit").returncode == 0
