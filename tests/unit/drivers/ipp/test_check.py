"""Every setting of ipp.md §7: a good queue has no finding, and each wrong one is named with its repair."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.ipp.check import DEFAULTS, check_queue, check_state
from drivers.ipp.seen import JobSeen, JobState, PrinterSeen, read_printer
from drivers.ipp.wire import Collection, Nothing, Resolution, Value
from tests.unit.drivers.ipp.kit import queue_model

CARD = Collection({"x-dimension": (5398,), "y-dimension": (8560,)})
#: What cupsd 2.4.2 says of a card queue with a PPD, as far as the check looks.
GOOD: dict[str, tuple[Value, ...]] = {
    "printer-name": ("cards",),
    "printer-state": (3,),
    "printer-is-accepting-jobs": (True,),
    "printer-error-policy": ("abort-job",),
    "printer-is-shared": (False,),
    "operations-supported": (0x05, 0x06, 0x08, 0x09, 0x0A, 0x0B, 0x0D, 0x4002),
    "device-uri": ("usb://HID/DTC1500",),
    "document-format-supported": ("application/octet-stream", "application/vnd.cups-raster"),
    "job-sheets-default": ("none", "none"),
    "copies-default": (1,),
    "number-up-default": (1,),
    "sides-default": ("one-sided",),
    "sides-supported": ("one-sided",),
    "print-color-mode-default": ("color",),
    "job-hold-until-default": ("no-hold",),
    "job-hold-until-supported": ("no-hold", "indefinite"),
    "job-cancel-after-default": (3600,),
    "media-size-supported": (CARD,),
    "media-default": ("custom_53.98x85.6mm_53.98x85.6mm",),
    "media-left-margin-supported": (0, 318),
    "media-col-default": (Collection({"media-size": (CARD,)}),),
    "printer-resolution-default": (Resolution(300, 300),),
}
DEVICES = [("cards", "usb://HID/DTC1500"), ("office", "ipp://there")]


def queue(**changes: Any) -> PrinterSeen:
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    return read_printer({**GOOD, **named})


def found(printer: PrinterSeen, **model: Any) -> dict[str, tuple[str, str, str]]:
    findings = check_queue(printer, DEVICES, queue_model(**model))
    assert all(finding.blocks for finding in findings)
    return {f.setting: (f.found, f.wanted, f.repair) for f in findings}


def test_a_good_queue_has_no_finding() -> None:
    assert found(queue()) == {}
    assert check_state(queue(), ()) == ()


WRONG: list[tuple[str, tuple[Value, ...], str, str]] = [
    ("printer-error-policy", ("retry-job",), "retry-job", "printer-error-policy=abort-job"),
    ("printer-error-policy", ("stop-printer",), "stop-printer", "printer-error-policy=abort-job"),
    ("printer-is-shared", (True,), "true", "printer-is-shared=false"),
    ("job-sheets-default", ("standard", "none"), "standard none", "job-sheets-default=none"),
    ("copies-default", (2,), "2", "copies-default=1"),
    ("number-up-default", (4,), "4", "number-up-default=1"),
    ("print-scaling-default", ("fit",), "fit", "print-scaling-default=none"),
    ("sides-default", ("two-sided-long-edge",), "two-sided-long-edge", "sides-default=one-sided"),
    ("print-color-mode-default", ("monochrome",), "monochrome", "raw queue"),
    ("job-hold-until-default", ("night",), "night", "no-hold"),
    ("job-hold-until-supported", ("no-hold",), "no-hold", "for ever"),
    ("operations-supported", (0x05, 0x09, 0x0A, 0x0B, 0x0D), "without 0x0006 0x0008", "another"),
    ("document-format-supported", ("application/pdf",), "application/pdf", "vendor's driver"),
    (
        "media-size-supported",
        (Collection({"x-dimension": (21000,), "y-dimension": (29700,)}),),
        "21000 x 29700",
        "size",
    ),
    ("media-size-supported", (Nothing.UNKNOWN,), "not told", "size"),
    ("printer-resolution-default", (Resolution(600, 600),), "600dpi", "300dpi"),
    ("job-cancel-after-default", (60,), "60", "MaxJobTime"),
]


@pytest.mark.parametrize(("setting", "value", "words", "repair"), WRONG)
def test_each_wrong_setting_is_named_with_its_repair(
    setting: str, value: tuple[Value, ...], words: str, repair: str
) -> None:
    findings = found(queue(**{setting: value}))
    assert list(findings) == [setting]
    assert findings[setting][0] == words
    assert repair in findings[setting][2]


def test_every_default_that_is_wanted_has_a_wrong_one_here() -> None:
    assert {wanted.setting for wanted in DEFAULTS} <= {setting for setting, *_ in WRONG}


def test_the_pages_default_is_compared_too() -> None:
    letter = Collection({"x-dimension": (21590,), "y-dimension": (27940,)})
    printer = queue(media_col_default=(Collection({"media-size": (letter,)}),))
    assert found(printer)["media-default"][:2] == ("21590 x 27940", "5402 x 8560")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("iso_a4_210x297mm", "21000 x 29700"),
        ("na_letter_8.5x11in", "21590 x 27940"),
        ("iso_id-1_53.98x85.6mm", None),
        ("cr80", None),
        ("", None),
    ],
)
def test_the_pages_name_is_compared_as_well(name: str, size: str | None) -> None:
    """cupsd keeps a default that somebody wrote by name beside the size of its driver."""
    findings = found(queue(media_default=(name,)))
    assert findings.get("media-default", (None,))[0] == size


def test_a_queue_with_margins_loses_edges_and_nothing_else() -> None:
    printer = queue(media_left_margin_supported=(318,))
    (finding,) = check_queue(printer, DEVICES, queue_model())
    assert (finding.setting, finding.found) == ("media-left-margin-supported", "318")
    assert not finding.blocks


def test_a_default_that_is_not_there_and_no_limit_are_as_good() -> None:
    unset = (Nothing.NO_VALUE,)
    assert found(queue(number_up_default=unset, job_cancel_after_default=(0,))) == {}


def test_two_sides_need_a_queue_that_can() -> None:
    assert found(queue(), sides=2)["sides-supported"][1] == "two-sided-long-edge"
    both = ("one-sided", "two-sided-long-edge")
    assert found(queue(sides_supported=both), sides=2) == {}


def test_a_second_queue_on_the_same_device_is_named() -> None:
    devices = [*DEVICES, ("twin", "usb://HID/DTC1500")]
    (finding,) = check_queue(queue(), devices, queue_model())
    assert (finding.setting, finding.found) == ("device-uri", "also of twin")
    assert "lpadmin -x" in finding.repair


def test_what_changes_by_itself() -> None:
    stranger = JobSeen(7, "urn:uuid:x", "letter", JobState.HELD)
    stopped = queue(printer_state=(5,), printer_is_accepting_jobs=(False,))
    findings = check_state(stopped, [stranger])
    assert [f.setting for f in findings] == [
        "printer-state",
        "printer-is-accepting-jobs",
        "queued-job-count",
    ]
    assert [f.repair for f in findings][1:] == ["cupsaccept cards", "cancel cards-7"]


def test_a_printer_that_speaks_ipp_itself_has_no_error_policy() -> None:
    operations = (0x05, 0x06, 0x08, 0x09, 0x0A, 0x0B)
    own = queue(
        operations_supported=operations,
        printer_error_policy=(),
        job_hold_until_supported=(),
        job_sheets_default=("none",),
    )
    assert found(own) == {}
