"""The command line of slips, and of the correction of a card."""

from __future__ import annotations

import pytest

from tests.api.commands import Command
from tests.api.office import Office
from tests.api.test_slips import Told, accepted, worker
from tests.api.test_slips import printer as printer

ANI = ("--by", "Ani")


def test_a_slip_is_asked_for_printed_again_and_given_up(
    command: Command, office: Office, printer: Told
) -> None:
    office.stocked()
    card = accepted(office)
    said = command("slip", "print", card, *ANI)
    assert said[:2] == (0, f"slip T-0001 of card {card} is waiting\n")
    printer.gone = True
    assert not worker(office.station).one()
    assert "disconnected" in command("slip", "list", "--state", "waiting")[1]
    printer.gone = False
    assert worker(office.station).one()
    assert command("slip", "again", "T-0001", *ANI)[1].endswith("is waiting, a copy\n")
    assert command("slip", "cancel", "T-0001", *ANI)[0] == 0
    assert "canceled" in command("slip", "list", "--card", card)[1]
    code, _, err = command("slip", "again", "T-0009", *ANI)
    assert code == 1 and err.startswith("printstation: not-found")


@pytest.mark.parametrize(
    ("supervisor", "code", "says"), [("Ani", 1, "supervisor-needed"), ("Budi", 0, "")]
)
def test_a_correction_takes_two_persons(
    command: Command, office: Office, supervisor: str, code: int, says: str
) -> None:
    office.stocked()
    card = office.printed(office.job())
    said = ("--cause", "damaged", "--reason", "it is torn", "--supervisor", supervisor)
    done = command("card", "correct", card, "spoiled", *said, *ANI)
    assert done[0] == code and says in done[2]
    assert (office.get(f"/cards/{card}")["state"] == "spoiled") is (code == 0)
