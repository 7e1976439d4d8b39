"""`GET /metrics`: the station as numbers, in Prometheus' text format. Beside `/v1`, as loopback as everything."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from printstation.api.needs import Here

router = APIRouter(tags=["health"])
#: Text format 0.0.4, which every Prometheus reads.
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/metrics", response_class=PlainTextResponse)
def show_metrics(request: Request, station: Here) -> Response:
    """Queue, cards, printers, supplies, questions, and how long things take. No personal data."""
    # Here and not above: the client library costs a third of the start, and few stations are watched.
    from printstation.diagnostics import metrics

    state = request.app.state
    if not hasattr(state, "tally"):
        state.tally = metrics.Tally(station.begun_after)
    watched = metrics.Watched(
        station.config,
        station.store,
        station.clock,
        station.views(),
        station.timings,
        station.commits,
    )
    return Response(metrics.text(watched, state.tally), media_type=MEDIA_TYPE)
