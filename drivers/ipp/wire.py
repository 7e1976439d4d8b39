"""IPP messages (RFC 8010) to bytes and back. Pure: no socket, no meaning of an attribute.

What is no message raises `NotUnderstood`; every length is checked against what is there, and a
collection may not be deeper than any printer's. Sheet: ipp.md.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

from drivers.contract import NotUnderstood

VERSION = (2, 0)
#: A list of 500 jobs (all that cupsd gives, ipp.md §4) with the six attributes that we ask for takes 120 KB.
MAX_ANSWER_BYTES = 256 * 1024
#: media-col-database nests three deep; whatever is deeper is not a printer's.
MAX_DEPTH = 8


class Group(IntEnum):
    """Delimiter tags that begin a group of attributes."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05
    SUBSCRIPTION = 0x06
    EVENT = 0x07


class Tag(IntEnum):
    """Value tags that we write or read as more than text."""

    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_LANGUAGE = 0x35
    NAME_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49
    MEMBER_NAME = 0x4A


class Nothing(Enum):
    """Out-of-band values; *no-value* is the one that decides something (ipp.md §5)."""

    UNSUPPORTED = 0x10
    UNKNOWN = 0x12
    NO_VALUE = 0x13


_NOTHING = MappingProxyType({word.value: word for word in Nothing})
#: An enum's member costs more to name than to compare, and these are named at each attribute of an answer.
_END, _BEGIN_COLLECTION = int(Group.END), int(Tag.BEGIN_COLLECTION)


@dataclass(frozen=True)
class Resolution:
    """Dots an inch, or a centimetre where `units` is 4."""

    across: int
    along: int
    units: int = 3


@dataclass(frozen=True)
class Range:
    """Both ends belong to it."""

    lowest: int
    highest: int


@dataclass(frozen=True)
class Collection:
    """Members by name, each with all of its values."""

    members: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)


Value: TypeAlias = "bool | int | str | bytes | Resolution | Range | Collection | Nothing"
#: Attributes of one group by name, in the order of the message.
Attributes: TypeAlias = Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True)
class Attribute:
    """One attribute to be written."""

    tag: Tag
    name: str
    values: tuple[int | bool | str, ...]


@dataclass(frozen=True)
class Message:
    """`code` is a request's operation or an answer's status. Of a name that comes twice the first counts."""

    code: int
    request_id: int
    groups: tuple[tuple[int, Attributes], ...]

    def first(self, group: Group) -> Attributes:
        """The first group of this kind; empty where there is none."""
        return next((found for kind, found in self.groups if kind == group), MappingProxyType({}))

    def all(self, group: Group) -> tuple[Attributes, ...]:
        """Every group of this kind: one a job or a printer."""
        return tuple(found for kind, found in self.groups if kind == group)


# --------------------------------------------------------------------------- writing
def encode(
    operation: int, request_id: int, groups: Iterable[tuple[Group, Iterable[Attribute]]]
) -> bytes:
    """A request without its document."""
    parts = [struct.pack(">BBHI", *VERSION, operation, request_id)]
    for group, attributes in groups:
        parts.append(bytes([group]))
        parts += [_attribute(attribute) for attribute in attributes]
    return b"".join((*parts, bytes([Group.END])))


@lru_cache(maxsize=64)
def _attribute(attribute: Attribute) -> bytes:
    """Kept, since every look asks for the same ones."""
    assert attribute.values, f"{attribute.name} has no value"
    written, name = b"", attribute.name.encode("ascii")
    for value in attribute.values:
        data = _value(attribute.tag, value)
        written += struct.pack(">BH", attribute.tag, len(name)) + name
        written += struct.pack(">H", len(data)) + data
        name = b""
    return written


def _value(tag: Tag, value: int | bool | str) -> bytes:
    if tag in (Tag.INTEGER, Tag.ENUM):
        assert isinstance(value, int)
        return struct.pack(">i", value)
    if tag is Tag.BOOLEAN:
        return b"\x01" if value else b"\x00"
    assert isinstance(value, str), (tag, value)
    return value.encode("utf-8")


# --------------------------------------------------------------------------- reading
class _Reader:
    """Takes exactly what is there; what is not there is a cut message."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        start, self._at = self._at, self._at + count
        if self._at > len(self._data):
            raise NotUnderstood(f"an IPP answer ends after {len(self._data)} bytes, too early")
        return self._data[start : self._at]

    def tag(self) -> int:
        return self.take(1)[0]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def counted(self) -> bytes:
        return self.take(int.from_bytes(self.take(2), "big"))


def decode(data: bytes) -> Message:
    """One whole answer. Refuses what is cut, too long, of another protocol, or goes on after its end."""
    if len(data) > MAX_ANSWER_BYTES:
        raise NotUnderstood(f"an IPP answer of {len(data)} bytes is too long")
    reader = _Reader(data)
    major = reader.number(1)
    if major not in (1, 2):
        raise NotUnderstood(f"IPP version {major} is not known")
    reader.take(1)
    code, request_id = reader.number(2), reader.number(4)
    groups = _groups(reader)
    if reader.left:
        raise NotUnderstood(f"{reader.left} bytes follow the end of an IPP answer")
    return Message(code, request_id, groups)


def _groups(reader: _Reader) -> tuple[tuple[int, Attributes], ...]:
    found: list[tuple[int, dict[str, tuple[Value, ...]]]] = []
    name = ""
    while (tag := reader.tag()) != _END:
        if tag < 0x10:
            found.append((tag, {}))
            name = ""
            continue
        if not found:
            raise NotUnderstood("an IPP attribute stands before the first group")
        new, value = _read(reader, tag, 0)
        attributes = found[-1][1]
        if new:
            name = "" if new in attributes else new  # a doubled name: the first one counts
            if name:
                attributes[name] = (value,)
        elif name:
            attributes[name] += (value,)
        elif not attributes:
            raise NotUnderstood("an IPP value has no name")
    return tuple((kind, MappingProxyType(attributes)) for kind, attributes in found)


def _read(reader: _Reader, tag: int, depth: int) -> tuple[str, Value]:
    name, data = _text(reader.counted()), reader.counted()
    if tag == _BEGIN_COLLECTION:
        return name, _collection(reader, depth + 1)
    return name, _parse(tag, data)


def _collection(reader: _Reader, depth: int) -> Collection:
    if depth > MAX_DEPTH:
        raise NotUnderstood("an IPP collection is nested too deep")
    members: dict[str, tuple[Value, ...]] = {}
    name = ""
    while (tag := reader.tag()) != Tag.END_COLLECTION:
        _, value = _read(reader, tag, depth)
        if tag == Tag.MEMBER_NAME:
            name = str(value)
        elif tag < 0x10 or not name:
            raise NotUnderstood("an IPP collection is broken")
        else:
            members[name] = (*members.get(name, ()), value)
    reader.counted()
    reader.counted()
    return Collection(MappingProxyType(members))


def _parse(tag: int, data: bytes) -> Value:
    read = _READ.get(tag)
    if read is not None:
        return read(data)
    if tag < 0x20:
        return _NOTHING.get(tag, Nothing.UNKNOWN)
    return _text(data)


def _read_resolution(data: bytes) -> Value:
    across, along, units = _unpacked(">iib", data)
    return Resolution(across, along, units)


def _read_range(data: bytes) -> Value:
    lowest, highest = _unpacked(">ii", data)
    return Range(lowest, highest)


def _read_with_language(data: bytes) -> Value:
    inner = _Reader(data)
    inner.counted()
    return _text(inner.counted())


def _read_integer(data: bytes) -> Value:
    return int(_unpacked(">i", data)[0])


#: How the value tags that are no text are read.
_READ: Mapping[int, Callable[[bytes], Value]] = MappingProxyType(
    {
        int(Tag.INTEGER): _read_integer,
        int(Tag.ENUM): _read_integer,
        int(Tag.BOOLEAN): lambda data: bool(_unpacked(">B", data)[0]),
        int(Tag.RESOLUTION): _read_resolution,
        int(Tag.RANGE): _read_range,
        int(Tag.TEXT_LANGUAGE): _read_with_language,
        int(Tag.NAME_LANGUAGE): _read_with_language,
        int(Tag.OCTETS): lambda data: data,
        int(Tag.DATE_TIME): lambda data: data,
    }
)


def _unpacked(form: str, data: bytes) -> tuple[int, ...]:
    if struct.calcsize(form) != len(data):
        raise NotUnderstood(
            f"an IPP value has {len(data)} bytes instead of {struct.calcsize(form)}"
        )
    return struct.unpack(form, data)


def _text(data: bytes) -> str:
    """UTF-8 (attributes-charset, which we ask for); what is none keeps its place with a sign for it."""
    return data.decode("utf-8", errors="replace")
