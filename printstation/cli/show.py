"""What commands print: tables for people, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Item = dict[str, Any]
#: A column: its title, and the key of its value or how to get it.
Column = tuple[str, str | Callable[[Item], Any]]
#: Wide enough for an id, a reference and a sentence side by side, where no terminal says otherwise.
PIPE_WIDTH = 240


class Enough(Exception):
    """The reader (`head`, a pager) went away: no failure of ours. Typer would make one of a broken pipe."""


def say(line: str) -> None:
    """A line of the answer; `Enough` when nobody reads on."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        raise Enough from None


def _print(shown: Any) -> None:
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPE_WIDTH
    console = Console(width=width, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(shown)
    # Without the blanks that fill each line: `grep` and `cut` meet them otherwise.
    say("\n".join(line.rstrip() for line in captured.get().splitlines()))


def as_json(value: Any) -> None:
    """The value as the API gave it."""
    say(json.dumps(value, ensure_ascii=False, indent=2))


def table(items: Sequence[Item], columns: Sequence[Column], empty: str) -> None:
    """One row an item; `empty` is the sentence where there is none."""
    from rich.table import Table

    if not items:
        say(empty)
        return
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for title, _ in columns:
        # Nothing is cut: what does not fit goes on in the next line.
        shown.add_column(title, overflow="fold")
    for item in items:
        shown.add_row(*(text(_value(item, key)) for _, key in columns))
    _print(shown)


def _value(item: Item, key: str | Callable[[Item], Any]) -> Any:
    return item.get(key) if isinstance(key, str) else key(item)


def fields(item: Item) -> None:
    """One line a field, inner fields as `outer.inner`."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, show_header=False)
    shown.add_column(overflow="fold", style="bold")
    shown.add_column(overflow="fold")
    for name, value in _flat(item, ""):
        shown.add_row(name, text(value))
    _print(shown)


def _flat(item: Item, before: str) -> Iterable[tuple[str, Any]]:
    for name, value in item.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
            for number, part in enumerate(value, start=1):
                yield from _flat({f"{name}[{number}]": part}, before)
        else:
            yield before + name, value


def text(value: Any) -> str:
    """A value as a person reads it."""
    if value is None or value == [] or value == {}:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(text(part) for part in value)
    return str(value)
