"""Text that may leave the office: words that this program itself may say, and nothing else.

Not a search for what looks personal, which would miss some: a word is kept if it stands in our own sources (in
lower case), in a family's table of codes, or was handed in (names of printers). Long digit runs never are.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import drivers

MASK = "…"
#: A NIK has 16 digits, a family card as many, a telephone 10 or more; our own times have at most 6 in a row.
MOST_DIGITS = 8
#: Of a disk's line.
TECHNICAL = ("MB", "KiB", "NTP", "UTC", "dev", "ext", "xfs", "btrfs", "sda", "vda", "nvme")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
ROOMS = ("acts", "api", "diagnostics", "lifecycle", "spool", "store")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
_STAMP = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|\+00:00)?"
_OWN_ID = r"\b[BQ]-\d{6}\b"
#: In this order: what is ours as a whole, digits that belong together, words.
_PARTS = re.compile(
    rf"(?P<ours>{_UUID}|{_STAMP}|{_OWN_ID})"
    r"|(?P<digits>\d(?:[ .\-/]?\d){8,})"
    r"|(?P<word>[^\W\d_]+)"
)
_FRAME = re.compile(r'  File "(?P<path>[^"]+)", line (?P<line>\d+), in (?P<name>\w+)')


class Scrubber:
    """Keeps our own words and those handed in; everything else becomes a mark."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        self._more = frozenset(word for text in more for word in words(text))

    def text(self, text: str) -> str:
        """The text with every foreign word and every long number masked."""
        return _PARTS.sub(self._part, text)

    def line(self, line: str) -> str:
        """One line of a log. Of a traceback, places in the code stay."""
        frame = _FRAME.match(line)
        if frame is None:
            return self.text(line)
        path = re.search(r"(?:printstation|drivers|layouts)/[\w/.-]+$", frame["path"])
        where = path[0] if path else self.text(Path(frame["path"]).name)
        return f'  File "{where}", line {frame["line"]}, in {self.text(frame["name"])}'

    def _part(self, found: re.Match[str]) -> str:
        if found["ours"]:
            return found["ours"]
        if found["digits"]:
            return MASK
        word = found["word"]
        own = len(word) == 1 or word in self._more or word in own_words()
        return word if own else MASK


def words(text: str) -> Iterator[str]:
    """The words of a text."""
    return (found[0] for found in re.finditer(r"[^\W\d_]+", text))


@cache
def own_words() -> frozenset[str]:
    """What our sources and tables say: from their texts only words in lower case, so that no name gets in."""
    here = Path(__file__).parents[1]
    folders = [Path(drivers.__file__).parent, *(here / room for room in ROOMS)]
    files = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    said = {word for path in files for text in _texts(path) for word in words(text)}
    kept = {word for word in said if word.isascii() and word.islower()}
    tables = (path for path in folders[0].rglob("codes.toml"))
    kept |= {word for path in tables for word in words(path.read_text(encoding="utf-8"))}
    kept |= {word for keyword in drivers.reasons() for word in words(keyword)}
    return frozenset(kept | _errors() | {*TECHNICAL, *LEVELS})


def _texts(path: Path) -> Iterator[str]:
    """Every text of a source file but its comments."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _errors() -> set[str]:
    """Names of exceptions, as they end a traceback."""
    own = (name for name in drivers.__all__ if name[0].isupper())
    python = (name for name, value in vars(builtins).items() if _is_error(value))
    return {*own, *python, "Traceback", "Refusal", "OperationalError", "IntegrityError"}


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)
