"""The Magicard language as pure bytes: jobs and requests out, answers in (sheet magicard.md §2-§6).

No I/O, no clock and no model names: what differs between models comes in as data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drivers.contract import NotUnderstood

SOH, ETX, FS = b"\x01", b"\x03", b"\x1c"
LEADIN = b"\x05" * 64
SHORT_LEADIN = b"\x05" * 9
#: Longest answer that is waited for: the longest seen has 101 bytes (§6), INF is a list of fields.
MAX_ANSWER_BYTES = 4096
OK_CODE = "00:00"

_CODE = re.compile(r"(?<!\d)\d\d:\d\d(?!\d)")
_BUTTONS = re.compile(r"\(c([0-9A-Fa-f]{4})\)")


# ------------------------------------------------------------------------------------------ out
def request(word: str) -> bytes:
    """`REQ` with ERR, CAN, OKY, CLN, INF ...; no lead-in, as Windows sends it (§5 a)."""
    return SOH + f",REQ,{word},".encode("ascii") + FS + ETX


def single_query(key: str) -> bytes:
    """One of the older single-value queries: MSR, TCQ ... (§6; Rio/Tango only)."""
    return SHORT_LEADIN + SOH + f"REQ,STA,{key},".encode("ascii") + FS + ETX


def simple_command(word: str) -> bytes:
    """EJT, RST, TST (§6, "other simple commands")."""
    return SHORT_LEADIN + SOH + f"{word},".encode("ascii") + FS + ETX


def page_header(
    template: Sequence[str], values: Mapping[str, str | None], sizes: Mapping[str, int]
) -> bytes:
    """Lead-in, SOH and the tokens up to FS; `sizes` are the planes by letter, in sending order.

    A token whose value is None does not apply to this page and is left out. There is no comma before
    FS: the vendor's filter warns that the firmware faults on it (§2).
    """
    tokens = [token for part in template if (token := _filled(part, values)) is not None]
    tokens += [f"SZ{letter}{size}" for letter, size in sizes.items()]
    return LEADIN + SOH + b"," + ",".join(tokens).encode("ascii") + FS


def _filled(part: str, values: Mapping[str, str | None]) -> str | None:
    key, brace, rest = part.partition("{")
    if not brace:
        return part
    value = values[rest.removesuffix("}")]
    return None if value is None else key + value


def page_body(planes: Mapping[str, bytes]) -> bytes:
    """The planes with their trailers `FS letter ":"` and the page's ETX (§2)."""
    parts: list[bytes] = []
    for letter, plane in planes.items():
        parts += (plane, FS, letter.encode("ascii"), b":")
    return b"".join((*parts, ETX))


# ------------------------------------------------------------------------------------------- in
@dataclass(frozen=True)
class ErrorAnswer:
    """What REQ,ERR tells: `code` is "MM:mm", `text` the device's own words in its own language."""

    code: str
    text: str
    buttons: str | None = None


def take_answer(buffer: bytes) -> tuple[bytes | None, bytes]:
    """The first complete answer in `buffer` without SOH and ETX, and what is left for the next one.

    None while it is incomplete. Bytes before SOH are dropped: filler, or the end of a cut answer.
    """
    start = buffer.find(SOH)
    if start < 0:
        return None, b""
    end = buffer.find(ETX, start)
    if end < 0:
        return None, buffer[start:]
    return buffer[start + 1 : end], buffer[end + 1 :]


def error_answer(body: bytes) -> ErrorAnswer:
    """Read the answer to REQ,ERR: by its code, never by the language of its text (§6)."""
    text = body.decode("latin-1")
    codes = _CODE.findall(text)
    if not text.startswith("STA") or not codes:
        raise NotUnderstood(f"no status in the answer {body[:60]!r}")
    buttons = _BUTTONS.search(text)
    # The code stands after the sentence, which might hold a time of day.
    words = " ".join(text[3:].split("\n")[0].split())
    return ErrorAnswer(codes[-1], words, buttons.group(1) if buttons else None)


def single_value(body: bytes, key: str) -> str:
    """The value in the answer to `single_query(key)`: after a seven-character echo, before a comma.

    Gutenprint skips the echo unread (§6). We want the key in it, so that a late answer to another
    query is never taken for this one; not verified on hardware.
    """
    text = body.decode("latin-1")
    if key not in text[:7] or not text.endswith(",") or len(text) < 9:
        raise NotUnderstood(f"no {key} in the answer {body[:60]!r}")
    return text[7:-1].strip()


def count(text: str) -> int:
    """A counter's value; anything but digits is NotUnderstood."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise NotUnderstood(f"no number: {text[:20]!r}")
    return int(text)
