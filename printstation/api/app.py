"""The application: every route, every bound, every error as a problem document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from printstation.api import (
    cards,
    counts,
    desk,
    destructions,
    diagnostics,
    encoding,
    events,
    health,
    jobs,
    layouts,
    loans,
    metrics,
    printers,
    problems,
    questions,
    reasons,
    reports,
    shifts,
    slips,
    stock,
    supplies,
    trace,
    upkeep,
)
from printstation.api.heads import HeadAsGet
from printstation.api.limits import BodyBound
from printstation.api.needs import Station
from printstation.api.stream import Bell
from printstation.console import notice, pages

ROUTERS = (
    health.router,
    metrics.router,
    jobs.router,
    printers.router,
    upkeep.router,
    diagnostics.router,
    trace.router,
    stock.router,
    loans.router,
    counts.router,
    shifts.router,
    reports.router,
    # Before `/v1/cards/{card_id}`, which would take their words for ids.
    desk.router,
    encoding.router,
    cards.router,
    questions.router,
    destructions.router,
    supplies.router,
    slips.router,
    layouts.router,
    events.router,
    reasons.router,
    pages.router,
    notice.router,
)


def create_app(station: Station) -> FastAPI:
    """The HTTP side of one station. Nothing is opened, read or begun here."""
    bell = Bell()

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        station.store.on_change.append(bell.ring)
        yield
        station.store.on_change.remove(bell.ring)

    app: FastAPI = FastAPIOffline(
        title="printstation",
        description="The local daemon of a card-issuance station.",
        version=health.own_version(),
        lifespan=life,
        redoc_url=None,
        redirect_slashes=False,
        responses=problems.RESPONSES,
        # No badge: the page must not ask anybody outside.
        swagger_ui_parameters={"validatorUrl": None},
    )
    app.state.station = station
    app.state.bell = bell
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(BodyBound)
    problems.install(app)
    app.add_middleware(HeadAsGet)
    _describe_problems(app)
    return app


def _describe_problems(app: FastAPI) -> None:
    """Add the problem document to the schema, to which every route refers."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        parts = cast(dict[str, Any], schema["components"]["schemas"])
        if "ProblemOut" not in parts:
            shape = problems.ProblemOut.model_json_schema(
                ref_template="#/components/schemas/{model}"
            )
            parts.update(shape.pop("$defs"))
            parts["ProblemOut"] = shape
            for unused in ("HTTPValidationError", "ValidationError"):
                parts.pop(unused, None)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
