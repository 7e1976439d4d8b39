"""What cupsd's own files must say for cards, which IPP does not show (ipp.md §7). Pure: texts in, findings out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.ipp.check import Finding

#: What the drop-in runs before cupsd starts (`drivers/ipp/cups`).
HOOK = "printstation-stop-queue"
_LISTENS = re.compile(r"(?:ssl)?(?:listen\s+(?:\S*:)?|port\s+)(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class _Wanted:
    """A line with its good values; `default` is what cupsd takes where the line is missing."""

    file: str
    setting: str
    good: re.Pattern[str]
    wanted: str
    why: str
    default: str = ""


_CUPSD, _FILES = "cupsd.conf", "cups-files.conf"
_YES, _NO = re.compile(r"yes|on|true", re.I), re.compile(r"no|off|false|0", re.I)
_LINES = (
    _Wanted(
        _CUPSD,
        "DirtyCleanInterval",
        re.compile("0"),
        "0",
        "a job is lost with its number at a crash",
    ),
    _Wanted(
        _CUPSD, "PreserveJobHistory", _YES, "Yes", "a job that is over is unknown", default="Yes"
    ),
    _Wanted(_CUPSD, "PreserveJobFiles", _NO, "No", "pictures lie about for a day"),
    _Wanted(_CUPSD, "JobRetryLimit", re.compile("1"), "1", "a failed job is run again and again"),
    _Wanted(_FILES, "SyncOnClose", _YES, "Yes", "a power cut loses jobs"),
)


def check_server(cupsd_conf: str, files_conf: str | None = None) -> tuple[Finding, ...]:
    """The lines of both files. They lose evidence; none of them blocks. `files_conf`: None where it is unknown."""
    told = {_CUPSD: _settings(cupsd_conf), _FILES: _settings(files_conf or "")}
    found: list[Finding] = []
    for line in _LINES:
        if line.file == _FILES and files_conf is None:
            continue
        value = told[line.file].get(line.setting.lower(), line.default)
        if not line.good.fullmatch(value):
            repair = f"{line.setting} {line.wanted} in {line.file}; otherwise {line.why}"
            told_so = value or "the default"
            found.append(Finding(line.setting, told_so, line.wanted, repair, blocks=False))
    return tuple(found)


def listens_on(cupsd_conf: str, port: int) -> bool:
    """Whether the cupsd of this file answers at a port."""
    lines = map(_LISTENS.fullmatch, _lines(cupsd_conf))
    return any(line is not None and int(line[1]) == port for line in lines)


def check_hook(drop_ins: Sequence[str], queue: str) -> tuple[Finding, ...]:
    """Whether some drop-in of cupsd's service stops this queue before each start: the only thing that keeps a job
    that was printing from running a second time (§5)."""
    words = [line.split() for text in drop_ins for line in _lines(text) if HOOK in line]
    if any(line[0].startswith("ExecStartPre=") and queue in line[1:] for line in words):
        return ()
    found = "for other queues" if words else "missing"
    repair = (
        f"install drivers/ipp/cups/{HOOK} and printstation.conf with {queue} as its queue, then "
        "`systemctl daemon-reload` (docs/ipp-queues.md, The start hook)"
    )
    return (Finding("start hook", found, f"{queue} is stopped before cupsd starts", repair),)


def _settings(text: str) -> dict[str, str]:
    pairs = (line.split(None, 1) for line in _lines(text))
    return {pair[0].lower(): pair[1] for pair in pairs if len(pair) == 2}


def _lines(text: str) -> list[str]:
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]
