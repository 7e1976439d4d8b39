"""Requests byte for byte, and answers whole, byte by byte, with a tail, and cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import NotUnderstood
from drivers.magicard import wire
from drivers.transports.device_id import fields_of

# §6: 36 and 101 bytes on the real wire; the sentence of the second is not in the sheet.
OK = b"\x01STAPrinterstatus OK.\n00:00\n(c0300)\x03"
FAULT = "\x01STADie Karte wurde nicht eingezogen (Zähler).\nFehlercode - 11:01\n(c0201)\x03".encode(
    "latin-1"
)


def test_requests() -> None:
    assert wire.request("ERR") == b"\x01,REQ,ERR,\x1c\x03"
    assert len(wire.request("ERR")) == 12  # §5 (a)
    assert wire.request("CAN") == b"\x01,REQ,CAN,\x1c\x03"
    assert wire.single_query("TCQ") == b"\x05" * 9 + b"\x01REQ,STA,TCQ,\x1c\x03"
    assert wire.simple_command("EJT") == b"\x05" * 9 + b"\x01EJT,\x1c\x03"


def test_error_answers() -> None:
    assert len(OK) == 36
    assert wire.error_answer(OK[1:-1]) == wire.ErrorAnswer("00:00", "Printerstatus OK.", "0300")
    found = wire.error_answer(FAULT[1:-1])
    assert (found.code, found.buttons) == ("11:01", "0201")
    assert found.text == "Die Karte wurde nicht eingezogen (Zähler)."


def test_a_time_of_day_in_the_sentence_is_no_code() -> None:
    body = b"STAFehler um 12:30 Uhr.\nFehlercode - 13:01\n(c0201)"
    assert wire.error_answer(body).code == "13:01"


@pytest.mark.parametrize("body", [b"", b"STA", b"ST\xff\x00?", b"STA,TCQ000041,", b"11:01"])
def test_strange_error_answers(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        wire.error_answer(body)


@given(st.sampled_from([OK, FAULT]), st.binary(max_size=6), st.binary(max_size=6))
def test_an_answer_in_any_portions(answer: bytes, before: bytes, tail: bytes) -> None:
    before = before.replace(b"\x01", b"")
    body, rest = wire.take_answer(before + answer + tail)
    assert (body, rest) == (answer[1:-1], tail)

    buffer, found = b"", None
    for byte in before + answer:
        assert found is None
        found, buffer = wire.take_answer(buffer + bytes((byte,)))
    assert (found, buffer) == (answer[1:-1], b"")


@pytest.mark.parametrize("size", range(36))
def test_a_cut_answer_is_no_answer(size: int) -> None:
    body, rest = wire.take_answer(OK[:size])
    assert body is None
    assert wire.take_answer(rest + OK[size:]) == (OK[1:-1], b"")


def test_doubled_answers_come_one_by_one() -> None:
    body, rest = wire.take_answer(OK + OK)
    assert body == OK[1:-1]
    assert wire.take_answer(rest) == (OK[1:-1], b"")


def test_single_values() -> None:
    assert wire.single_value(b"STA,TCQ000041,", "TCQ") == "000041"
    assert wire.count("000041") == 41


@pytest.mark.parametrize(
    "body", [b"STA,MSRSIM-7,", b"STA,TCQ41", b"STA,TCQ,", b"", b"Printerstatus OK.\n00:00"]
)
def test_an_answer_to_another_query_is_not_taken(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        wire.single_value(body, "TCQ")


@pytest.mark.parametrize("text", ["", "-1", "4.0", "4 1", "²", "9" * 13, "OFF"])
def test_a_counter_is_digits(text: str) -> None:
    with pytest.raises(NotUnderstood):
        wire.count(text)


def test_device_id_of_a_tango() -> None:
    fields = fields_of("MFG:Magicard ; CMD:PCL,MPL;MDL:RioTango2D")
    assert fields == {"MFG": "Magicard", "CMD": "PCL,MPL", "MDL": "RioTango2D"}
    assert fields_of("garbage") == {}
