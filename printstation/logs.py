"""The log: one JSON object a line, on stderr, with what a technician searches for and nobody's data.

Python's own `logging` with a formatter of ours: the web server, the database and the migrations speak through it
anyway, so a second library would only be a second way. Who writes a line hands in ids and keywords as `extra`;
what is not in `FIELDS` is not written, and of an exception only its type and the places in the code: the text of
an exception may quote a resident's data. Nothing here knows a station.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

Level = Literal["debug", "info", "warning", "error"]

#: What a record may carry beside its text: ids, keywords and counts.
FIELDS = ("printer", "job", "card", "entry", "reasons", "error", "places")
#: A second lock: whatever looks like a NIK is not written, wherever it came from.
NIK = re.compile(r"(?<!\d)\d{16}(?!\d)")
HIDDEN = "[16 digits]"
#: No line of ours is longer; a library's may quote what it was given.
MOST_CHARS = 1000
#: These say at `info` and `debug` what is in rows and requests; nobody needs that of a station.
QUIET = ("PIL", "alembic", "asyncio", "fontTools", "sqlalchemy", "urllib3", "usb", "uvicorn")


def where(error: BaseException) -> list[str]:
    """The places that an exception came through, the innermost last; never its text."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def of_error(error: BaseException) -> dict[str, object]:
    """`extra` of a line about our own mistake."""
    return {"error": type(error).__name__, "places": where(error)}


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, thread, event and the record's fields."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "thread": record.threadName,
            "event": _safe(record.getMessage()),
        }
        error = record.exc_info[1] if record.exc_info else None
        extra = {**(of_error(error) if error is not None else {}), **vars(record)}
        line |= {name: extra[name] for name in FIELDS if extra.get(name) is not None}
        return NIK.sub(HIDDEN, json.dumps(line, ensure_ascii=False, default=str))


def _safe(text: str) -> str:
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}…"


def set_up(level: Level = "info", stream: IO[str] | None = None) -> logging.Handler:
    """Make this the log of the process, threads that die of a mistake included. Returns the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    threading.excepthook = _died
    return handler


def _died(args: threading.ExceptHookArgs) -> None:
    """Python would print the text of the exception."""
    if args.exc_value is not None and args.exc_type is not SystemExit:
        log = logging.getLogger(__name__)
        log.error("a thread ended by a mistake of ours", extra=of_error(args.exc_value))
