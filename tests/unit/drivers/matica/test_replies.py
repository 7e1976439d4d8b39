"""Answers that are cut, doubled, late, garbled or stalled: the pipe comes in step again, or the card breaks off."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable

import pytest

from drivers import (
    Condition,
    DeviceGone,
    DriverError,
    FeedBroken,
    NotUnderstood,
    TransferStalled,
    TransferTimeout,
    WrongDevice,
    attach,
    model,
)
from drivers.matica import wire
from drivers.matica.bulk import STALL_TRIES, Bulk
from tests.unit.drivers.matica.kit import TINY, Desk, StoragePort, assert_same, noise, plain
from tests.unit.drivers.memory_port import Time

GOOD = b"\x70" + bytes(19)


# --------------------------------------------------------------------------- stalls of the device
@pytest.mark.parametrize("stage", ["command", "data-in", "status"])
@pytest.mark.parametrize("times", [1, STALL_TRIES - 1])
def test_a_stalled_query_is_repeated(stage: str, times: int) -> None:
    desk = Desk()
    desk.dialogue.stalls[stage] = times
    assert desk.driver.status().condition is Condition.READY
    assert desk.dialogue.stalls[stage] == 0


@pytest.mark.parametrize("stage", ["command", "status", "data-out"])
def test_a_stall_in_mid_card_is_got_over_and_the_picture_is_whole(stage: str) -> None:
    desk = Desk()
    face = noise(desk.model, 1)
    staged = desk.driver.stage([face])
    desk.until(lambda: True)
    desk.dialogue.stalls[stage] = 2
    desk.driver.feed(staged)
    assert desk.dialogue.stalls[stage] == 0
    assert desk.watch() is Condition.READY
    (card,) = desk.cards("output")
    assert_same(face, desk.picture(card))


def test_a_pipe_that_stalls_for_ever_before_the_card_moves_leaves_it_untouched() -> None:
    desk = Desk()
    desk.dialogue.stalls["command"] = 1000
    with pytest.raises(FeedBroken):
        desk.feed()
    seen = desk.driver.observed()
    assert (seen.acknowledged, seen.in_doubt) == (0, 0)
    with pytest.raises(TransferStalled):
        desk.driver.status()


def test_a_pipe_that_stalls_for_ever_in_mid_panel() -> None:
    desk = Desk()
    staged = desk.driver.stage([noise(desk.model, 1)])
    desk.dialogue.stalls["data-out"] = 1000
    with pytest.raises(FeedBroken, match="lost"):
        desk.driver.feed(staged)
    assert desk.driver.observed().acknowledged
    desk.dialogue.stalls["data-out"] = 0
    desk.driver.discard()
    assert len(desk.cards("reject")) == 1


# --------------------------------------------------------------------------- strange replies of the device
@pytest.mark.parametrize("kind", ["status", "query", "counter", "device-id"])
@pytest.mark.parametrize("fault", ["wrong-reply", "no-reply", "late-reply"])
def test_two_strange_replies_are_got_over(kind: str, fault: str) -> None:
    desk = Desk()
    desk.arm(fault, phase=kind, times=2)
    before = desk.before()
    assert (before.serial, before.path) == ("SIM-7", False)
    assert desk.driver.counters().cards == 0
    assert desk.driver.status().condition is Condition.READY


@pytest.mark.parametrize("fault", ["wrong-reply", "no-reply"])
def test_a_device_that_says_no_sense_stands(fault: str) -> None:
    desk = Desk()
    desk.arm(fault, phase="status", times=100)
    if fault == "no-reply":
        with pytest.raises(TransferTimeout):
            desk.driver.status()
        return
    status = desk.driver.status()
    assert (status.condition, status.reasons[0].keyword) == (Condition.STOPPED, "not-understood")
    with pytest.raises(DriverError):
        desk.driver.discard()


@pytest.mark.parametrize("phase", ["pick", "heat", "B", "K", "transfer", "flip", "eject"])
@pytest.mark.parametrize("fault", ["wrong-reply", "no-reply", "late-reply", "lying-reply"])
def test_strange_answers_while_it_moves_never_make_two_cards_of_one(phase: str, fault: str) -> None:
    desk = Desk()
    desk.arm(fault, phase=phase, seconds=3.0)
    faces = [noise(desk.model, seed) for seed in (1, 2)]
    try:
        desk.feed(faces)
        desk.watch()
    except (DriverError, AssertionError):
        pass
    seen = desk.driver.observed()
    done = seen.sent and seen.busy_since_sent and seen.ready_now and not seen.errors
    if not done:
        desk.driver.discard()
    desk.until(lambda: not desk.device.body.moving)
    assert desk.cards("path") == []
    whole = [card for card in desk.cards("output") if len(desk.printed(card, "back")) == 4]
    assert len(whole) + len(desk.cards("reject")) == 1
    if done:
        assert_same(faces[1], desk.picture(whole[0], "back"))


@pytest.mark.parametrize("fault", ["wrong-reply", "no-reply", "late-reply"])
def test_a_witness_that_cannot_be_read_is_none_and_nothing_else(fault: str) -> None:
    desk = Desk(unit=TINY.for_unit(counter="eject"))
    before = desk.before()
    assert before.counter == 0
    desk.arm(fault, phase="counter", times=3, seconds=30.0)
    assert desk.driver.outcome(before).counter in (None, 0)
    desk.arm(fault, phase="device-id", times=3, seconds=30.0)
    assert desk.driver.outcome(before).serial in (None, "SIM-7")


# --------------------------------------------------------------------------- a pipe by hand
class Pipe:
    """A `Port` whose IN transfers are made up by a function of (tag, block)."""

    usb_ids = (0x1209, 0x0020)

    def __init__(
        self, clock: Time, answer: Callable[[int, bytes], list[bytes | Exception]]
    ) -> None:
        self.clock = clock
        self.answer = answer
        self.waiting: list[bytes | Exception] = []
        self.frames: list[bytes] = []
        self.resets = 0

    def usb_serial(self) -> str | None:
        return None

    def device_id(self) -> str:
        return ""

    def port_status(self) -> int:
        raise TransferStalled("no such request")

    def soft_reset(self) -> None:
        self.resets += 1

    def write(self, data: bytes, timeout_s: float) -> int:
        if data.startswith(b"USBC"):
            self.frames.append(data)
            self.waiting += self.answer(struct.unpack_from("<I", data, 4)[0], data[15:])
        return len(data)

    def read(self, size: int, timeout_s: float) -> bytes:
        if not self.waiting:
            self.clock.now += timeout_s
            raise TransferTimeout("nothing")
        first = self.waiting.pop(0)
        if isinstance(first, Exception):
            raise first
        if len(first) > size:
            self.waiting.insert(0, first[size:])
        return first[:size]

    def close(self) -> None:
        pass


def done(tag: int, status: int = 0, residue: int = 0) -> bytes:
    return b"USBS" + struct.pack("<IIB", tag & 0xFFFFFFFF, residue, status)


def asked(*answers: Callable[[int], list[bytes | Exception]]) -> tuple[Pipe, Bulk]:
    """A pipe that gives these answers one after the other, the last one for ever."""
    left = list(answers)

    def answer(tag: int, _block: bytes) -> list[bytes | Exception]:
        return (left.pop(0) if len(left) > 1 else left[0])(tag)

    clock = Time()
    pipe = Pipe(clock, answer)
    return pipe, Bulk(pipe, clock, 2.0, 1024)


def sense(bulk: Bulk) -> str:
    return bulk.ask(wire.sense(), wire.SENSE_BYTES, wire.sense_code)


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param(lambda tag: [GOOD[:9], done(tag, 0, 11)], id="cut"),
        pytest.param(lambda tag: [done(tag, 1, 20)], id="refused"),
        pytest.param(lambda tag: [done(tag, 2)], id="phase-error"),
        pytest.param(lambda tag: [GOOD], id="no-status"),
        pytest.param(lambda tag: [], id="silent"),
        pytest.param(lambda tag: [b"\xff" * (1 << 20)], id="a-megabyte"),
        pytest.param(lambda tag: [b"\xff" * 20, done(tag)], id="garbled"),
        pytest.param(
            lambda tag: [b"\x01STAPrinterstatus OK.\n00:00\x03", done(tag)], id="another-language"
        ),
        pytest.param(lambda tag: [done(tag - 1)] * 40, id="only-of-the-past"),
        pytest.param(lambda tag: [TransferStalled("halt")] * 40, id="stalled"),
    ],
)
def test_a_strange_answer_is_asked_again_from_a_clean_pipe(
    strange: Callable[[int], list[bytes | Exception]],
) -> None:
    pipe, bulk = asked(strange, lambda tag: [GOOD, done(tag)])
    assert sense(bulk) == "000000"
    pipe, bulk = asked(strange)
    with pytest.raises((NotUnderstood, TransferTimeout, TransferStalled)):
        sense(bulk)
    assert len(pipe.frames) == 3
    assert len({frame[4:8] for frame in pipe.frames}) == 3


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(lambda tag: [GOOD, GOOD, done(tag)], id="doubled-data"),
        pytest.param(lambda tag: [GOOD, done(tag), done(tag)], id="doubled-status"),
        pytest.param(
            lambda tag: [b"\x7f" * 20, done(tag - 1), GOOD, done(tag)], id="late-answer-first"
        ),
        pytest.param(lambda tag: [done(tag - 7), GOOD, done(tag)], id="late-status-first"),
        pytest.param(lambda tag: [GOOD[:9], GOOD[9:], done(tag)], id="in-two-parts"),
        pytest.param(lambda tag: [b"", GOOD, b"", done(tag)], id="empty-transfers"),
        pytest.param(lambda tag: [TransferStalled("halt"), GOOD, done(tag)], id="stall-then-data"),
        pytest.param(
            lambda tag: [GOOD, TransferStalled("halt"), done(tag)], id="stall-then-status"
        ),
    ],
)
def test_an_odd_answer_is_read_at_once(odd: Callable[[int], list[bytes | Exception]]) -> None:
    pipe, bulk = asked(odd)
    for _ in range(3):
        assert sense(bulk) == "000000"
    assert len(pipe.frames) == 3


def test_a_new_process_does_not_take_an_old_status_for_its_own() -> None:
    pipe, bulk = asked(lambda tag: [GOOD, done(tag)])
    pipe.waiting = [done(1), done(2)]
    assert sense(bulk) == "000000"
    assert pipe.resets == 1


def test_an_action_goes_once_whatever_becomes_of_its_status() -> None:
    for answer in ([], [b"\xff" * 13] * 30, [TransferStalled("halt")] * 30):
        pipe, bulk = asked(lambda tag: [GOOD, done(tag)], lambda tag, a=answer: list(a))  # type: ignore[misc]
        sense(bulk)
        with pytest.raises((TransferTimeout, NotUnderstood, TransferStalled)):
            bulk.act(wire.transfer_eject(), lambda _: None)
        assert [frame[15] for frame in pipe.frames] == [0x03, 0x31]
        assert not bulk.in_step
        with pytest.raises(AssertionError):
            bulk.act(wire.transfer_eject(), lambda _: None)


def test_a_panel_of_which_something_was_left_over_is_sent_again() -> None:
    data = bytes(4000)
    pipe, bulk = asked(lambda tag: [done(tag, 0, 100)], lambda tag: [done(tag)])
    bulk.fill(wire.panel("Y", 0, len(data)), data, 100.0, lambda _: None)
    assert len(pipe.frames) == 2
    pipe, bulk = asked(lambda tag: [done(tag, 0, 100)])
    with pytest.raises(NotUnderstood, match="100 of 4000"):
        bulk.fill(wire.panel("Y", 0, len(data)), data, 100.0, lambda _: None)


# --------------------------------------------------------------------------- another device
def test_another_device_is_refused_with_both_names() -> None:
    desk = Desk("xid580i")
    with pytest.raises(
        WrongDevice, match=r"configured is xid8600, found is a device 04f1:403c, which is xid580i"
    ):
        attach(desk.port(), model("xid8600"), desk.clock, 0)
    other = dataclasses.replace(model("xid8600"), usb_ids=((0x04F1, 0x403C),))
    with pytest.raises(WrongDevice, match="configured is xid8600, found is XID580i"):
        attach(desk.port(), other, desk.clock, 0)
    dots = dataclasses.replace(model("xid580i"), width_px=1000)
    with pytest.raises(WrongDevice, match="found is XID580i with 1036 x 664 dots"):
        attach(desk.port(), dots, desk.clock, 0)
    # Before its ids fit, not a byte was sent.
    assert desk.receiver.parser.offset > 0
    fresh = Desk("xid580i")
    heard = fresh.receiver.parser.offset
    with pytest.raises(WrongDevice):
        attach(fresh.port(), model("xid8600"), fresh.clock, 0)
    assert fresh.receiver.parser.offset == heard


def test_a_unit_without_a_serial_number_tells_none() -> None:
    desk = Desk()
    desk.device.serial = ""
    desk.driver = desk.connect()
    assert desk.driver.identify().serial is None
    assert desk.driver.outcome(desk.before()).serial is None


def test_another_unit_on_the_cable_is_seen() -> None:
    desk = Desk()
    before = desk.before()
    desk.device.serial = "SIM-8"
    assert desk.driver.outcome(before).serial == "SIM-8"


def test_a_closed_port_is_gone() -> None:
    desk = Desk()
    desk.driver.close()
    with pytest.raises(DeviceGone):
        desk.driver.status()
    assert isinstance(desk.port(), StoragePort)


def test_staging_is_pure_and_refuses_what_it_cannot_print() -> None:
    desk = Desk()
    face = noise(TINY, 1)
    assert desk.driver.stage([face]) == desk.driver.stage([face])
    with pytest.raises(ValueError, match="prints 1 to 2 sides, not 3"):
        desk.driver.stage([face] * 3)
    with pytest.raises(ValueError, match="prints 1 to 2 sides, not 0"):
        desk.driver.stage([])
    with pytest.raises(ValueError, match="dots"):
        desk.driver.stage([plain(model("xid580i"))])
    no_resin = dataclasses.replace(TINY, panels=("Y", "M", "C"))
    with pytest.raises(ValueError, match="no panel for K"):
        Desk(unit=no_resin).driver.stage([face])
