"""What each command does to a simulated Matica printer: block in, data and status out (matica-xid.md).

Knows buffers, sense and the body; no frames, tags or faults of replies. Numbers that the sheet does not
have (how long, which serial number) are the device file's or invented and marked so.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.bulkonly import FAILED, PASSED
from simulator.dialogue import Host
from simulator.faults import PANELS
from simulator.jobs import Page, Step
from simulator.matica.body import MaticaBody

GOOD, RESTARTED = "000000", "062800"
BAD_COMMAND, CARD_POSITION = "052000", "052600"
EMPTY, BUSY, PRINTING, WARMING = "02D000", "02D300", "02D400", "02DA00"
# Panel number of op 2A to the world's letter; the second buffer's are 8 higher.
LETTERS = {3: "B", 2: "G", 1: "R", 0: "K"}
DYES, RESIN = ("B", "G", "R"), "K"
IMMEDIATE = 1
REJECT, EJECT = 4, 5
NEVER = float("-inf")
# Invented, as the notes to the sheet's source show one: a film of 500 prints, a ribbon of 750 panels.
FILM_PRINTS, RIBBON_PANELS, LOT = 500, 750, b"SIM001"


@dataclass(frozen=True)
class Answer:
    """`held`: the status comes when the movement is over."""

    status: int = PASSED
    data: bytes = field(default=b"", repr=False)
    held: bool = False


REFUSED = Answer(FAILED)


class Commands:
    """One printer's command set, with the image buffers that outlive every host but not the power."""

    def __init__(self, host: Host, body: MaticaBody) -> None:
        self._host = host
        self._body = body
        self._spec = body.spec
        self._buffers: dict[tuple[int, str], bytes] = {}
        self._attention = False
        self._refusal = ""
        self._ordered = NEVER
        self._ops: dict[int, Callable[[bytes, bytes], Answer]] = {
            0x00: self._test_ready,
            0x03: lambda block, data: Answer(data=self._sense_data()),
            0x12: lambda block, data: Answer(data=self._identity()),
            0x15: lambda block, data: Answer() if len(data) == 32 else self._refuse(BAD_COMMAND),
            0x1A: lambda block, data: self._mode(block[2]),
            0x2A: self._panel,
            0x31: self._action,
            0x32: lambda block, data: self._station(),
            0x34: lambda block, data: Answer(data=self._position()),
            0x3C: lambda block, data: Answer(data=bytes.fromhex("020000000001")),
            0x4D: lambda block, data: Answer(data=self._counters()),
        }

    def run(self, block: bytes, data: bytes) -> Answer:
        """Carry one out, or refuse it; why is told to the next sense."""
        self._refusal = "" if block[0] != 0x03 else self._refusal
        if self._attention and block[0] not in (0x03, 0x12):
            return REFUSED
        known = self._ops.get(block[0])
        return known(block, data) if known is not None else self._refuse(BAD_COMMAND)

    def forget(self) -> None:
        """Power is gone; whoever asks next is told so."""
        self._buffers.clear()
        self._attention = True
        self._refusal = ""

    def _refuse(self, code: str) -> Answer:
        self._refusal = code
        return REFUSED

    # ------------------------------------------------------------------ state
    @property
    def working(self) -> bool:
        """Something moves, or is ordered and has not begun."""
        body = self._body
        ordered = body.next_step is not None
        return body.moving or (ordered and body.error is None)

    def _state(self) -> str:
        body = self._body
        if self.working and body.now >= self._ordered + self._spec.habits.ready_lag_s:
            name = body.phase.name if body.phase is not None else ""
            return PRINTING if name in PANELS else WARMING if name == "heat" else BUSY
        return GOOD if body.hopper else EMPTY

    def _sense_code(self) -> str:
        if self._refusal:
            code, self._refusal = self._refusal, ""
            return code
        if self._attention:
            self._attention = False
            return RESTARTED
        return self._body.tell_error() or self._state()

    def _sense_data(self) -> bytes:
        code = bytes.fromhex(self._sense_code())
        return bytes((0x70, 0, code[0], 0, 0, 0, 0, 0x0C, 0, 0, 0, 0, code[1], code[2])) + bytes(6)

    def _test_ready(self, _block: bytes, _data: bytes) -> Answer:
        good = self._body.error is None and self._state() == GOOD
        return Answer() if good else REFUSED

    # ------------------------------------------------------------------ words
    def _identity(self) -> bytes:
        own = self._spec.own
        data = bytearray(b" " * 96)
        data[:8] = bytes((0x00, 0x00, 0x02, 0x02, 91, 0, 0, 0))
        places = (
            (8, 8, self._spec.usb.manufacturer),
            (16, 16, str(own["type"])),
            # Its last characters: another unit of a name differs at the end (`swap_unit`).
            (int(own["serial_at"]), 8, self._host.serial[-8:]),
            (58, 13, self._spec.firmware),
        )
        for at, size, text in places:
            word = text.encode("ascii")[:size]
            data[at : at + len(word)] = word
        return bytes(data)

    def _position(self) -> bytes:
        body = self._body
        return bytes(7) + bytes((body.place,)) if body.inside else b"\x04" + bytes(7)

    def _counters(self) -> bytes:
        tally, total = self._body.tally, self._body.counter()
        # A device whose kind is `none` counts sides: a number that says nothing of cards.
        values = (tally.prints if total is None else total, 50, tally.prints, tally.cleanings, 0)
        rows = b"".join(struct.pack(">HHI", n, 4, v) for n, v in enumerate(values))
        return (bytes((0x38, 0, 0, 0x20)) + rows).ljust(52, b"\0")

    def _mode(self, page: int) -> Answer:
        geometry, body = self._spec.geometry, self._body
        if page in (0x28, 0x68):
            data = bytearray(64)
            data[:2] = bytes((0x2F, page))
            dpi = int(self._spec.own["dpi"])
            for at, value in ((8, dpi), (10, dpi), (32, geometry.dots), (34, geometry.lines)):
                data[at : at + 2] = value.to_bytes(2, "big")
            data[16:18] = (geometry.dots - 46).to_bytes(2, "big")
            data[18:20] = (geometry.lines - 50).to_bytes(2, "big")
            data[0x33], data[0x34] = FILM_PRINTS // 10, min(255, max(0, body.ribbon) // 2)
            data[0x35] = 0 if body.hopper else 1
            return Answer(data=bytes(data))
        if page == 0x63:
            kind = 0xFE if body.wrong_ribbon else int(self._spec.own["ribbon"])
            head = bytes((0x2B, 0, 0x10, 0, 0x23, 0x26, kind, 0))
            return Answer(data=(head + struct.pack(">HH", RIBBON_PANELS, 0) + LOT).ljust(44, b"\0"))
        return Answer(data=bytes(14)) if page in (0x2A, 0x6A) else self._refuse(BAD_COMMAND)

    # ------------------------------------------------------------------ images
    def _panel(self, block: bytes, data: bytes) -> Answer:
        buffer, number = divmod(block[2], 8)
        told = int.from_bytes(block[5:9], "big")
        geometry = self._spec.geometry
        right = told == len(data) == geometry.lines * geometry.dots
        if number not in LETTERS or buffer > 1 or not right:
            return self._refuse(BAD_COMMAND)
        self._buffers[buffer, LETTERS[number]] = data
        return Answer()

    def _page(self, bits: int, buffer: int) -> Page | None:
        """What op 31 08 prints: whatever the buffer holds, whosever it is."""
        letters = (*(DYES if bits & 2 else ()), *((RESIN,) if bits & 4 else ()))
        planes = {x: self._buffers[buffer, x] for x in letters if (buffer, x) in self._buffers}
        if not letters or len(planes) < len(letters) or bits & ~(IMMEDIATE | 2 | 4):
            return None
        side = "back" if self._body.flipped else "front"
        return Page(side, letters, planes=planes, complete=True)

    # ------------------------------------------------------------------ movements
    def _station(self) -> Answer:
        return Answer() if self._body.inside else self._refuse(CARD_POSITION)

    def _action(self, block: bytes, _data: bytes) -> Answer:
        body, action = self._body, block[1]
        if body.error is not None or self.working or body.blocked:
            return REFUSED
        if action == 0x01 and body.inside:
            return self._refuse(CARD_POSITION)
        if action == 0x01 and not body.hopper:
            return REFUSED  # its state is "no cards"
        if action != 0x01 and not body.inside:
            return self._refuse(CARD_POSITION)
        if not self._carry_out(action, block):
            return self._refuse(BAD_COMMAND)
        self._ordered = body.now
        return Answer(held=not block[2] & IMMEDIATE)

    def _carry_out(self, action: int, block: bytes) -> bool:
        body = self._body
        flip, film_init = bool(block[4] & 2), bool(block[4] & 4)
        if action == 0x01:
            body.load(flip, film_init)
        elif action == 0x08:
            page = self._page(block[2], block[4])
            if page is None:
                return False
            body.order([Step("heat"), *(Step(letter, page) for letter in page.letters)])
        elif action in (0x09, 0x0A, 0x0D):
            after = {0x09: [Step("eject")], 0x0A: [Step("flip")]}.get(action, [])
            body.order([Step("transfer"), *after])
        elif action == 0x0B and block[7] <= EJECT:
            out = {REJECT: "reject", EJECT: "eject"}.get(block[7])
            turn = [Step("flip")] if flip else []
            body.move_to(block[7] if out is None else body.place)
            body.order([*turn, *([Step(out)] if out else [])], film_init)
        else:
            return False
        return True


def ends_card(block: bytes) -> bool:
    """Whether this is the last command of a card."""
    out = block[1] == 0x09 or (block[1] == 0x0B and block[7] in (REJECT, EJECT))
    return block[0] == 0x31 and out


def begins_card(block: bytes) -> bool:
    """Whether this is the first command that moves a card."""
    return block[:2] == b"\x31\x01"
