"""exactly-once.md §4: the printer may still be waiting for our bytes, whoever we are by now."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.device import Unplugged
from tests.unit.simulator import streams
from tests.unit.simulator.rig import Rig

JOB = streams.one_side("tiny-pick", 1)
OTHER = streams.one_side("tiny-pick", 2)


def test_the_next_bytes_finish_the_old_card() -> None:
    rig = Rig()
    rig.send(JOB[: len(JOB) // 2])
    rig.act("unplug")
    rig.act("replug")
    rig.send(OTHER)
    rig.wait()
    printed = rig.cards()[0]["sides"]["front"]["printed"]
    face = rig.picture()
    assert printed == ["B", "G", "R", "K"], "what a real device would do: it counts bytes"
    old, new = (streams.expected(streams.sample("tiny-pick", seed)) for seed in (1, 2))
    assert not np.array_equal(face, old) and not np.array_equal(face, new)


def test_a_query_in_a_plane_is_plane_data() -> None:
    rig = Rig()
    rig.send(JOB[:2000])
    assert rig.ask() is None


def test_soft_reset_brings_the_parser_to_idle_and_leaves_the_card() -> None:
    rig = Rig()
    rig.send(JOB[:2000])
    rig.wait(5.0)
    rig.reset()
    assert rig.status() == 0x18
    reply = rig.ask()
    assert reply is not None and b"00:00" in reply
    assert rig.cards()[0]["place"] == "path"
    rig.send(streams.CAN)
    rig.wait()
    assert rig.cards()[0]["place"] == "output"
    rig.send(OTHER)
    rig.wait()
    assert np.array_equal(rig.picture("2"), streams.expected(streams.sample("tiny-pick", 2)))


def test_soft_reset_spares_a_card_whose_bytes_are_all_there() -> None:
    rig = Rig()
    rig.send(JOB)
    rig.until("G")
    rig.reset()
    rig.wait()
    assert rig.cards()[0]["sides"]["front"]["printed"] == ["B", "G", "R", "K"]


def test_between_two_sides_the_next_page_becomes_the_back() -> None:
    rig = Rig()
    whole = streams.two_sides("tiny-pick", 1)
    first_side = whole[: whole.index(streams.LEADIN, 100)]
    rig.send(first_side)
    rig.wait(20.0)
    assert rig.cards()[0]["place"] == "path"
    reply = rig.ask()
    assert reply is not None, "between the sides the parser is idle"
    rig.send(OTHER)
    rig.wait()
    assert rig.cards()[0]["sides"]["back"]["printed"] == ["B", "G", "R", "K"]
    assert rig.places().count("output") == 1


def test_soft_reset_between_two_sides_ends_the_waiting() -> None:
    rig = Rig()
    whole = streams.two_sides("tiny-pick", 1)
    rig.send(whole[: whole.index(streams.LEADIN, 100)])
    rig.wait(20.0)
    rig.reset()
    rig.send(streams.CAN)
    rig.wait()
    rig.send(OTHER)
    rig.wait()
    assert rig.cards()[0]["sides"]["back"]["printed"] == []
    assert rig.cards()[1]["sides"]["front"]["printed"] == ["B", "G", "R", "K"]


def test_an_unplugged_device_finishes_the_card_whose_bytes_it_has() -> None:
    rig = Rig()
    rig.send(JOB)
    rig.act("unplug")
    with pytest.raises(Unplugged):
        rig.status()
    rig.wait()
    assert rig.cards()[0]["place"] == "output"


def test_power_loss_forgets_received_bytes() -> None:
    rig = Rig("tiny-pick")
    rig.send(JOB[:2000])
    rig.act("power-off")
    rig.act("power-on")
    assert rig.ask() is not None
    rig.send(OTHER)
    rig.wait()
    pictures = [card["id"] for card in rig.cards() if card["sides"]["front"]["png"]]
    assert len(pictures) == 1


def test_power_lost_while_it_waits_forgets_at_once() -> None:
    rig = Rig()
    before = rig.printer.connection
    rig.arm("power-loss", phase="wait")
    rig.send(JOB[:400])
    rig.until("heat", 0.0)
    rig.wait(20.0)
    assert not rig.printer.plugged and rig.printer.connection == before + 1
    rig.act("power-on")
    rig.wait()
    assert rig.ask() is not None and rig.cards()[0]["place"] == "output"


def test_a_second_job_waits_in_the_buffer_and_a_third_is_refused() -> None:
    rig = Rig()
    assert rig.send(JOB) == len(JOB)
    assert rig.send(OTHER) == len(OTHER)
    assert rig.printer.bulk_out(1, JOB, rig.now) is None
    assert rig.ask() is not None, "a query is taken all the same"
    rig.wait()
    assert rig.places().count("output") == 2
