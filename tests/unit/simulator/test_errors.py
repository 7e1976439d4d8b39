"""Errors, their codes and texts, and what ends them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.unit.simulator import streams
from tests.unit.simulator.rig import Rig

JOB = streams.one_side("tiny-pick", 1)


def code(rig: Rig) -> str:
    reply = rig.ask()
    assert reply is not None
    found = re.search(rb"\d\d:\d\d", reply)
    assert found
    return found[0].decode()


def test_the_ready_answer_is_the_captured_one() -> None:
    reply = Rig().ask()
    assert reply == b"\x01STAPrinterstatus OK.\n00:00\n(c0300)\x03" and len(reply) == 36


def test_an_error_answer_speaks_the_language_of_the_job() -> None:
    rig = Rig(hopper=0)
    rig.send(JOB)
    rig.wait()
    reply = rig.ask()
    assert reply is not None
    assert reply.startswith(b"\x01STA") and reply.endswith(b"\nFehlercode - 11:01\n(c0201)\x03")


@pytest.mark.parametrize(
    ("fault", "phase", "wanted"),
    [
        ("hopper-empty", "pick", "11:01"),
        ("jam", "pick", "12:01"),
        ("jam", "G", "12:01"),
        ("cover-open", "R", "13:01"),
        ("ribbon-end", "B", "14:01"),
        ("wrong-ribbon", "heat", "14:02"),
        ("overheat", "K", "15:01"),
        ("reject", "overcoat", "16:01"),
    ],
)
def test_each_fault_shows_its_code(fault: str, phase: str, wanted: str) -> None:
    rig = Rig()
    rig.arm(fault, phase=phase)
    rig.send(JOB)
    seen = rig.wait(4.5)
    assert 0x10 in seen
    if fault != "overheat":
        assert rig.status() == 0x10
        assert code(rig) == wanted


def test_not_drawn_leaves_the_card_in_the_hopper_and_the_counter_alone() -> None:
    rig = Rig()
    rig.arm("hopper-empty")
    rig.send(JOB)
    rig.wait(5.0)
    assert set(rig.places()) == {"hopper"} and rig.counter() == 0
    rig.send(streams.CAN)
    rig.wait()
    assert rig.status() == 0x18 and set(rig.places()) == {"hopper"}


def test_cancel_throws_the_half_printed_card_out_and_counts_no_eject() -> None:
    rig = Rig("tiny-eject")
    rig.send(streams.one_side("tiny-eject"))
    rig.until("G")
    rig.send(streams.CAN)
    assert rig.status() == 0x08
    rig.wait()
    assert rig.cards()[0]["place"] == "output" and rig.counter() == 0
    assert rig.cards()[0]["sides"]["front"]["printed"] == ["B"]


def test_cancel_does_not_stop_a_finished_card_on_its_way_out() -> None:
    rig = Rig("tiny-eject")
    rig.send(streams.one_side("tiny-eject"))
    rig.until("eject")
    rig.send(streams.CAN)
    rig.wait()
    assert rig.counter() == 1 and rig.places().count("output") == 1


@pytest.mark.parametrize(("fault", "helps"), [("jam", "clear-jam"), ("cover-open", "close-cover")])
def test_cancel_is_impossible_while_nothing_can_move(fault: str, helps: str) -> None:
    rig = Rig()
    rig.arm(fault, phase="G")
    rig.send(JOB)
    rig.wait(5.0)
    rig.send(streams.CAN)
    rig.wait(5.0)
    assert rig.status() == 0x10 and rig.cards()[0]["place"] == "path"
    rig.act(helps)
    assert rig.status() == 0x10, "with a card in motion the error stays until it is answered"
    rig.send(streams.CAN)
    rig.wait()
    assert rig.status() == 0x18
    assert rig.places().count("hopper") == 4, "the job is dropped"


def test_a_repeating_device_prints_again_after_ok() -> None:
    rig = Rig("tiny-pick")
    rig.arm("jam", phase="G")
    rig.send(JOB)
    rig.wait(5.0)
    rig.act("clear-jam")
    rig.wait(5.0)
    assert rig.places().count("hopper") == 4
    rig.act("press-ok")
    rig.wait()
    assert rig.places()[:2] == ["hand", "output"] and rig.counter() == 2
    assert np.array_equal(rig.picture("2"), streams.expected(streams.sample("tiny-pick", 1)))


def test_some_devices_print_again_by_themselves() -> None:
    rig = Rig("tiny-none-repeats")
    rig.arm("jam", phase="G")
    rig.send(streams.one_side("tiny-none"))
    rig.wait(5.0)
    rig.act("clear-jam")
    rig.wait()
    assert rig.places()[:2] == ["hand", "output"]


def test_others_drop_the_job_at_ok() -> None:
    rig = Rig("tiny-none")
    rig.arm("cover-open", phase="G")
    rig.send(streams.one_side("tiny-none"))
    rig.wait(5.0)
    rig.act("close-cover")
    rig.send(streams.OKY)
    rig.wait()
    assert rig.places()[:2] == ["output", "hopper"] and rig.status() == 0x18


def test_a_cover_opened_at_rest_is_no_error_once_it_is_closed() -> None:
    rig = Rig()
    rig.act("open-cover")
    assert rig.status() == 0x10 and code(rig) == "13:01"
    rig.act("close-cover")
    assert rig.status() == 0x18


def test_overheating_goes_away_by_itself_and_the_card_is_finished() -> None:
    rig = Rig()
    rig.arm("overheat", phase="G")
    rig.send(JOB)
    seen = rig.wait()
    assert 0x10 in seen and seen[-1] == 0x18
    assert np.array_equal(rig.picture(), streams.expected(streams.sample("tiny-pick", 1)))


def test_a_used_up_ribbon_shows_after_the_last_card_and_goes_with_a_new_one() -> None:
    rig = Rig(ribbon=1)
    rig.send(JOB)
    rig.until("eject", 1.0)
    assert rig.status() == 0x18
    rig.wait()
    assert rig.status() == 0x10 and code(rig) == "14:01"
    rig.act("new-ribbon")
    assert rig.status() == 0x18
    rig.send(JOB)
    rig.wait()
    assert rig.places().count("output") == 2


def test_a_ribbon_that_is_used_up_draws_no_card() -> None:
    rig = Rig(ribbon=1)
    rig.send(JOB)
    rig.send(streams.one_side("tiny-pick", 2))
    rig.wait()
    assert rig.places().count("output") == 1 and rig.places().count("hopper") == 4


def test_a_rejected_card_is_spoiled_in_its_tray_and_never_repeated() -> None:
    rig = Rig("tiny-pick")
    rig.arm("reject", phase="G")
    rig.send(JOB)
    rig.wait()
    assert rig.cards()[0]["place"] == "reject"
    rig.act("press-ok")
    rig.wait()
    assert rig.status() == 0x18 and rig.places().count("hopper") == 4


def test_bytes_stop_in_an_error_where_the_device_says_so() -> None:
    rig = Rig("tiny-pick", hopper=0)
    rig.send(JOB[:2000])
    rig.wait(5.0)
    assert rig.printer.bulk_out(1, JOB[2000:], rig.now) is None
    keeps = Rig("tiny-pick-keeps", hopper=0)
    keeps.send(JOB[:2000])
    keeps.wait(5.0)
    assert keeps.send(JOB[2000:]) == len(JOB) - 2000


def test_nonsense_is_an_error_of_its_own() -> None:
    rig = Rig()
    rig.send(b"\x01,NOC1,WID80,SZB17\x1c" + bytes(17) + b"\x1cB:\x03")
    assert rig.status() == 0x10 and code(rig) == "17:01"
    rig.send(streams.CAN)
    assert rig.status() == 0x18
