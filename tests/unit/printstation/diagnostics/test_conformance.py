"""`printer check`'s findings: what an honest printer is shown to do, and which liars a standing look catches."""

from __future__ import annotations

import pytest

from drivers import DeviceBusy, WrongDevice, model
from printstation.diagnostics.conformance import LEFT_OPEN, Check, Finding, Verdict
from tests.contract.conformance_bench import CABLES, Bench
from tests.contract.conformance_units import Unit, found_models, unit
from tests.contract.test_conformance import UNITS


def bench_of(device: str, name: str | None = None) -> Bench:
    each = unit(found_models()[name or device], device)
    return Bench(each, CABLES[each.model.family][0])


def findings(bench: Bench) -> dict[str, Finding]:
    found = list(Check("usbip://x", bench.connect, bench.model).run())
    assert len({finding.promise for finding in found}) == len(found)
    return {finding.promise: finding for finding in found}


def broken(found: dict[str, Finding]) -> list[str]:
    return [promise for promise, finding in found.items() if finding.verdict is Verdict.BROKEN]


@pytest.mark.parametrize("each", UNITS, ids=lambda each: each.model.name)
def test_every_honest_model_passes_and_no_card_moves(each: Unit) -> None:
    bench = Bench(each, CABLES[each.model.family][0])
    found = findings(bench)
    assert broken(found) == []
    assert sum(finding.verdict is Verdict.PROVED for finding in found.values()) >= 6
    assert {promise for promise, _ in LEFT_OPEN} <= set(found)
    facts = bench.model.facts
    sent_on = any("printer calibrate" in finding.seen for finding in found.values())
    assert sent_on == bool(facts.counter_query or facts.path_query), "calibrate refuses the others"
    assert (bench.drawn, bench.device.body.tally.picks) == (0, 0)
    assert bench.cable.holder is None, "it is still held"


@pytest.mark.parametrize(
    ("device", "promise"),
    [("liars/no-serial", "tells a serial"), ("liars/same-serial", "tells a serial")],
)
def test_liars_that_a_standing_look_catches(device: str, promise: str) -> None:
    (caught,) = broken(findings(bench_of(device, "tiny-pick")))
    assert promise in caught


@pytest.mark.parametrize("device", ["liars/prints-nothing", "liars/keeps-job", "liars/ready-early"])
def test_what_takes_a_card_is_left_open_and_said(device: str) -> None:
    found = findings(bench_of(device, "tiny-pick"))
    assert broken(found) == []
    said = found["what is fed lies on the card"]
    assert said.verdict is Verdict.OPEN and "only the check by eye" in said.seen


def test_a_card_inside_is_told() -> None:
    bench = bench_of("dualys3-k")
    bench.act("hand-feed")
    assert "its path sensor answers, and no card is inside" in broken(findings(bench))


def test_a_word_that_no_table_has_is_told() -> None:
    bench = bench_of("tiny-pick")
    bench.arm("cover-open", phase="wait")
    bench.device.body.cover_open = True
    bench.device.body.fail("cover-open")
    bench.device.spec.errors  # noqa: B018 - the code is a known one: nothing is broken
    assert broken(findings(bench)) == []
    bench = bench_of("tiny-pick")
    driver = bench.connect()
    driver.close()
    bench.arm("wrong-reply", phase="status", times=9)
    assert broken(findings(bench))[0] == "every word of its state is one of the vocabulary"


def test_a_second_program_that_is_let_in_is_broken() -> None:
    bench = bench_of("tiny-pick")

    def anybody() -> object:
        bench.cable.holder = None
        return bench.connect()

    found = list(Check("usbip://x", anybody, bench.model).run())  # type: ignore[arg-type]
    (caught,) = [finding for finding in found if finding.verdict is Verdict.BROKEN]
    assert caught.promise == "a second program is refused while we hold it"


def test_the_first_opening_says_why_it_cannot_be_tried() -> None:
    bench = bench_of("tiny-pick")
    held = bench.connect()
    with pytest.raises(DeviceBusy):
        findings(bench)
    held.close()
    with pytest.raises(WrongDevice, match="configured is alto, found is tiny-pick"):
        list(Check("usbip://x", lambda: bench.connect(model("alto")), model("alto")).run())
    assert bench.cable.holder is None
