"""Every fault at every phase it can be armed at: it strikes, the world stays whole, the device recovers."""

from __future__ import annotations

import pytest

from simulator.device import NoReply, Unplugged
from simulator.faults import MOTIONS, REPLY_FAULTS, TABLE
from simulator.office import OfficeError
from tests.unit.simulator import streams
from tests.unit.simulator.rig import Rig

JOB = streams.two_sides("tiny-pick")
# No printer of this family has a transfer; reject is a movement only after the fault of that name.
REACHED = set(MOTIONS) - {"transfer", "reject"} | {"wait", "idle"}
PHYSICAL = [
    (name, phase)
    for name, phases in TABLE.items()
    for phase in phases
    if phase in REACHED and name not in REPLY_FAULTS
]


@pytest.mark.parametrize("device", ["tiny-pick", "tiny-eject", "tiny-none-repeats"])
@pytest.mark.parametrize(("fault", "phase"), PHYSICAL)
def test_strikes_once_and_can_be_recovered_from(device: str, fault: str, phase: str) -> None:
    rig = Rig(device, hopper=6)
    rig.arm(fault, phase=phase)
    try:
        rig.send(JOB[:400] if phase == "wait" else JOB)
        rig.wait(30.0)
    except Unplugged:
        pass
    assert rig.office.armed("p") == [], "it never struck"
    rig.wait(30.0)
    _recover(rig)
    before = rig.places().count("output")
    rig.send(streams.one_side("tiny-pick"))
    rig.wait()
    assert rig.places().count("output") == before + 1
    assert rig.cards()[-1]["id"] == "6", "no card was made of nothing"
    assert rig.printer.body.path == []


def _recover(rig: Rig) -> None:
    for act in ("replug", "power-on", "clear-jam", "close-cover", "new-ribbon"):
        rig.act(act)
    rig.wait(30.0)
    rig.reset()
    rig.send(streams.CAN)
    rig.wait(30.0)
    assert rig.status() == 0x18


@pytest.mark.parametrize("phase", ["pick", "G", "eject"])
def test_power_loss_leaves_the_card_where_it_is(phase: str) -> None:
    rig = Rig("tiny-eject")
    rig.arm("power-loss", phase=phase)
    rig.send(streams.one_side("tiny-eject"))
    rig.wait()
    assert rig.cards()[0]["place"] == "path" and rig.counter() == 0
    rig.act("power-on")
    rig.wait()
    assert rig.cards()[0]["place"] == "path", "this device keeps it"
    rig.send(streams.CAN)
    rig.wait()
    assert rig.cards()[0]["place"] == "output" and rig.counter() == 0


def test_a_card_left_inside_is_thrown_out_at_power_on() -> None:
    rig = Rig("tiny-pick")
    rig.send(streams.one_side("tiny-pick"))
    rig.until("G")
    rig.act("power-off")
    rig.act("power-on")
    rig.wait()
    assert rig.cards()[0]["place"] == "output"
    assert rig.cards()[0]["sides"]["front"]["printed"] == ["B"]


def test_some_devices_print_on_whatever_lies_in_the_path() -> None:
    rig = Rig("tiny-pick-keeps")
    rig.send(streams.one_side("tiny-pick", 1))
    rig.until("G")
    rig.act("power-off")
    rig.act("power-on")
    rig.send(streams.one_side("tiny-pick", 2))
    rig.wait()
    assert rig.cards()[0]["sides"]["front"]["printed"] == ["B", "B", "G", "R", "K"]
    assert rig.counter() == 2


def test_two_cards_picked_at_once_count_as_one() -> None:
    rig = Rig()
    rig.arm("double-pick")
    rig.send(streams.one_side("tiny-pick"))
    rig.wait()
    assert rig.places()[:3] == ["output", "output", "hopper"] and rig.counter() == 1
    assert rig.cards()[1]["sides"]["front"]["png"] is None


def test_a_job_repeated_by_the_device() -> None:
    rig = Rig()
    rig.arm("repeat-job")
    rig.send(streams.one_side("tiny-pick"))
    rig.wait()
    assert rig.places().count("output") == 2 and rig.counter() == 2


def test_a_phantom_card_leaves_the_hopper_full() -> None:
    rig = Rig()
    rig.arm("phantom-card")
    rig.send(streams.one_side("tiny-pick"))
    seen = rig.wait()
    assert set(rig.places()) == {"hopper"} and rig.counter() == 1 and seen[-1] == 0x18


def test_a_plane_that_was_not_printed_is_not_on_the_card() -> None:
    rig = Rig()
    rig.arm("not-printed", phase="R")
    rig.send(streams.one_side("tiny-pick"))
    rig.wait()
    assert rig.cards()[0]["sides"]["front"]["printed"] == ["B", "G", "K"]


def test_times_counts_strikes() -> None:
    rig = Rig()
    rig.arm("hopper-empty", times=2)
    for left in (1, 0):
        rig.send(streams.one_side("tiny-pick"))
        rig.wait(20.0)
        assert rig.status() == 0x10
        rig.send(streams.CAN)
        assert [armed["times"] for armed in rig.office.armed("p")] == [left] * bool(left)


@pytest.mark.parametrize("chunk", [7, 1 << 16])
@pytest.mark.parametrize("offset", [0, 1, 50, 300, 4100, 12000])
def test_a_byte_offset_is_exact(offset: int, chunk: int) -> None:
    rig = Rig()
    rig.arm("power-loss", byte=offset)
    job = streams.one_side("tiny-pick")
    with pytest.raises(Unplugged):
        rig.send(streams.ERR + job, chunk)
    taken = rig.printer.receiver.parser.offset - len(streams.ERR) - len(streams.LEADIN)
    assert taken == max(offset, 3), "SOH, comma, N: only then it is a job"


def test_busy_at_a_byte_is_a_short_write_then_naks_for_its_time() -> None:
    rig = Rig()
    rig.arm("busy", byte=1000, seconds=3.0)
    job = streams.one_side("tiny-pick")
    taken = rig.printer.bulk_out(1, job, rig.now)
    assert taken == 1000 + len(streams.LEADIN)
    assert rig.printer.bulk_out(1, job[taken:], rig.now + 2.9) is None
    assert rig.printer.next_due(rig.now + 2.9) is not None
    assert rig.printer.bulk_out(1, job[taken:], rig.now + 3.0) == len(job) - taken


def test_busy_without_an_offset_naks_the_next_write() -> None:
    rig = Rig()
    rig.arm("busy")
    assert rig.printer.bulk_out(1, streams.ERR, 0.0) is None
    assert rig.printer.bulk_out(1, streams.ERR, 5.0) == len(streams.ERR)


def test_replies_can_be_wrong_missing_late_or_lies() -> None:
    rig = Rig(hopper=0)
    rig.send(streams.one_side("tiny-pick"))
    rig.wait(5.0)
    truth = rig.ask()
    rig.arm("wrong-reply", phase="query")
    wrong = rig.ask()
    assert wrong not in (truth, None)
    rig.arm("no-reply", phase="query")
    assert rig.ask() is None
    rig.arm("lying-reply", phase="query")
    lie = rig.ask()
    assert lie is not None and b"00:00" in lie
    rig.arm("late-reply", phase="query")
    assert rig.ask() is None
    assert rig.ask(wait=6.0) == truth, "the late answer is still in the pipe"


def test_status_replies_too() -> None:
    rig = Rig(hopper=0)
    rig.arm("lying-reply", phase="status")
    assert (rig.status(), rig.status()) == (0x18, 0x38)
    rig.arm("wrong-reply", phase="status")
    assert rig.status() not in (0x18, 0x08, 0x10, 0x38)
    rig.arm("no-reply", phase="status")
    with pytest.raises(NoReply):
        rig.status()


def test_a_reply_fault_at_a_movement_waits_for_it() -> None:
    rig = Rig()
    rig.arm("lying-reply", phase="G")
    rig.send(streams.one_side("tiny-pick"))
    rig.until("B")
    assert rig.status() == 0x08
    rig.until("G")
    assert (rig.status(), rig.status()) == (0x18, 0x08)


def test_a_lying_counter_says_one_less() -> None:
    rig = Rig()
    rig.send(streams.one_side("tiny-pick"))
    rig.wait()
    ask = b"\x05" * 9 + b"\x01REQ,STA,TCQ,\x1c\x03"
    rig.arm("lying-reply", phase="counter")
    assert (rig.ask(ask), rig.ask(ask)) == (b"\x01STA,TCQ0,\x03", b"\x01STA,TCQ1,\x03")


@pytest.mark.parametrize(
    "wish",
    [
        {"fault": "fire"},
        {"fault": "jam", "phase": "lunch"},
        {"fault": "jam", "phase": "G", "byte": 3},
        {"fault": "reject", "byte": 3},
        {"fault": "jam", "times": 0},
        {"fault": "jam", "when": "now"},
        {"fault": "busy", "seconds": -1},
        {},
    ],
)
def test_a_fault_that_cannot_be_is_refused_in_one_line(wish: dict[str, object]) -> None:
    rig = Rig()
    with pytest.raises(OfficeError) as refused:
        rig.office.arm("p", wish)
    assert "\n" not in str(refused.value) and refused.value.status == 422
    assert rig.office.armed("p") == []


def test_disarming_one_and_all() -> None:
    rig = Rig()
    first = rig.arm("jam")
    rig.arm("reject")
    rig.arm("busy")
    rig.office.disarm("p", first)
    assert [armed["fault"] for armed in rig.office.armed("p")] == ["reject", "busy"]
    with pytest.raises(OfficeError):
        rig.office.disarm("p", first)
    rig.office.disarm("p", None)
    assert rig.office.armed("p") == []
