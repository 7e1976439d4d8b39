"""What is wrong in a configuration, as one line: where it stands in the file, and what to write there.

Knows pydantic's words for it and no key by name.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

Loc = tuple[int | str, ...]
#: pydantic's words where they are Python's and not TOML's.
WORDS = {
    "tuple_type": "write a list, as [[{0}]] for tables or [...] for values",
    "model_type": "write a table, as [{0}]",
    "model_attributes_type": "write a table, as [[{0}]]",
    "path_type": "write a text in quotes",
    "string_type": "write a text in quotes",
    "string_pattern_mismatch": "write 1 to 64 of A-Z a-z 0-9 . _ -",
    "bool_type": "write true or false",
    "float_type": "write a number",
    "int_type": "write a whole number",
}


def first_mistake(
    error: ValidationError,
    top: type[BaseModel],
    tables: Mapping[str, type[BaseModel]],
    card_types: Mapping[int, int],
) -> str:
    """The first mistake. `card_types`: of the merged list, where each stands in the file."""
    first = error.errors(include_url=False, include_input=False)[0]
    loc = _as_written(first["loc"], card_types)
    table = tables.get(str(loc[0]), top) if len(loc) > 1 else top
    known, place = list(table.model_fields), _place(loc)
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(loc[-1]), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known keys are {', '.join(known)}"
        return f"{place}: unknown key; {hint}"
    if first["type"] == "missing":
        return f"{place}: missing; add this key"
    if first["type"] in WORDS:
        return f"{place}: {WORDS[first['type']].format(loc[0])}"
    text = first["msg"].removeprefix("Value error, ")
    text = text[:1].lower() + text[1:] if first["type"] != "value_error" else text
    if place and text.partition(":")[0] in known:
        # A rule about several keys names the one that it is about.
        return " ".join(f"{place}.{text}".split())
    return " ".join(f"{place}: {text}".split()) if place else text


def _as_written(loc: Loc, card_types: Mapping[int, int]) -> Loc:
    if len(loc) > 1 and loc[0] == "card_types" and isinstance(loc[1], int):
        return (loc[0], card_types.get(loc[1], loc[1]), *loc[2:])
    return loc


def _place(loc: Loc) -> str:
    """`printers[2].model`, counted from 1 as a person counts the tables of the file."""
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
