"""A simulated Evolis printer without any driver: texts, error modes, physics, and the two ends of its line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.device import Setup
from simulator.office import Office, OfficeError

STATUS = Setup(0xA1, 1, 0, 0, 1)
SOFT_RESET = Setup(0x21, 2, 0, 0, 0)
BLANK = b"\x1bDbc;k;2;1016;" + b"\0" * 1016 + b"\r"
BLACK = b"\x1bDbc;k;2;1016;" + b"\xff" * 1016 + b"\r"


class Rig:
    """One printer, spoken to as a cable would."""

    def __init__(self, device: str = "dualys3-k", cards: int = 3) -> None:
        row = {"name": "p", "device": device, "serial": "SIM-7", "hopper": cards}
        self.office = Office([row], lambda: datetime(2026, 1, 1, tzinfo=UTC))
        self.printer = self.office.printer("p")
        self.now = 0.0

    def say(self, *commands: str | bytes) -> list[str]:
        """Each command with its answer, `(none)` where there is none."""
        answers = []
        for command in commands:
            data = command if isinstance(command, bytes) else b"\x1b" + command.encode() + b"\r"
            assert self.printer.bulk_out(1, data, self.now) == len(data)
            self.now += 0.1
            reply = self.printer.bulk_in(0x82, 512, self.now)
            answers.append("(none)" if reply is None else reply.rstrip(b"\0").decode("latin-1"))
        return answers

    def host_mode(self) -> None:
        assert self.say("Pem;2") == ["OK"]

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.printer.next_due(self.now)) is not None and due <= end:
            self.now = max(due, self.now)
            self.office.advance(self.now)
        self.now = end
        self.office.advance(end)

    def status(self) -> int:
        return self.printer.control(STATUS, b"", self.now)[0]

    def act(self, act: str) -> None:
        self.office.act("p", act, None, self.now)

    def arm(self, fault: str, **where: Any) -> None:
        self.office.arm("p", {"fault": fault, **where})

    def places(self) -> list[str]:
        return [card["place"] for card in self.office.world_json()["cards"]]


def test_queries() -> None:
    rig = Rig("primacy")
    assert rig.say("Rsn", "Rtp", "Rem", "Rlr", "Rlr;p", "Rse;o", "Rse;f", "Rse;b", "Rrt;count") == [
        "SIM-7",
        "Primacy",
        "0,0",
        "OK",
        "OK",
        "5,00 Volts",
        "5,00 Volts",
        "0,21 Volts",
        "200",
    ]
    assert rig.say("Rxx", "Rse;q") == ["ERROR CDE", "ERROR CDE"]


def test_commands_are_silent_until_the_host_is_in_charge() -> None:
    rig = Rig()
    assert rig.say("Pr;k", "Nonsense") == ["(none)", "(none)"]
    rig.host_mode()
    assert rig.say("Pr;k", "Pr;ymcko", "Nonsense", "Pem;9") == [
        "OK",
        "ERR BAD RIBBON",
        "ERROR CDE",
        "ERROR PARAMETRES",
    ]


def test_mode_four_answers_in_signs() -> None:
    rig = Rig()
    rig.host_mode()
    rig.say("Pem;4")
    assert rig.say("Pr;k", "Nonsense") == ["\x06", "\x151"]
    rig.act("open-cover")
    assert rig.say("Ss") == ["\x15C"]


def test_a_saved_mode_outlives_power_and_another_does_not() -> None:
    rig = Rig()
    assert rig.say("Pem;2", "Rem") == ["OK", "2,0"]
    rig.act("power-off")
    rig.act("power-on")
    assert rig.say("Rem", "Pem;2;s", "Rem") == ["0,0", "OK", "2,2"]
    rig.act("power-off")
    rig.act("power-on")
    assert rig.say("Rem") == ["2,2"]


def test_a_card_from_the_hopper_to_the_output() -> None:
    rig = Rig()
    rig.host_mode()
    assert rig.say("Pr;k", "Ss", "Sr", BLACK, "Se") == ["OK"] * 5
    assert rig.say("Rlr;p") == ["OK"]
    rig.wait(3)
    assert rig.say("Rlr;p") == ["CARD"]
    assert rig.status() == 0x08
    rig.wait(60)
    assert rig.places() == ["output", "hopper", "hopper"]
    assert (rig.status(), rig.say("Rlr;p", "Rco;c")) == (0x18, ["OK", "1"])


def test_panels_without_sr_draw_a_card_too() -> None:
    """evolis.md §5, SDK style: Ss, then downloads."""
    rig = Rig()
    rig.host_mode()
    rig.say("Ss", BLACK, "Se")
    rig.wait(60)
    assert rig.places()[0] == "output"


@pytest.mark.parametrize(
    ("fault", "phase", "text", "status"),
    [
        ("jam", "K", "CARD JAM", 0x00),
        ("cover-open", "heat", "COVER OPEN", 0x00),
        ("ribbon-end", "K", "ERROR RIBBON", 0x28),
        ("wrong-ribbon", "K", "ERR RIB DETECTION", 0x28),
        ("hopper-empty", "pick", "FEEDER EMPTY", 0x28),
        ("overheat", "K", "ERROR HEAD TEMP", 0x00),
        ("reject", "K", "ERROR REJECT", 0x00),
    ],
)
def test_errors_have_their_text_and_their_port_status(
    fault: str, phase: str, text: str, status: int
) -> None:
    rig = Rig()
    rig.host_mode()
    rig.arm(fault, phase=phase)
    rig.say("Ss", "Sr", BLACK, "Se")
    rig.wait(12)
    assert (rig.say("Rlr", "Ss"), rig.status()) == ([text, text], status)


def test_scs_clears_what_is_mended_and_keeps_the_card() -> None:
    rig = Rig()
    rig.host_mode()
    rig.arm("cover-open", phase="K")
    rig.say("Ss", "Sr", BLACK, "Se")
    rig.wait(20)
    assert rig.say("Scs") == ["COVER OPEN"]
    rig.act("close-cover")
    assert rig.say("Scs", "Rlr", "Rlr;p") == ["OK", "OK", "CARD"]
    rig.wait(60)
    assert rig.places() == ["path", "hopper", "hopper"]
    rig.say("Se")
    rig.wait(10)
    assert rig.places() == ["output", "hopper", "hopper"]


def test_a_soft_reset_drops_a_card_that_is_not_whole() -> None:
    rig = Rig()
    rig.host_mode()
    rig.say("Ss", "Sr")
    rig.printer.bulk_out(1, BLACK[:500], rig.now)
    rig.printer.control(SOFT_RESET, b"", rig.now)
    assert rig.say("Rsn") == ["SIM-7"]
    rig.wait(60)
    assert rig.places()[0] in ("hopper", "path")
    assert rig.office.picture("1", "front") is None


def test_a_flip_needs_a_flip_station() -> None:
    one, two = Rig("zenius"), Rig("primacy")
    for rig in (one, two):
        rig.host_mode()
    assert one.say("Ss", "Sr", BLANK, "Sv")[-1] == "OPT NOT AVAILABLE"
    assert two.say("Ss", "Sr", BLANK, "Sv", BLACK, "Se")[-3:] == ["OK"] * 3
    two.wait(60)
    assert two.office.picture("1", "back") is not None


def test_another_card_has_to_wait_for_the_one_before() -> None:
    rig = Rig()
    rig.host_mode()
    rig.say("Ss", "Sr", BLACK, "Se")
    assert rig.printer.bulk_out(1, b"\x1bSs\r", rig.now) is None
    rig.wait(60)
    assert rig.say("Ss") == ["OK"]


def test_a_broken_download_is_refused_in_words() -> None:
    rig = Rig()
    rig.host_mode()
    assert rig.say("Ss", "Sr", b"\x1bDbc;k;2;1016;" + b"\x52" * 1016 + b"\r") == [
        "OK",
        "OK",
        "ERROR PARAMETRES",
    ]


def test_how_a_printer_is_attached() -> None:
    row = {"name": "p", "device": "zenius", "attach": "serial"}
    office = Office([row], lambda: datetime(2026, 1, 1, tzinfo=UTC))
    assert office.printer("p").attach == "serial"
    with pytest.raises(OfficeError, match="attach is one of usbip, serial, tcp"):
        Office([{**row, "attach": "radio"}], lambda: datetime(2026, 1, 1, tzinfo=UTC))
