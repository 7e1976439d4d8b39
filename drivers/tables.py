"""From a TOML table to a frozen dataclass: every key known, every type right, nothing left out.

Shared by models, codes and reasons, so that a typing mistake in a data file is one clear sentence
(`file: key: what is wrong`) at the first load and never a surprise while a card moves.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class TableError(ValueError):
    """A data file says something that its dataclass does not take."""


def build(cls: type[T], table: Mapping[str, object], where: str) -> T:
    """An instance of the dataclass `cls` from a TOML table; nested dataclasses from nested tables.

    Refuses unknown keys, missing keys without a default and wrong types, naming `where` and the key.
    What `cls.__post_init__` refuses with ValueError is told in the same way.
    """
    assert dataclasses.is_dataclass(cls)
    hints = get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}
    if unknown := sorted(table.keys() - fields.keys()):
        raise TableError(f"{where}: unknown key {', '.join(unknown)}")
    required = {
        name
        for name, f in fields.items()
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    }
    if missing := sorted(required - table.keys()):
        raise TableError(f"{where}: missing key {', '.join(missing)}")
    values = {k: _convert(hints[k], v, f"{where}: {k}") for k, v in table.items()}
    try:
        return cls(**values)
    except TableError:
        raise
    except ValueError as wrong:
        raise TableError(f"{where}: {wrong}") from wrong


def _convert(kind: object, value: object, where: str) -> object:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if not isinstance(value, Mapping):
            raise TableError(f"{where}: a table is needed")
        return build(kind, value, where)
    if get_origin(kind) is tuple:
        return _convert_tuple(get_args(kind), value, where)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if getattr(kind, "_is_protocol", False):
        return value  # built already by whoever knows which dataclass it is
    assert isinstance(kind, type) and not isinstance(kind, types.GenericAlias), kind
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise TableError(f"{where}: {kind.__name__} is needed, not {value!r}")
    return value


def _convert_tuple(parts: tuple[object, ...], value: object, where: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise TableError(f"{where}: a list is needed, not {value!r}")
    kinds = [parts[0]] * len(value) if parts[-1] is Ellipsis else list(parts)
    if len(kinds) != len(value):
        raise TableError(f"{where}: {len(kinds)} values are needed, not {len(value)}")
    pairs = zip(kinds, value, strict=True)
    return tuple(_convert(kind, v, f"{where}[{i}]") for i, (kind, v) in enumerate(pairs))
