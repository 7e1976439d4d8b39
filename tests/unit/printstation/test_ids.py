"""Identifiers: version 7, in the order of time, never twice."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from printstation.ids import uuid7

NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


def test_it_is_a_uuid_of_version_7() -> None:
    found = uuid.UUID(uuid7(NOON))
    assert (found.version, found.variant) == (7, uuid.RFC_4122)
    assert found.int >> 80 == int(NOON.timestamp() * 1000)


def test_they_sort_by_the_millisecond() -> None:
    made = [uuid7(NOON + timedelta(milliseconds=n)) for n in range(200)]
    assert made == sorted(made)


def test_no_two_of_one_moment_are_alike() -> None:
    assert len({uuid7(NOON) for _ in range(1000)}) == 1000
