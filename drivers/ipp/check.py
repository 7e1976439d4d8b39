"""Whether a queue may be trusted with cards (ipp.md §7): what was found, what is wanted, how it is mended.

Pure: looks in, findings out. The driver feeds nothing while a finding blocks; `doctor` prints them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drivers.ipp.seen import JobSeen, PrinterSeen, PrinterState, number
from drivers.ipp.staging import page_size
from drivers.ipp.wire import Collection, Nothing, Resolution, Value
from drivers.models import Model

#: Hundredths of a millimetre by which a queue's page may differ: three dots of 300 an inch.
PAGE_TOLERANCE = 26
_SIZE_NAME = re.compile(r"_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)$")
#: CUPS-Get-Printers: who has it is cupsd, where error policies and other queues exist.
_CUPS_OPERATION = 0x4002
_CREATE, _SEND, _CANCEL, _GET_JOB, _RELEASE = 0x05, 0x06, 0x08, 0x09, 0x0D


@dataclass(frozen=True)
class Finding:
    """One setting that is not as cards need it. `blocks`: nothing is fed while it is so."""

    setting: str
    found: str
    wanted: str
    repair: str
    blocks: bool = True


@dataclass(frozen=True)
class Wanted:
    """A setting with its only good values; a queue that does not have it at all is as good."""

    setting: str
    value: tuple[Value, ...]
    repair: str


#: Banners and copies are cards (§7). Each of them is also sent with every job.
DEFAULTS = (
    Wanted("printer-is-shared", (False,), "lpadmin -p {queue} -o printer-is-shared=false"),
    Wanted("job-sheets-default", ("none", "none"), "lpadmin -p {queue} -o job-sheets-default=none"),
    Wanted("copies-default", (1,), "lpadmin -p {queue} -o copies-default=1"),
    Wanted("number-up-default", (1,), "lpadmin -p {queue} -o number-up-default=1"),
    Wanted("print-scaling-default", ("none",), "lpadmin -p {queue} -o print-scaling-default=none"),
    Wanted("sides-default", ("one-sided",), "lpadmin -p {queue} -o sides-default=one-sided"),
    Wanted(
        "print-color-mode-default",
        ("color",),
        "lpadmin -p {queue} -o print-color-mode-default=color; a raw queue says monochrome: give it a driver",
    ),
    Wanted(
        "job-hold-until-default",
        ("no-hold",),
        "lpadmin -p {queue} -o job-hold-until-default=no-hold",
    ),
)


def check_queue(
    printer: PrinterSeen, devices: Sequence[tuple[str, str]], model: Model
) -> tuple[Finding, ...]:
    """The settings. `devices`: (queue, device-uri) of every queue of this server."""
    checks = (_policy, _defaults, _operations, _documents, _page, _margins, _longest, _sides)
    found = [finding for check in checks for finding in check(printer, model)]
    return (*found, *_same_device(printer, devices))


def check_state(printer: PrinterSeen, jobs: Sequence[JobSeen]) -> tuple[Finding, ...]:
    """What changes by itself, for a queue that nobody feeds now: `jobs` are all that are not over."""
    return (*_state(printer), *_foreign(printer, jobs))


def is_cups(printer: PrinterSeen) -> bool:
    """Whether this is cupsd and not a printer that speaks IPP itself."""
    return _CUPS_OPERATION in printer.operations


def holds_jobs(printer: PrinterSeen) -> bool:
    """Whether a job can be laid there and released later (§10: ippeveprinter cannot)."""
    return _RELEASE in printer.operations


#: Settings of a queue that are no `-default`: a change of any of them changes cards.
_SETTINGS = ("printer-error-policy", "device-uri", "printer-make-and-model", "printer-is-shared")


def settings_of(printer: PrinterSeen) -> dict[str, str]:
    """What a queue is set to, in words, by name."""
    names = [name for name in printer.attributes if name.endswith("-default")]
    found = {}
    for name in sorted({*names, *(n for n in _SETTINGS if n in printer.attributes)}):
        values = printer.attributes[name]
        if not any(isinstance(value, Collection | Nothing) for value in values):
            # A device address may hold a name and a password.
            found[name] = re.sub(r"//[^/@]*@", "//", _words(values))[:127]
    return found


# --------------------------------------------------------------------------- one check each
def _policy(printer: PrinterSeen, _: Model) -> Iterator[Finding]:
    if not is_cups(printer):
        return
    policy = _words(printer.attributes.get("printer-error-policy", ()))
    if policy != "abort-job":
        # stop-printer runs once too, but prints again at somebody's resume (§5).
        repair = f"lpadmin -p {printer.name} -o printer-error-policy=abort-job"
        yield Finding("printer-error-policy", policy or "not told", "abort-job", repair)


def _defaults(printer: PrinterSeen, _: Model) -> Iterator[Finding]:
    for wanted in DEFAULTS:
        values = printer.attributes.get(wanted.setting, ())
        if values and not isinstance(values[0], Nothing) and set(values) - set(wanted.value):
            repair = wanted.repair.format(queue=printer.name)
            yield Finding(wanted.setting, _words(values), _words(wanted.value), repair)


def _state(printer: PrinterSeen) -> Iterator[Finding]:
    if printer.state is PrinterState.STOPPED:
        repair = f"see that no job waits there, then: cupsenable {printer.name}"
        yield Finding("printer-state", "stopped", "idle", repair)
    if not printer.accepting:
        repair = f"cupsaccept {printer.name}"
        yield Finding("printer-is-accepting-jobs", "false", "true", repair)


def _operations(printer: PrinterSeen, _: Model) -> Iterator[Finding]:
    needed = {_CREATE, _SEND, _CANCEL, _GET_JOB}
    if missing := sorted(needed - printer.operations):
        names = " ".join(f"{operation:#06x}" for operation in missing)
        yield Finding("operations-supported", f"without {names}", "all of them", "another printer")
    held = _words(printer.attributes.get("job-hold-until-supported", ())).split(" ")
    if holds_jobs(printer) and "indefinite" not in held:
        repair = "a queue that holds jobs for ever"
        yield Finding("job-hold-until-supported", " ".join(held), "indefinite", repair)


def _documents(printer: PrinterSeen, model: Model) -> Iterator[Finding]:
    listed = _words(printer.attributes.get("document-format-supported", ()))
    if model.ipp.format not in listed.split(" "):
        repair = "give the queue its vendor's driver, or configure the model that fits it"
        yield Finding("document-format-supported", listed[:127], model.ipp.format, repair)


def _page(printer: PrinterSeen, model: Model) -> Iterator[Finding]:
    """Size and resolution come from the queue, and our pictures are drawn in them (§8)."""
    across, along = (round(dots / model.dpi * 2540) for dots in page_size(model))
    sizes = list(_sizes(printer.attributes.get("media-size-supported", ())))
    fitting = [size for size in sizes if _near(size, (across, along))]
    if not fitting:
        text = ", ".join(f"{width} x {height}" for width, height in sizes[:8]) or "not told"
        repair = "choose the model whose size this queue has, or the queue's card size"
        yield Finding("media-size-supported", text, f"{across} x {along}", repair)
    chosen = [
        *_named_size(_words(printer.attributes.get("media-default", ()))),
        *_sizes(_members(printer.attributes.get("media-col-default", ()), "media-size")),
    ]
    chosen = [size for size in chosen if not _near(size, (across, along))]
    if chosen:
        text = f"{chosen[0][0]} x {chosen[0][1]}"
        repair = f"lpadmin -p {printer.name} -o media=Custom.{across / 100:g}x{along / 100:g}mm"
        yield Finding("media-default", text, f"{across} x {along}", repair)
    resolution = printer.attributes.get("printer-resolution-default", ())
    if resolution and resolution[0] != Resolution(model.dpi, model.dpi):
        repair = f"lpadmin -p {printer.name} -o printer-resolution-default={model.dpi}dpi"
        yield Finding("printer-resolution-default", _words(resolution), f"{model.dpi}dpi", repair)


def _margins(printer: PrinterSeen, _: Model) -> Iterator[Finding]:
    """A queue that prints to no edge loses the edge of each card; nothing else goes wrong."""
    for side in ("bottom", "left", "right", "top"):
        setting = f"media-{side}-margin-supported"
        values = printer.attributes.get(setting, ())
        if values and 0 not in values:
            repair = "a page size of the queue's driver without margins, or the model of its printable area"
            yield Finding(setting, _words(values), "0", repair, blocks=False)


def _longest(printer: PrinterSeen, model: Model) -> Iterator[Finding]:
    seconds = number(printer.attributes, "job-cancel-after-default")
    if seconds and seconds <= model.print_s:
        wanted = f"more than {model.print_s:g}"
        yield Finding(
            "job-cancel-after-default", str(seconds), wanted, "MaxJobTime 3600 in cupsd.conf"
        )


def _sides(printer: PrinterSeen, model: Model) -> Iterator[Finding]:
    both = _words(printer.attributes.get("sides-supported", ())).split(" ")
    if model.sides == 2 and "two-sided-long-edge" not in both:
        repair = f"lpadmin -p {printer.name} -o Duplex=DuplexNoTumble, or a model of one side"
        yield Finding("sides-supported", " ".join(both), "two-sided-long-edge", repair)


def _same_device(printer: PrinterSeen, devices: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """cupsd starts two backends on one device at once (§7)."""
    ours = _words(printer.attributes.get("device-uri", ()))
    others = sorted(name for name, uri in devices if uri == ours and name != printer.name)
    if ours and others:
        repair = f"a person removes {', '.join(others)}: lpadmin -x"
        yield Finding("device-uri", f"also of {', '.join(others)}", "one queue a device", repair)


def _foreign(printer: PrinterSeen, foreign: Sequence[JobSeen]) -> Iterator[Finding]:
    if foreign:
        numbers = " ".join(str(job.id) for job in foreign)
        repair = " ".join(f"cancel {printer.name}-{job.id};" for job in foreign).rstrip(";")
        yield Finding("queued-job-count", f"jobs {numbers} of others", "0", repair)


# --------------------------------------------------------------------------- values in words
def _sizes(values: tuple[Value, ...]) -> Iterator[tuple[int, int]]:
    for value in values:
        if isinstance(value, Collection):
            across = value.members.get("x-dimension", (None,))[0]
            along = value.members.get("y-dimension", (None,))[0]
            if isinstance(across, int) and isinstance(along, int):
                yield across, along


def _named_size(name: str) -> Iterator[tuple[int, int]]:
    """The size that a media name ends with (PWG 5101.1 §5: `…_WIDTHxLENGTHmm` or `in`); none where it has none."""
    found = _SIZE_NAME.search(name)
    if found is not None:
        unit = 100 if found[3] == "mm" else 2540
        yield round(float(found[1]) * unit), round(float(found[2]) * unit)


def _near(size: tuple[int, int], wanted: tuple[int, int]) -> bool:
    return all(abs(a - b) <= PAGE_TOLERANCE for a, b in zip(size, wanted, strict=True))


def _members(values: tuple[Value, ...], name: str) -> tuple[Value, ...]:
    return values[0].members.get(name, ()) if values and isinstance(values[0], Collection) else ()


def _words(values: tuple[Value, ...]) -> str:
    return " ".join(_word(value) for value in values)


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Resolution):
        return (
            f"{value.across}x{value.along}dpi"
            if value.across != value.along
            else f"{value.across}dpi"
        )
    return str(value)
