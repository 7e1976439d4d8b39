"""A quicker `Connection.execute` for the simulation: the same statements, compiled by SQLAlchemy, run without
the ceremony that Core needs for other databases, listeners and cursors that are read slowly.

Two thirds of a simulated card's time went there. `test_simulation.py` holds that a history is the same with
it and without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select


@dataclass(frozen=True)
class Plan:
    """One compiled statement, and how its rows are made."""

    compiled: Any
    sql: str
    names: tuple[str, ...]
    binders: dict[str, Any]
    #: Values of IN lists, which are part of the statement's text.
    listed: dict[str, Any]
    metadata: SimpleResultMetaData | None
    readers: tuple[tuple[int, Any], ...]


@dataclass(frozen=True)
class Changed:
    """What is asked of an INSERT or UPDATE."""

    rowcount: int
    inserted_primary_key: tuple[int | None]


class QuickConnection(Connection):
    """Runs single SELECT, INSERT and UPDATE statements itself; everything else as ever."""

    _plans: dict[Any, Plan | None]

    def execute(
        self, statement: Any, parameters: Any = None, *, execution_options: Any = None
    ) -> Any:
        usual = execution_options or "yield_per" in self._execution_options
        if usual or isinstance(parameters, list) or not isinstance(statement, (Select, UpdateBase)):
            return super().execute(statement, parameters, execution_options=execution_options)
        made = statement._generate_cache_key()
        assert made is not None, "a SELECT, INSERT or UPDATE of ours can be cached"
        key, extracted, _ = made
        given = tuple(parameters) if parameters else ()
        plan = self._plan(statement, key, given, extracted)
        if plan is None:
            return super().execute(statement, parameters)
        values = plan.compiled.construct_params(parameters, extracted_parameters=extracted)
        for name, bind in plan.binders.items():
            values[name] = bind(values[name])
        values.update(plan.listed)
        return self._run(plan, [values[name] for name in plan.names], statement, parameters)

    def _run(self, plan: Plan, values: list[Any], statement: Any, parameters: Any) -> Any:
        if self._transaction is None:
            self._autobegin()
        connection = self.connection.dbapi_connection
        assert connection is not None
        try:
            cursor = connection.execute(plan.sql, values)
        except Exception:  # noqa: BLE001 - said again, in SQLAlchemy's words
            return super().execute(statement, parameters)
        if plan.metadata is None:
            return Changed(cursor.rowcount, (cursor.lastrowid,))
        rows = cursor.fetchall()
        for index, read in plan.readers:
            rows = [(*row[:index], read(row[index]), *row[index + 1 :]) for row in rows]
        return IteratorResult(plan.metadata, iter(rows))

    def _plan(
        self, statement: Any, key: Any, given: tuple[str, ...], extracted: Any
    ) -> Plan | None:
        plans = self._plans
        lists = tuple(tuple(bind.value) for bind in extracted if bind.expanding)
        known = key, given, lists
        try:
            return plans[known]
        except KeyError:
            plans[known] = plan = _plan(statement, self.dialect, given, extracted)
            return plan

    def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> Any:
        if not statement.startswith("BEGIN"):
            return super().exec_driver_sql(statement, parameters, execution_options)
        connection = self.connection.dbapi_connection
        assert connection is not None
        try:
            return connection.execute(statement)
        except Exception:  # noqa: BLE001 - said again, in SQLAlchemy's words
            return super().exec_driver_sql(statement)


def _plan(statement: Any, dialect: Any, given: tuple[str, ...], extracted: Any) -> Plan | None:
    compiled, *_ = statement._compile_w_cache(dialect, compiled_cache={}, column_keys=list(given))
    if compiled.positiontup is None:
        return None
    sql, names, listed = str(compiled), tuple(compiled.positiontup), {}
    if compiled.post_compile_params:
        values = compiled.construct_params(dict.fromkeys(given), extracted_parameters=extracted)
        whole = compiled._process_parameters_for_postcompile(values)
        sql, names = whole.statement, tuple(whole.positiontup)
        own = set(compiled.positiontup)
        listed = {n: v for n, v in whole.additional_parameters.items() if n not in own}
    metadata, readers = None, []
    columns = compiled._result_columns
    if isinstance(statement, UpdateBase):
        if compiled.effective_returning or compiled.insert_prefetch or compiled.update_prefetch:
            return None
    else:
        metadata = SimpleResultMetaData([column.keyname for column in columns])
        for index, column in enumerate(columns):
            reader = column.type._cached_result_processor(dialect, None)
            if reader is not None:
                readers.append((index, reader))
    return Plan(
        compiled,
        sql,
        names,
        {n: bind for n, bind in compiled._bind_processors.items() if n in names},
        listed,
        metadata,
        tuple(readers),
    )


def quicken(engine: Engine) -> None:
    """Let this engine's connections be quick ones."""
    plans: dict[Any, Plan | None] = {}
    engine._connection_cls = type("Quick", (QuickConnection,), {"_plans": plans})
