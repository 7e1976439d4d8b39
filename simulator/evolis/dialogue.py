"""The talking half of an Evolis printer: queries and settings in, texts out, and the faults of replies.

Texts and sensors as in evolis.md §3 and §6; what moves a card is `evolis/receiver.py`. In which error mode a
command is answered, and by what, is §3, §6 and §7; that mode 0 is silent is our reading of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulator import hands
from simulator.body import Body
from simulator.dialogue import Dialogue, Host

OK = "OK"
UNKNOWN, BAD = "ERROR CDE", "ERROR PARAMETRES"
NEED_CLEANING = "NEED CLEANING"
CLOSED, OPEN, EXIT_FREE = "5,00 Volts", "0,00 Volts", "0,21 Volts"
SENSOR_IDLE = "2,50 Volts"
PRINTER_MODE, HOST_MODE, SIGN_MODE = 0, 2, 4
MODES = (0, 1, 2, 3, 4, 5, 16, 18, 38)
# NACK letters of mode 4 by error (§6); a mechanical one is T.
LETTERS = {"cover-open": "C", "not-drawn": "F", "ribbon-end": "R", "wrong-ribbon": "R"}
# Set-up commands that are taken and change nothing that can be seen here (§3).
TAKEN = (
    "Pmi", "Pc", "Pl", "Ps", "Pdt", "Px", "Py", "Prm", "Pro", "Prs", "Pbm", "Pmk", "Ppk", "Pmc", "Pmt", "Pmd",
    "Ppws", "Pcom", "Pcim", "Pcem", "Pneab", "Pcrm", "Pbc", "Psmgr", "Pkey", "Mr", "Wcb",
)  # fmt: skip


@dataclass(frozen=True)
class Own:
    """The `[evolis]` table of a device file. `saves_mode`: whether Pem;n;s outlives power."""

    type_text: str
    ribbon: str
    rejects: bool = False
    saves_mode: bool = True
    cleaning_after: int = 1000


def own_of(table: Mapping[str, object]) -> Own:
    """Read the table; a TypeError for a key that is none."""
    return Own(**table)  # type: ignore[arg-type]


class EvolisDialogue(Dialogue):
    """The queries and settings of evolis.md §3 and §6."""

    # In no encoding that a host expects, either.
    wrong_answer = b"\xe9\x9c\x80 PRINTER?\0"

    def __init__(self, host: Host, body: Body) -> None:
        super().__init__(host, body)
        self.own = own_of(body.spec.own)
        self.mode = self.saved_mode = PRINTER_MODE
        self._last_clean = 0
        self._set_mode(PRINTER_MODE)

    @property
    def along_a_line(self) -> bool:
        """Not by USB: no reset by which a host could end a panel that is not taken."""
        return self._host.attach != "usbip"

    # ------------------------------------------------------------------ modes
    def power_on_mode(self) -> None:
        """Power was lost: the saved mode holds again."""
        self._set_mode(self.saved_mode)

    def _set_mode(self, mode: int) -> None:
        """With the printer in charge (0) it prints a card again by itself once the cause is gone (§7)."""
        self.mode = mode
        alone = mode == PRINTER_MODE
        habits = replace(self._body.spec.habits, repeats=alone, repeats_by_itself=alone)
        self._body.spec = replace(self._body.spec, habits=habits)

    def _error_mode(self, words: tuple[str, ...]) -> str:
        if len(words) < 2 or not words[1].isdecimal() or int(words[1]) not in MODES:
            return BAD
        self._set_mode(int(words[1]))
        if words[2:] == ("s",) and self.own.saves_mode:
            self.saved_mode = self.mode
        return OK

    # ------------------------------------------------------------------ answering
    def error_text(self) -> str:
        """What the printer says of its state: its error, else OK."""
        error = self._body.error
        return OK if error is None else self._spec.errors[error]

    def say(self, text: str) -> None:
        """The answer to a command: a text, a sign, or nothing, as the error mode says."""
        if self.mode == PRINTER_MODE:
            return
        if self.mode == SIGN_MODE:
            self._reply("query", b"\x06" if text == OK else f"\x15{self._letter(text)}".encode())
            return
        self._reply("query", _framed(text), lie=_framed(OK))

    def _letter(self, text: str) -> str:
        if text in (UNKNOWN, BAD):
            return "1" if text == UNKNOWN else "2"
        return LETTERS.get(self._body.error or "", "T")

    def set_up(self, words: tuple[str, ...]) -> None:
        """One command that moves nothing, or one query."""
        name = words[0]
        if name.startswith("R"):
            self._query(words)
        elif name == "Pem":
            self.say(self._error_mode(words))
        elif name == "Pr":
            fits = words[1:] == (self.own.ribbon,)
            self.say(OK if fits else "ERR BAD RIBBON")
        elif name in TAKEN:
            self.say(OK)
        elif name == "Scp":
            hands.clean(self._body)
            self._last_clean = self._body.tally.prints
            self.say(self.error_text())
        elif name in ("St", "Stt"):
            hands.test_print(self._body)
            self.say(self.error_text())
        else:
            self.say(UNKNOWN)

    def _query(self, words: tuple[str, ...]) -> None:
        """Queries are answered in every mode."""
        text = self._told(";".join(words))
        counts = words[0] == "Rco" and text.isdecimal()
        lie = str(max(0, int(text) - 1)) if counts else OK if words[0] == "Rlr" else text
        self._reply("counter" if counts else "query", _framed(text), _framed(lie))

    @property
    def _hides_path(self) -> bool:
        return "path-empty" in self._spec.habits.lies

    def _told(self, query: str) -> str:
        body, tally = self._body, self._body.tally
        counter = body.counter()
        to_clean = self.own.cleaning_after - (tally.prints - self._last_clean)
        cleaning = NEED_CLEANING if to_clean <= 0 else OK
        no_ribbon = "ERR RIB DETECTION" if body.wrong_ribbon else ""
        values = {
            "Rfv": self._spec.firmware, "Rsn": self._host.serial, "Rtp": self.own.type_text,
            "Rkn": f"K{self._host.serial}", "Rmac": "02:00:00:00:00:01", "Rip": "127.0.0.1",
            "Rem": f"{self.mode},{self.saved_mode}", "Rzp": "0",
            "Rlr": self.error_text(), "Rlr;p": "CARD" if body.path and not self._hides_path else OK,
            "Rlr;c": cleaning, "Rlr;r": cleaning,
            "Rse;o": OPEN if body.cover_open else CLOSED,
            "Rse;f": CLOSED if body.hopper else OPEN, "Rse;b": EXIT_FREE,
            "Rco;p": str(tally.prints * len(self.own.ribbon)), "Rco;n": str(tally.cleanings),
            "Rco;c": UNKNOWN if counter is None else str(counter),
            "Rco;a": str(self.own.cleaning_after), "Rco;m": str(self.own.cleaning_after),
            "Rco;l": str(max(0, to_clean)), "Rco;r": str(max(0, to_clean)),
            "Rr": self.own.ribbon, "Rcr": OK, "Rrt;zone": no_ribbon or "0",
            "Rrt;qty": no_ribbon or str(self._spec.habits.ribbon_prints),
            "Rrt;count": no_ribbon or str(max(0, body.ribbon)),
        }  # fmt: skip
        values |= {f"Rse;{letter}": SENSOR_IDLE for letter in "cmprM"}
        return values.get(query, UNKNOWN)


def _framed(text: str) -> bytes:
    return text.encode("latin-1", "replace") + b"\0"
