"""IPP messages against bytes written by hand from RFC 8010, and every way in which an answer can be broken."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import NotUnderstood
from drivers.ipp.wire import (
    MAX_ANSWER_BYTES,
    Attribute,
    Collection,
    Group,
    Nothing,
    Range,
    Resolution,
    Tag,
    decode,
    encode,
)

HEAD = bytes.fromhex("0200 0000 00000007 01")


def value(tag: int, name: str, data: bytes) -> bytes:
    """One attribute value as RFC 8010 §3.1.4 draws it."""
    named = name.encode()
    return struct.pack(">BH", tag, len(named)) + named + struct.pack(">H", len(data)) + data


def test_a_request_byte_by_byte() -> None:
    """RFC 8010 appendix A.1, shortened."""
    operation = [
        Attribute(Tag.CHARSET, "attributes-charset", ("utf-8",)),
        Attribute(Tag.URI, "printer-uri", ("ipp://h/p",)),
        Attribute(Tag.KEYWORD, "requested-attributes", ("job-id", "job-uuid")),
    ]
    job = [Attribute(Tag.INTEGER, "copies", (1,)), Attribute(Tag.BOOLEAN, "last", (True,))]
    assert encode(0x0B, 7, [(Group.OPERATION, operation), (Group.JOB, job)]) == (
        b"\x02\x00\x00\x0b\x00\x00\x00\x07\x01"
        b"\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x45\x00\x0bprinter-uri\x00\x09ipp://h/p"
        b"\x44\x00\x14requested-attributes\x00\x06job-id\x44\x00\x00\x00\x08job-uuid"
        b"\x02\x21\x00\x06copies\x00\x04\x00\x00\x00\x01\x22\x00\x04last\x00\x01\x01\x03"
    )


ANSWER = (
    HEAD
    + value(0x47, "attributes-charset", b"utf-8")
    + b"\x04"
    + value(0x23, "printer-state", struct.pack(">i", 3))
    + value(0x44, "reasons", b"none")
    + value(0x44, "", b"paused")
    + value(0x32, "resolution", struct.pack(">iib", 300, 600, 3))
    + value(0x33, "copies", struct.pack(">ii", 1, 9))
    + value(0x13, "time-at-processing", b"")
    + value(0x12, "geo", b"")
    + value(0x22, "shared", b"\x00")
    + value(0x35, "info", b"\x00\x02en\x00\x06K\xc3\xa4rtli"[:-1] + b"e")
    + value(0x34, "media-size", b"")
    + value(0x4A, "", b"x-dimension")
    + value(0x21, "", struct.pack(">i", 5398))
    + value(0x37, "", b"")
    + value(0x41, "after", "Kartu ✓".encode())
    + b"\x03"
)


def test_an_answer_with_every_kind_of_value() -> None:
    message = decode(ANSWER)
    assert (message.code, message.request_id) == (0, 7)
    printer = message.first(Group.PRINTER)
    assert printer["printer-state"] == (3,)
    assert printer["reasons"] == ("none", "paused")
    assert printer["resolution"] == (Resolution(300, 600),)
    assert printer["copies"] == (Range(1, 9),)
    assert printer["time-at-processing"] == (Nothing.NO_VALUE,)
    assert printer["geo"] == (Nothing.UNKNOWN,)
    assert printer["shared"] == (False,)
    assert printer["info"] == ("Kärtl",)
    assert printer["media-size"] == (Collection({"x-dimension": (5398,)}),)
    assert printer["after"] == ("Kartu ✓",)
    assert message.all(Group.JOB) == () and message.first(Group.JOB) == {}


@pytest.mark.parametrize("length", range(len(ANSWER)))
def test_an_answer_that_is_cut_anywhere(length: int) -> None:
    with pytest.raises(NotUnderstood):
        decode(ANSWER[:length])


def test_an_answer_that_goes_on_is_none() -> None:
    with pytest.raises(NotUnderstood, match="bytes follow"):
        decode(ANSWER + ANSWER)
    with pytest.raises(NotUnderstood, match="too long"):
        decode(ANSWER + bytes(MAX_ANSWER_BYTES))


def test_what_is_no_ipp() -> None:
    deep = value(0x34, "a", b"") + (value(0x4A, "", b"b") + value(0x34, "", b"")) * 20
    for broken in (
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\x05\x00\x00\x00\x00\x00\x00\x01\x03",
        HEAD[:-1] + value(0x21, "early", bytes(4)) + b"\x03",
        HEAD + value(0x44, "", b"nameless") + b"\x03",
        HEAD + value(0x21, "short", b"\x01") + b"\x03",
        HEAD + deep + b"\x03",
        HEAD + value(0x34, "a", b"") + value(0x21, "", bytes(4)) + value(0x37, "", b"") + b"\x03",
    ):
        with pytest.raises(NotUnderstood):
            decode(broken)


def test_a_name_that_comes_twice_counts_once_and_bytes_that_are_no_text_keep_their_place() -> None:
    doubled = HEAD + value(0x21, "n", struct.pack(">i", 1)) + value(0x21, "n", bytes(4))
    assert decode(doubled + value(0x41, "t", b"a\xffb") + b"\x03").first(Group.OPERATION) == {
        "n": (1,),
        "t": ("a\ufffdb",),
    }


NAMES = st.text("abcdefghij-", min_size=1, max_size=12)
VALUES = st.one_of(
    st.tuples(
        st.just(Tag.INTEGER),
        st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=4).map(tuple),
    ),
    st.tuples(st.just(Tag.BOOLEAN), st.lists(st.booleans(), min_size=1, max_size=3).map(tuple)),
    st.tuples(st.just(Tag.TEXT), st.lists(st.text(max_size=40), min_size=1, max_size=3).map(tuple)),
)


@given(st.dictionaries(NAMES, VALUES, max_size=6), st.integers(0, 2**31 - 1))
def test_what_is_written_is_read(
    wanted: dict[str, tuple[Tag, tuple[int, ...]]], number: int
) -> None:
    attributes = [Attribute(tag, name, values) for name, (tag, values) in wanted.items()]
    message = decode(encode(0x0A, number, [(Group.JOB, attributes)]))
    assert (message.code, message.request_id) == (0x0A, number)
    assert message.first(Group.JOB) == {name: values for name, (_, values) in wanted.items()}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    for whole in (data, HEAD + data):
        try:
            decode(whole)
        except NotUnderstood:
            continue
