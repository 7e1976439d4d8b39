"""A quicker way to the database for the simulation: the same statements, compiled by SQLAlchemy, run without
the ceremony that Core needs for other databases, listeners and cursors that are read slowly.

Two thirds of a simulated card's time went there. `test_simulation.py` holds that a history is the same with
it and without it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Engine, Row
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select

#: Statements whose way of being run is known, the ones built at each call among them.
MOST_KNOWN = 1000


@dataclass(frozen=True)
class Plan:
    """One statement with its parameters' names: its text, where its values come from, how its rows are made."""

    sql: str
    #: (name in the parameters or None, else this value, how it is bound), one a question mark.
    values: tuple[tuple[str | None, Any, Callable[[Any], Any] | None], ...]
    metadata: SimpleResultMetaData | None
    readers: tuple[tuple[int, Any], ...]


@dataclass(frozen=True)
class Changed:
    """What is asked of an INSERT or UPDATE."""

    rowcount: int
    inserted_primary_key: tuple[int | None]


class Rows:
    """The rows of a SELECT, with as much of a `Result` as is mostly asked for; the rest is made at need."""

    __slots__ = ("_found", "_metadata")

    def __init__(self, metadata: SimpleResultMetaData, found: list[Any]) -> None:
        self._metadata = metadata
        self._found = found

    def _row(self, values: Any) -> Row[Any]:
        return Row(self._metadata, None, self._metadata._key_to_index, values)

    def __iter__(self) -> Iterator[Row[Any]]:
        return map(self._row, self._found)

    def all(self) -> list[Row[Any]]:
        return list(self)

    def one_or_none(self) -> Row[Any] | None:
        if len(self._found) > 1:
            return self._usual().one_or_none()
        return self._row(self._found[0]) if self._found else None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._usual(), name)

    def _usual(self) -> IteratorResult[Any]:
        return IteratorResult(self._metadata, iter(self._found))


class Known:
    """The plans and the idle connections of one engine."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self.connect = connect
        self.compiled: dict[Any, Any] = {}
        #: id -> the statement itself (so that its id stays its own) and its plans by parameter names.
        self.plans: dict[int, tuple[Any, dict[tuple[str, ...], Plan | None]]] = {}
        self.idle: list[QuickConnection] = []

    def plan(self, statement: Any, given: tuple[str, ...], dialect: Any) -> Plan | None:
        """How this statement is run; None when SQLAlchemy has to."""
        known = self.plans.get(id(statement))
        if known is None:
            if len(self.plans) >= MOST_KNOWN:
                self.plans.clear()
            known = self.plans[id(statement)] = statement, {}
        plans = known[1]
        if given not in plans:
            plans[given] = _plan(statement, given, dialect, self.compiled)
        return plans[given]


class QuickConnection(Connection):
    """Runs single SELECT, INSERT and UPDATE statements itself, and is kept when it is closed; everything else
    is as ever."""

    known: Known
    #: SQLite's own connection, which stays the same for as long as this one is kept.
    _raw: sqlite3.Connection | None = None

    def _sqlite(self) -> sqlite3.Connection:
        if self._raw is None:
            self._raw = cast(sqlite3.Connection, self.connection.dbapi_connection)
        return self._raw

    def execute(
        self, statement: Any, parameters: Any = None, *, execution_options: Any = None
    ) -> Any:
        usual = execution_options or "yield_per" in self._execution_options
        if usual or isinstance(parameters, list) or not isinstance(statement, (Select, UpdateBase)):
            return super().execute(statement, parameters, execution_options=execution_options)
        plan = self.known.plan(statement, tuple(parameters or ()), self.dialect)
        if plan is None:
            return super().execute(statement, parameters)
        values = [value if name is None else parameters[name] for name, value, _ in plan.values]
        for index, (_, _, bind) in enumerate(plan.values):
            if bind is not None:
                values[index] = bind(values[index])
        return self._run(plan, values, statement, parameters)

    def _run(self, plan: Plan, values: list[Any], statement: Any, parameters: Any) -> Any:
        if self._transaction is None:
            self._autobegin()
        try:
            cursor = self._sqlite().execute(plan.sql, values)
        except Exception:  # noqa: BLE001 - said again, in SQLAlchemy's words
            return super().execute(statement, parameters)
        if plan.metadata is None:
            return Changed(cursor.rowcount, (cursor.lastrowid,))
        rows = cursor.fetchall()
        for index, read in plan.readers:
            rows = [(*row[:index], read(row[index]), *row[index + 1 :]) for row in rows]
        return Rows(plan.metadata, rows)

    def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> Any:
        if not statement.startswith("BEGIN"):
            return super().exec_driver_sql(statement, parameters, execution_options)
        try:
            return self._sqlite().execute(statement)
        except Exception:  # noqa: BLE001 - said again, in SQLAlchemy's words
            return super().exec_driver_sql(statement)

    def close(self) -> None:
        if self in self.known.idle:
            return
        if self._transaction is not None:
            self._transaction.close()
        self._execution_options = self.engine._execution_options
        self.known.idle.append(self)

    def end(self) -> None:
        """Close in earnest."""
        self._raw = None
        super().close()


def _plan(
    statement: Any, given: tuple[str, ...], dialect: Any, cache: dict[Any, Any]
) -> Plan | None:
    compiled, extracted, *_ = statement._compile_w_cache(
        dialect, compiled_cache=cache, column_keys=sorted(given)
    )
    if compiled.positiontup is None:
        return None
    metadata, readers = None, []
    if isinstance(statement, UpdateBase):
        if compiled.effective_returning or compiled.insert_prefetch or compiled.update_prefetch:
            return None
    else:
        columns = compiled._result_columns
        metadata = SimpleResultMetaData([column.keyname for column in columns])
        for index, column in enumerate(columns):
            reader = column.type._cached_result_processor(dialect, None)
            if reader is not None:
                readers.append((index, reader))
    if any(bind.expanding and bind.key in given for bind in compiled.bind_names):
        return None
    sql, names, own = str(compiled), compiled.positiontup, compiled.bind_names
    binders = compiled._bind_processors
    values = compiled.construct_params(dict.fromkeys(given), extracted_parameters=extracted)
    if compiled.post_compile_params:
        whole = compiled._process_parameters_for_postcompile(values)
        sql, names = whole.statement, whole.positiontup
        values = {**values, **whole.additional_parameters}
        binders = {**binders, **whole.processors}
    keys = {name: bind.key for bind, name in own.items() if bind.key in given}
    bound = tuple((keys.get(n), values[n], binders.get(n)) for n in names)
    return Plan(sql, bound, metadata, tuple(readers))


def quicken(engine: Engine) -> None:
    """Let this engine's connections be quick ones, kept until they are dropped."""
    known = Known(engine.connect)
    quick = type("Quick", (QuickConnection,), {"known": known})
    engine._connection_cls = quick

    def connect() -> Connection:
        if engine._connection_cls is quick and known.idle:
            return known.idle.pop()
        return known.connect()

    engine.connect = connect  # type: ignore[method-assign]
    engine.dispose = _disposing(engine, known)  # type: ignore[method-assign, assignment]


def _disposing(engine: Engine, known: Known) -> Callable[[bool], None]:
    dispose = engine.dispose

    def drop(close: bool = True) -> None:
        while known.idle:
            known.idle.pop().end()
        dispose(close)

    return drop
