"""The answer to GET_DEVICE_ID into the 1284 text, from devices that get its length or encoding wrong."""

from __future__ import annotations

_SERIAL_KEYS = ("SERIALNUMBER", "SERN", "SN", "SER")


def read_device_id(answer: bytes) -> str:
    """The text after the two length bytes, cut at the length where that can be believed."""
    return _decode(_text(answer).partition(b"\0")[0].strip())


def fields_of(device_id: str) -> dict[str, str]:
    """`KEY:value;KEY:value;` as a dict; blanks around keys and values are dropped, of a key that comes twice the last
    counts."""
    pairs = (item.partition(":") for item in device_id.split(";"))
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}


def model_of(device_id: str) -> str:
    """The model that a 1284 text tells; empty where it tells none."""
    told = fields_of(device_id)
    return told.get("MDL") or told.get("MODEL", "")


def serial_of(device_id: str) -> str | None:
    """The serial number that a 1284 text tells, if any."""
    values = fields_of(device_id)
    return next((values[key] for key in _SERIAL_KEYS if values.get(key)), None)


def _text(answer: bytes) -> bytes:
    size = len(answer)
    big = int.from_bytes(answer[:2], "big")
    little = int.from_bytes(answer[:2], "little")
    if 2 < big <= size and big + 2 != size:
        return answer[2:big]
    # Seen in the field (comments of Linux usblp.c and CUPS usb-libusb.c): a little-endian length, a
    # length without its own two bytes, one that is larger than the answer, none at all.
    if 2 < little <= size and answer[little - 1 : little] == b";":
        return answer[2:little]
    if answer[:2].isalpha() and b":" in answer[:20]:
        return answer
    return answer[2:]


def _decode(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
