"""Bad input at every family: what no device should say, and what the station makes of it.

`ITEMS` names, for each kind of it, the tests that hold what is promised; those of one family stand with its driver.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import drivers
from drivers import Condition, DriverError, WrongDevice
from drivers.ipp.wire import MAX_ANSWER_BYTES, Attribute, Tag
from printstation.acts import quality
from printstation.acts.quality import Checked
from printstation.spool.view import PrinterState
from tests.contract.conformance_bench import CABLES, NOTHING, Bench
from tests.contract.conformance_cable import BentPort
from tests.contract.conformance_cards import QUERIES
from tests.contract.conformance_queue import UUID, QueueBench
from tests.contract.conformance_units import Unit, unit
from tests.contract.station_bench import StationBench
from tests.house.tree import ROOT
from tests.unit.printstation.acts.kit import ANEW, SEAL
from tests.unit.printstation.store.kit import rows

MODELS = {"magicard": "tango2e", "evolis": "primacy", "matica": "xid580i"}
WAYS = [(family, cable) for family, cables in CABLES.items() for cable in cables]
QUEUE = ("ipp", "queue")


def bench_of(family: str, cable: str, change: Callable[[Unit], Unit] = lambda each: each) -> Bench:
    if family == "ipp":
        return QueueBench(drivers.model("ipp-card"))
    return Bench(change(unit(drivers.model(MODELS[family]))), cable)


@pytest.fixture(autouse=True)
def any_page_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card of few dots fits no queue; sizes are tried in tests/unit/drivers/ipp/test_check.py."""
    monkeypatch.setattr("drivers.ipp.check._page", lambda printer, model: iter(()))


# ------------------------------------------------------------------------------- a megabyte
@pytest.mark.parametrize(("family", "cable"), WAYS)
@pytest.mark.parametrize("answers", [1, 3])
def test_an_answer_of_a_mebibyte_is_given_up_in_time_and_never_a_witness(
    family: str, cable: str, answers: int
) -> None:
    bench = bench_of(family, cable)
    bench.card()
    bench.settle()
    truth = bench.witnesses()
    for ask in (bench.outcome, bench.driver.counters, bench.driver.status):
        bench.bend.huge = answers
        start = bench.clock.now
        try:
            seen = ask()
        except DriverError:
            seen = None
        assert bench.clock.now - start <= 3 * QUERIES * bench.model.reply_s
        if isinstance(seen, drivers.Outcome):
            for told, true in zip((seen.serial, seen.counter, seen.path), truth, strict=True):
                assert told in (None, true)
        if isinstance(seen, drivers.Counters):
            assert seen.cards is None or truth[1] in (None, seen.cards)
        bench.bend.huge = 0
        assert bench.witnesses() == truth, "the next question is in step"
    assert bench.drawn == 1


# ------------------------------------------------------------------------------- no serial number
def nameless(family: str, cable: str) -> Bench:
    bench = bench_of(family, cable)
    if isinstance(bench, QueueBench):
        bench.queue.uuid = ""
    else:
        bench.device.serial = ""
    return bench


@pytest.mark.parametrize(("family", "cable"), [*(way for way in WAYS if way[0] != "evolis"), QUEUE])
def test_a_unit_without_a_serial_number_makes_a_question_and_no_printed_card(
    family: str, cable: str, tmp_path: Path
) -> None:
    station = StationBench(tmp_path, nameless(family, cable))
    job = station.office.submit()
    station.until(lambda: station.office.job(job).state not in ("pending", "processing"))
    assert station.office.states(job) == ("processing-stopped", "fed")
    asked = rows(station.store, "SELECT reason, closed_at IS NULL FROM question")
    assert asked == [("card-fate", 1)]
    station.end()


@pytest.mark.parametrize("cable", CABLES["evolis"])
def test_an_evolis_without_a_serial_number_is_never_held(cable: str, tmp_path: Path) -> None:
    """Its number is also what tells that an answer belongs to its question (`Dialogue.batch`)."""
    station = StationBench(tmp_path, nameless("evolis", cable))
    job = station.office.submit()
    station.until(
        lambda: station.state is PrinterState.STOPPED and station.reasons != ("connecting",)
    )
    station.until(lambda: station.bench.clock.now > 60)
    assert station.reasons in (("disconnected",), ("not-understood",))
    assert station.office.states(job) == ("pending", None)
    assert station.bench.drawn == 0
    station.end()


# ------------------------------------------------------------------------------- prints nothing
def blind(each: Unit) -> Unit:
    return replace(
        each, spec=replace(each.spec, habits=replace(each.spec.habits, lies=("prints-nothing",)))
    )


@pytest.mark.parametrize(("family", "cable"), [*WAYS, QUEUE])
def test_what_a_printer_says_that_it_printed_is_nobodys_before_a_person_held_it(
    family: str, cable: str, tmp_path: Path
) -> None:
    """Accepts everything, prints nothing: every witness agrees with it, a queue's as well. The eye spoils it."""
    bench = bench_of(family, cable, blind)
    station = StationBench(tmp_path, bench)
    job = station.office.submit()
    station.until(lambda: station.office.job(job).state not in ("pending", "processing"))
    assert station.office.states(job) == ("completed", "printed")
    if family in ("magicard", "evolis"):
        # No simulated Matica and no queue has this lie; a station that sees no card cannot tell the difference.
        assert [card.blank for card in bench.cards("output")] == [True]
    card = station.office.job(job).card
    assert card is not None
    said = Checked("ani", accepted=False, cause="print-failed")
    quality.check(station.store, SEAL, ("kia",), card, said, ANEW)
    assert rows(station.store, f"SELECT state, cause FROM card WHERE id = '{card}'") == [
        ("spoiled", "print-failed")
    ]
    station.end()


# ------------------------------------------------------------------------------- Unicode in 1284 ids
IDS = ("MFG:Épson;MDL:打印机 🖨;SN:é;", "MFG:M;MDL:\x1b[2J\x07Tangó;", ";;;:::MDL", "")


@pytest.mark.parametrize("text", IDS)
@pytest.mark.parametrize(("family", "cable"), WAYS)
def test_a_1284_id_of_any_text_is_another_model_or_no_matter(
    family: str, cable: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A family that asks the device itself who it is does not need it."""
    bench = bench_of(family, cable)
    monkeypatch.setattr(BentPort, "device_id", lambda _: text)
    try:
        bench.connect()
    except WrongDevice as refused:
        said = str(refused)
        assert family == "magicard" and said.startswith("configured is tango2e, found is ")
        assert said.isprintable(), "no sign of a device steers a terminal or a log"
        assert "MDL:" in text
    else:
        assert family != "magicard" or "MDL:" not in text
    assert bench.drawn == 0


@pytest.mark.parametrize("text", IDS)
def test_a_queues_1284_id_of_any_text_is_read(text: str) -> None:
    bench = QueueBench(drivers.model("hid-dtc"))
    bench.queue.settings["printer-device-id"] = Attribute(Tag.TEXT, "printer-device-id", (text,))
    with pytest.raises(
        WrongDevice, match="configured is hid-dtc, the queue cards is of "
    ) as refused:
        bench.connect()
    assert str(refused.value).isprintable()


# ------------------------------------------------------------------------------- a queue's bad answers
def _huge(body: bytes) -> bytes:
    return body + bytes(1 << 20)


BAD: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda body: body[:-3],
    "doubled": lambda body: body + body,
    "of an earlier request": lambda body: body[:4] + b"\0\0\0\1" + body[8:],
    "another language": lambda body: b"\x01STAPrinterstatus OK.\n(c0300)\x03",
    "no language": lambda body: b"",
    "unknown code": lambda body: body[:2] + b"\x09\x99" + body[4:],
    "unknown state": lambda body: body.replace(
        b"printer-state\0\x04\0\0\0\x03", b"printer-state\0\x04\0\0\0\x2a"
    ),
    "megabyte": _huge,
}


@pytest.mark.parametrize("kind", BAD)
def test_a_queues_bad_answer_is_never_a_good_look(kind: str) -> None:
    bench = QueueBench(drivers.model("ipp-card"))
    driver = bench.driver
    assert driver.status().condition is Condition.READY
    assert len(_huge(b"")) > MAX_ANSWER_BYTES
    bench.queue.rewrite = BAD[kind]
    for _ in range(2):
        with pytest.raises(DriverError):
            driver.status()
    bench.queue.rewrite = lambda body: body
    assert driver.status().condition is Condition.READY, "the next look is in step"
    assert driver.outcome(NOTHING).serial == UUID


@pytest.mark.parametrize("kind", BAD)
def test_a_queues_bad_answer_in_mid_card_is_a_question_and_no_second_run(
    kind: str, tmp_path: Path
) -> None:
    station = StationBench(tmp_path, QueueBench(drivers.model("ipp-card")))
    queue = station.bench.queue  # type: ignore[attr-defined]
    job = station.office.submit()
    moving: list[bool] = []

    def spoil() -> None:
        moving.append(True)
        queue.rewrite = BAD[kind]

    station.when(lambda: len(queue.runs) == 1, spoil)
    station.until(lambda: bool(moving) and station.state is PrinterState.STOPPED)
    queue.rewrite = lambda body: body
    station.until(lambda: station.state is PrinterState.IDLE or bool(station.office.asked()))
    station.until(lambda: station.bench.clock.now > 2 * station.bench.model.print_s)
    assert len(queue.runs) == 1
    assert station.office.states(job) == ("processing-stopped", "fed")
    station.end()


# ------------------------------------------------------------------------------- the whole list
KIT = "contract/conformance_cables.py", "contract/conformance_cards.py"
#: What issue 6 calls bad input -> (file, test or name of a promise) that hold it, beside those of this file.
ITEMS: dict[str, tuple[tuple[str, str], ...]] = {
    "cut": (
        (KIT[0], "strange-answers-never-lie"),
        ("unit/drivers/test_magicard_wire.py", "test_a_cut_answer_is_no_answer"),
        ("unit/drivers/evolis/test_driver.py", "test_a_bad_answer_is_never_a_card_s_witness"),
        ("unit/drivers/matica/test_replies.py", "test_two_strange_replies_are_got_over"),
        ("unit/drivers/ipp/test_wire.py", "test_an_answer_that_is_cut_anywhere"),
        ("unit/drivers/transports/test_http.py", "test_a_bad_answer_ends_the_connection"),
    ),
    "doubled": (
        (KIT[0], "strange-answers-never-lie"),
        ("unit/drivers/test_magicard_wire.py", "test_doubled_answers_come_one_by_one"),
        (
            "unit/drivers/transports/test_http.py",
            "test_what_follows_an_answer_is_read_as_the_next_one",
        ),
    ),
    "late": (
        (KIT[0], "late-answers-are-waited-for"),
        ("unit/drivers/test_magicard_driver.py", "test_a_late_answer_is_never_taken_for_another"),
        ("unit/drivers/evolis/test_driver.py", "test_a_late_answer_is_not_taken_for_the_next_one"),
        (
            "unit/drivers/matica/test_replies.py",
            "test_a_new_process_does_not_take_an_old_status_for_its_own",
        ),
        ("contract/test_conformance_queue.py", "test_a_lost_answer_is_no_good_end"),
    ),
    "another language": (
        (KIT[0], "what-is-not-understood-is-not-ready"),
        ("unit/drivers/ipp/test_wire.py", "test_what_is_no_ipp"),
    ),
    "unknown code": (
        ("unit/drivers/test_magicard_driver.py", "test_codes_name_the_error"),
        ("unit/drivers/evolis/test_codes.py", "test_an_unknown_text_fails_closed"),
        ("unit/drivers/matica/test_codes.py", "test_an_unknown_code_stops_and_claims_nothing"),
        ("contract/test_told_by_the_device.py", "test_what_no_row_has_is_other"),
    ),
    "1 MB": (
        (
            "contract/test_bad_input.py",
            "test_an_answer_of_a_mebibyte_is_given_up_in_time_and_never_a_witness",
        ),
        ("unit/drivers/transports/test_http.py", "test_a_bad_answer_ends_the_connection"),
    ),
    "two programs": (
        (KIT[0], "one-host-at-a-time"),
        ("contract/test_evolis_lines.py", "test_two_programs_on_one_line"),
        ("contract/test_usbip_client.py", "test_one_importer_and_a_listing_holds_nothing"),
        ("contract/test_conformance_queue.py", "test_somebody_elses_job_is_noticed"),
    ),
    "wrong model": (
        (KIT[1], "another-model-is-refused"),
        ("unit/drivers/matica/test_replies.py", "test_another_device_is_refused_with_both_names"),
        (
            "unit/drivers/ipp/test_driver_clearing.py",
            "configured is ipp-card, the queue cards is of",
        ),
        ("api/test_printer_check.py", "test_another_model_is_refused_with_both_names"),
    ),
    "no serial number": (
        ("contract/test_bad_input.py", "test_an_evolis_without_a_serial_number_is_never_held"),
        ("unit/drivers/matica/test_replies.py", "test_a_unit_without_a_serial_number_tells_none"),
    ),
    "prints nothing": (("docs", "A printer that accepts everything and prints nothing"),),
    "Unicode in 1284 ids": (
        ("unit/drivers/test_discovery.py", "test_a_1284_id_of_any_bytes_breaks_nothing"),
        ("unit/drivers/transports/test_device_id.py", "test_bytes_outside_ascii"),
        ("api/test_find.py", "test_people_read_it_whatever_the_device_says"),
    ),
    "cupsd restarted": (
        (
            "contract/test_ipp_restarts.py",
            "test_with_the_hook_a_restart_in_mid_card_runs_nothing_again",
        ),
        (
            "contract/test_ipp_restarts.py",
            "test_without_the_hook_the_second_run_is_ended_and_asked_about",
        ),
        ("contract/test_ipp_daemon.py", "def test_"),
    ),
}


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_has_the_tests_that_are_named_for_it(item: str) -> None:
    for file, name in ITEMS[item]:
        path = ROOT / "docs/adding-a-printer.md" if file == "docs" else ROOT / "tests" / file
        assert name in path.read_text(encoding="utf-8"), f"{file}: {name}"
