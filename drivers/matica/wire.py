"""The Matica language as pure bytes: bulk-only frames, command blocks, answers (sheet matica-xid.md).

No I/O, no clock and no model names. Frames: USB Mass Storage Class, Bulk-Only Transport 1.0 §5; blocks
are 16 bytes here, of which the frame says that the first 6 or 10 count.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from drivers.contract import NotUnderstood

BLOCK_BYTES = 16
FRAME_BYTES = 31
STATUS_BYTES = 13
_FRAME = struct.Struct("<4sIIBBB16s")
_STATUS = struct.Struct("<4sIIB")
_INTO_HOST = 0x80

#: Answers by op: bytes of the IN stage.
SENSE_BYTES, IDENTITY_BYTES, COUNTERS_BYTES, POSITION_BYTES = 20, 96, 52, 8
MODE_BYTES = {0x28: 64, 0x68: 64, 0x63: 44, 0x2A: 14, 0x6A: 14}
JOB_PAGE, STORED_PAGE, RIBBON_PAGE = 0x28, 0x68, 0x63
STORED_MORE_PAGE = 0x6A
#: Of the stored settings these are no settings: film, ribbon, blanks in the hopper.
_GAUGES_AT = slice(0x33, 0x36)

_IMMEDIATE, _FLIP, _FILM_INIT = 1, 2, 4
#: Panel numbers of op 2A and panel bits of op 31 08; the three dyes have one bit together.
PANELS = {"Y": 3, "M": 2, "C": 1, "K": 0}
DYE_BIT, RESIN_BIT = 2, 4
SECOND_BUFFER = 8
#: Ribbon types of mode page 63.
RIBBONS = {0: "YMCK", 4: "YMCKK", 5: "YMCKU"}


class Op(IntEnum):
    """First byte of a command block."""

    TEST_READY = 0x00
    SENSE = 0x03
    IDENTITY = 0x12
    MODE = 0x1A
    PANEL = 0x2A
    ACTION = 0x31
    POSITION = 0x34
    COUNTERS = 0x4D


class Action(IntEnum):
    """Second byte of op 31: what moves."""

    LOAD = 0x01
    PRINT = 0x08
    TRANSFER_EJECT = 0x09
    TRANSFER_FLIP = 0x0A
    MOVE = 0x0B


class Place(IntEnum):
    """Where a card can be."""

    PRINT = 0
    REJECT = 4
    EJECT = 5


# ------------------------------------------------------------------------------------------ out
def frame(tag: int, block: bytes, out: int, into: int) -> bytes:
    """The 31 bytes before a command; at most one of the two data stages is not empty."""
    flags = _INTO_HOST if into else 0
    return _FRAME.pack(b"USBC", tag, out or into, flags, 0, block_length(block), block)


def block_length(block: bytes) -> int:
    """10 for 31, 32 and 34 and where bytes 6-8 are used, else 6."""
    return 10 if block[0] in (0x31, 0x32, 0x34) or any(block[6:9]) else 6


def _block(op: int, **at: int) -> bytes:
    """A block from its bytes by place: `b4=20` is byte 4."""
    block = bytearray(BLOCK_BYTES)
    block[0] = op
    for place, value in at.items():
        block[int(place[1:])] = value
    return bytes(block)


def sense() -> bytes:
    """Ask for the state, or for what was wrong with the last command."""
    return _block(Op.SENSE, b4=SENSE_BYTES)


def identity() -> bytes:
    return _block(Op.IDENTITY, b4=IDENTITY_BYTES)


def counters() -> bytes:
    return _block(Op.COUNTERS, b2=0x78, b8=COUNTERS_BYTES)


def position() -> bytes:
    return _block(Op.POSITION)


def mode(page: int) -> bytes:
    return _block(Op.MODE, b2=page, b4=MODE_BYTES[page])


def load() -> bytes:
    """Draw a card to the print position, the film wound on to a part that bears nothing.

    Film init with every load, as in the capture of the sheet's source (usb.txt there: 31 01 01 00 04): a
    picture that a broken-off card left on the film must not come onto the next one.
    """
    return _block(Op.ACTION, b1=Action.LOAD, b2=_IMMEDIATE, b4=_FILM_INIT, b7=Place.PRINT)


def move(to: Place, *, flip: bool = False, film_init: bool = False) -> bytes:
    flags = (_FLIP if flip else 0) | (_FILM_INIT if film_init else 0)
    return _block(Op.ACTION, b1=Action.MOVE, b2=_IMMEDIATE, b4=flags, b7=to)


def print_panels(letters: str, buffer: int) -> bytes:
    """Put what a buffer holds onto the film."""
    bits = _IMMEDIATE | (RESIN_BIT if "K" in letters else 0)
    bits |= DYE_BIT if set("YMC") & set(letters) else 0
    return _block(Op.ACTION, b1=Action.PRINT, b2=bits, b4=buffer)


def transfer_flip() -> bytes:
    return _block(Op.ACTION, b1=Action.TRANSFER_FLIP, b2=_IMMEDIATE)


def transfer_eject() -> bytes:
    return _block(Op.ACTION, b1=Action.TRANSFER_EJECT, b2=_IMMEDIATE)


def panel(letter: str, buffer: int, size: int) -> bytes:
    """Fill one panel of an image buffer: nothing moves."""
    number = PANELS[letter] + SECOND_BUFFER * buffer
    block = bytearray(_block(Op.PANEL, b2=number))
    block[5:9] = size.to_bytes(4, "big")
    return bytes(block)


# ------------------------------------------------------------------------------------------- in
@dataclass(frozen=True)
class CommandStatus:
    """The 13 bytes after a command. `residue`: bytes of the data stage that the device left over."""

    tag: int
    residue: int
    status: int


PASSED, FAILED = 0, 1


def command_status(data: bytes) -> CommandStatus | None:
    """None where these are no 13 status bytes."""
    if len(data) != STATUS_BYTES or not data.startswith(b"USBS"):
        return None
    _, tag, residue, status = _STATUS.unpack(data)
    return CommandStatus(tag, residue, status)


def sense_code(data: bytes) -> str:
    """The three bytes of a sense answer as six digits, `02D400`."""
    if len(data) < 14 or data[0] & 0x7F != 0x70:
        raise NotUnderstood(f"no sense data: {data[:20].hex()}")
    return f"{data[2]:02X}{data[12]:02X}{data[13]:02X}"


#: Where the identity has its versions: place and size.
VERSIONS = ((58, 13), (71, 8), (79, 8))


@dataclass(frozen=True)
class IdentityAnswer:
    """Op 12, blanks dropped."""

    maker: str
    type: str
    serial: str
    versions: tuple[str, ...]


def identity_answer(data: bytes, serial_at: int) -> IdentityAnswer:
    if len(data) < IDENTITY_BYTES:
        raise NotUnderstood(f"an identity of {len(data)} bytes")
    # The serial number may begin inside the type's 16 bytes; the type then ends before it.
    kind = _text(data, 16, min(16, serial_at - 16))
    if not kind:
        raise NotUnderstood(f"no type in the identity {data[:32].hex()}")
    versions = tuple(filter(None, (_lenient(data, at, size) for at, size in VERSIONS)))
    return IdentityAnswer(_lenient(data, 8, 8), kind, _text(data, serial_at, 8), versions)


def _text(data: bytes, at: int, size: int) -> str:
    """Words that something hangs on: printable ASCII, or nothing is understood."""
    text = data[at : at + size].strip(b"\0 ")
    if not all(0x20 <= byte < 0x7F for byte in text):
        raise NotUnderstood(f"no text at byte {at}: {text.hex()}")
    return text.decode("ascii")


def _lenient(data: bytes, at: int, size: int) -> str:
    """Words that are only shown."""
    text = data[at : at + size].decode("latin-1")
    return "".join(sign for sign in text if sign.isprintable()).strip()


def card_position(data: bytes) -> int | None:
    """Where the card is, None when none is inside: also at 4 and 5, which are outside for the sheet's source."""
    if len(data) < POSITION_BYTES:
        raise NotUnderstood(f"a position of {len(data)} bytes")
    if any(data[1:7]) or data[7] > Place.EJECT:
        raise NotUnderstood(f"no position: {data[:8].hex()}")
    return None if data[0] or data[7] in (Place.REJECT, Place.EJECT) else data[7]


def counter_values(data: bytes) -> dict[int, int]:
    """Op 4D by number: 0 total, 1 free, 2 head, 3 clean, 4 error."""
    if len(data) < COUNTERS_BYTES:
        raise NotUnderstood(f"counters of {len(data)} bytes")
    found: dict[int, int] = {}
    for number, size, value in struct.iter_unpack(">HHI", data[4:COUNTERS_BYTES]):
        if size == 4:
            found.setdefault(number, value)  # what follows the last entry is zeros
    if 0 not in found:
        raise NotUnderstood(f"no total in the counters {data[:12].hex()}")
    return found


@dataclass(frozen=True)
class Gauges:
    """Mode page 28 or 68: prints left on film and ribbon, whether blanks lie in the hopper; dots."""

    dpi: tuple[int, int]
    image: tuple[int, int]
    film: int
    ribbon: int
    cards: bool


def gauges(data: bytes) -> Gauges:
    if len(data) < MODE_BYTES[STORED_PAGE]:
        raise NotUnderstood(f"a mode page of {len(data)} bytes")
    words = struct.unpack_from(">32H", data)
    dpi, image = (words[4], words[5]), (words[16], words[17])
    return Gauges(dpi, image, data[0x33] * 10, data[0x34] * 2, data[0x35] == 0)


def fixed(data: bytes, page: int) -> str:
    """A mode page without what changes in daily work, as digits; what each byte means no source tells."""
    if len(data) < MODE_BYTES[page]:
        raise NotUnderstood(f"a mode page of {len(data)} bytes")
    kept = bytearray(data[: MODE_BYTES[page]])
    if page == STORED_PAGE:
        kept[_GAUGES_AT] = bytes(len(kept[_GAUGES_AT]))
    return kept.hex()


@dataclass(frozen=True)
class Ribbon:
    """Mode page 63."""

    type: int
    total: int
    lot: str


def ribbon(data: bytes) -> Ribbon:
    if len(data) < MODE_BYTES[RIBBON_PAGE]:
        raise NotUnderstood(f"a mode page of {len(data)} bytes")
    return Ribbon(data[6], int.from_bytes(data[8:10], "big"), _text(data, 12, 6))
