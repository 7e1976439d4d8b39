"""What the whole station makes of printers that lie: never a card that nobody has to look at.

The kit catches these liars in the simulator's world, which no office has.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from printstation.acts import quality
from printstation.acts.quality import Checked
from printstation.diagnostics.calibrating import Calibration
from printstation.lifecycle.card import CardState
from printstation.station import Station
from printstation.store import cards
from tests.unit.printstation.diagnostics.calibration_kit import ANEW, NAME, Trial
from tests.unit.printstation.store.kit import rows


def printed_one(trial: Trial, station: Station) -> str:
    """An ordinary job, walked until it stands still; the card that it fed."""
    calibration = Calibration(station, trial.printer, "ani")
    job = calibration._post(1)
    with station.store.write() as tx:
        tx.conn.exec_driver_sql("UPDATE job SET test = 0, reason = NULL")
    station.rebuild(trial.driver)
    (worker,) = station.workers

    def look() -> None:
        (state,) = rows(station.store, f"SELECT state FROM job WHERE id = '{job}'")[0]
        station.stopping = state not in ("pending", "processing")

    trial.clock.on_wait = look
    worker.run()
    trial.clock.on_wait = None
    return str(rows(station.store, "SELECT id FROM card WHERE job IS NOT NULL")[0][0])


def test_a_printer_that_accepts_everything_and_prints_nothing_is_caught_by_the_eye(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial(tmp_path, monkeypatch, "liars/prints-nothing").stocked()
    station = trial.open()
    card = printed_one(trial, station)
    (blank,) = [each for each in trial.office.world.cards.values() if each.place == "output"]
    assert blank.blank, "the liar printed something"
    with station.store.read() as conn:
        found = cards.get(conn, card)
    # Every witness agrees; so it counts as printed, and is nobody's before a person held it.
    assert found is not None and found.state is CardState.PRINTED
    said = Checked("ani", accepted=False, cause="print-failed")
    quality.check(station.store, station.seal, ("specimen",), card, said, ANEW)
    assert rows(station.store, f"SELECT state, cause FROM card WHERE id = '{card}'") == [
        ("spoiled", "print-failed")
    ]
    station.stop(now=True)


def test_a_printer_without_a_serial_number_makes_questions_and_no_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial(tmp_path, monkeypatch, "liars/no-serial").stocked()
    station = trial.open()
    card = printed_one(trial, station)
    assert rows(station.store, f"SELECT state FROM card WHERE id = '{card}'") == [("fed",)]
    found = rows(station.store, "SELECT reason, closed_at IS NULL FROM question")
    assert found == [("card-fate", 1)]
    station.stop(now=True)


@pytest.mark.parametrize("device", ["liars/prints-twice", "liars/ready-early", "liars/keeps-job"])
def test_a_card_too_many_is_found_by_the_count(
    device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A calibrated counter contradicts a printer that makes more cards than were fed."""
    trial = Trial(tmp_path, monkeypatch, device, counter="pick").stocked()
    station = trial.open()
    printed_one(trial, station)
    made = trial.device.body.tally.picks
    asked = [reason for (reason,) in rows(station.store, "SELECT reason FROM question")]
    assert asked == ([] if made == 1 else ["card-fate"])
    assert len(trial.out()) >= 1 and NAME in trial.office.printers
    station.stop(now=True)
