"""The described API against the real one: whatever the schema allows gets an answer that it describes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from printstation.api.app import create_app
from printstation.config import Config
from printstation.station import open_station
from tests.api.conftest import CONFIG

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder: Path = tmp_path_factory.mktemp("schema")
    config = Config.model_validate({"data_dir": folder, "min_free_mb": 0, **CONFIG})
    station = open_station(config)
    yield schemathesis.openapi.from_asgi("/openapi.json", create_app(station))
    station.stop(now=True)


@pytest.mark.slow
def test_every_answer_is_described(described: Any) -> None:
    """Slow: some drawn requests for each route, the same ones on every run."""
    names = []
    numbers = itertools.count()
    for found in described.get_all_operations():
        operation = found.ok()
        names.append(operation.label)

        @seed(20261103)
        @settings(
            max_examples=10,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            answer = case.call(headers={"Idempotency-Key": f"drawn-{next(numbers)}"})
            case.validate_response(answer, checks=CHECKS)

        ask()
    assert len(names) >= 75, names
