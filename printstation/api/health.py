"""Whether requests are taken. Says nothing of recovery, which may still run."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from printstation.api.needs import Here

router = APIRouter(tags=["health"])


def own_version() -> str:
    """The version of the installed package; of a bare checkout nobody knows it."""
    try:
        return version("printstation")
    except PackageNotFoundError:
        return "unknown"


class HealthOut(BaseModel):
    """We are here."""

    status: Literal["ok", "stopping"]
    station: str
    version: str


@router.get("/healthz")
async def healthz(station: Here) -> HealthOut:
    """200 as soon as requests are taken."""
    return HealthOut(
        status="stopping" if station.stopping else "ok",
        station=station.store.station,
        version=own_version(),
    )
