"""The one door to the typesetter (typst): a template's name and data in, PDF/A-2b bytes out.

The same data gives the same bytes, in any process: the document's date comes from the data, fonts
come from two pinned packages only, and data travel as JSON, never as source. See `press.py` for why
that is a process of its own; libraries.md D has what was tried.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from printstation.documents.letters import fonts_folder, visible_all

FONT_PACKAGES = ("fontpkg_ibm_plex_sans_condensed", "fontpkg_ibm_plex_mono")
TEMPLATES = Path(__file__).with_name("templates")
PRESS = Path(__file__).with_name("press.py")

# 8,000 cards take 2 s on two busy cores; thirty times that is a machine that has other trouble.
DEADLINE_S = 60.0
# 20,000 cards are about 5 MB of text, twenty photos about 10 MB.
LARGEST_BYTES = 64 * 2**20


class NotTypeset(Exception):
    """No document came of it. Names the template and the place in it, nothing of the data."""


def pdf(
    template: str, data: Mapping[str, Any], exact: Mapping[str, str], tagged: bool = True
) -> bytes:
    """One PDF. `exact` are texts that must not be touched: drawings (SVG), codes.

    `tagged` adds the structure that screen readers use. Of a table with 8,000 rows it is 3 to 12 MB.
    """
    return _press(template, data, exact, format="pdf", tags=tagged, ppi=None)[0]


def pages(
    template: str, data: Mapping[str, Any], exact: Mapping[str, str], ppi: int
) -> list[bytes]:
    """The same pages as PNG pictures."""
    return _press(template, data, exact, format="png", tags=False, ppi=float(ppi))


def moment(value: datetime) -> list[int]:
    """A document's date as the templates take it."""
    return [value.year, value.month, value.day, value.hour, value.minute, value.second]


def _press(
    template: str, data: Mapping[str, Any], exact: Mapping[str, str], **options: Any
) -> list[bytes]:
    cleaned = {**visible_all(dict(data)), "exact": dict(exact)}
    text = json.dumps(cleaned, ensure_ascii=False, sort_keys=True).encode("utf-8")
    if len(text) > LARGEST_BYTES:
        raise NotTypeset(f"{template}: the data of this document are too large")
    job = {
        "template": str(TEMPLATES / f"{template}.typ"),
        "fonts": [str(fonts_folder(package)) for package in FONT_PACKAGES],
        "length": len(text),
        **options,
    }
    return _unpack(template, _run(template, json.dumps(job).encode() + b"\n" + text))


def _run(template: str, job: bytes) -> bytes:
    # -I: neither the working folder nor the environment decides what is imported there. What the
    # typesetter would write to stderr may quote the data.
    command = [sys.executable, "-I", str(PRESS)]
    failure = ""
    try:
        done = subprocess.run(
            command,
            input=job,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        failure = f"{template}: not typeset within {DEADLINE_S:.0f} s"
    except OSError:
        failure = f"{template}: the typesetter could not be started"
    # Raised out here, so that no exception that holds the job hangs on it.
    if failure:
        raise NotTypeset(failure)
    if done.returncode != 0:
        raise NotTypeset(f"{template}: the typesetter ended with status {done.returncode}")
    return done.stdout


def _unpack(template: str, answer: bytes) -> list[bytes]:
    line, _, rest = answer.partition(b"\n")
    told = json.loads(line)
    if "error" in told:
        raise NotTypeset(f"{template}: stopped at {told['error']}")
    found, start = [], 0
    for length in told["parts"]:
        found.append(rest[start : start + length])
        start += length
    return found
