"""The control API: the hands of the person who stands at the simulated printers.

Loads hoppers, opens covers, pulls cables, arms faults, looks at the cards. Routes as in `docs/api.md`
(no prefix, bare lists). It decides nothing: every wish goes to the office. Handlers are `async def`
and touch the office without an `await` between, so that no device is entered twice at once.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Body, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from simulator import control_page
from simulator.control_hands import Hands
from simulator.heartbeat import Heartbeat
from simulator.office import Office, OfficeError
from simulator.receipt import routes as receipt_routes
from simulator.simclock import SimClock, SpeedError

PROBLEM = "application/problem+json"
# The longest wish is a fault with a lying reply of a few lines.
MAX_BODY = 64 << 10


class Load(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    cards: int = Field(ge=0)


class Act(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    act: str
    card: str | None = None


class Pace(BaseModel):
    model_config = ConfigDict(extra="forbid")
    speed: float


def create_app(office: Office, clock: SimClock, heartbeat: Heartbeat, cable: str) -> FastAPI:
    """The whole control service. `cable` is `usbip://HOST:PORT`, the front half of a printer's uri."""
    hands = Hands(office, clock, heartbeat, cable)
    app = FastAPI(
        title="printstation-sim",
        docs_url=None,
        redoc_url=None,
        max_body_size=MAX_BODY,
    )
    _printer_routes(app, hands)
    _world_routes(app, hands)
    receipt_routes.add_routes(app, hands)
    control_page.add_routes(app, hands)
    _errors(app)
    return app


def _printer_routes(app: FastAPI, hands: Hands) -> None:
    @app.get("/printers")
    async def printers() -> list[dict[str, Any]]:
        return hands.printers()

    @app.get("/printers/{name}")
    async def printer(name: str) -> dict[str, Any]:
        hands.heartbeat.beat()
        return hands.printer(name)

    @app.post("/printers/{name}/load")
    async def load(name: str, body: Load) -> dict[str, Any]:
        return hands.load(name, body.cards)

    @app.post("/printers/{name}/acts")
    async def act(name: str, body: Act) -> dict[str, Any]:
        return hands.act(name, body.act, body.card)

    @app.get("/faults")
    async def faults() -> dict[str, Any]:
        known = hands.office.FAULTS
        return {"faults": [{"name": n, "phases": list(p)} for n, p in known.items()]}

    @app.get("/printers/{name}/faults")
    async def armed(name: str) -> list[dict[str, Any]]:
        hands.heartbeat.beat()
        return hands.office.armed(name)

    @app.post("/printers/{name}/faults")
    async def arm(name: str, body: Annotated[dict[str, Any], Body()]) -> dict[str, str]:
        return hands.arm(name, body)

    @app.delete("/printers/{name}/faults")
    async def disarm_all(name: str) -> list[dict[str, Any]]:
        return hands.disarm(name, None)

    @app.delete("/printers/{name}/faults/{fault}")
    async def disarm(name: str, fault: str) -> list[dict[str, Any]]:
        return hands.disarm(name, fault)


def _world_routes(app: FastAPI, hands: Hands) -> None:
    @app.get("/world")
    async def world() -> dict[str, Any]:
        return hands.world()

    @app.get("/world/cards/{card}/{side}.png", response_class=Response)
    async def picture(card: str, side: str, request: Request) -> Response:
        hands.heartbeat.beat()
        if side not in ("front", "back"):
            raise HTTPException(404, f"a card has no side {side!r}: ask for front or back")
        headers = {"Cache-Control": "no-cache", "ETag": hands.look(card, side)}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        # Composing takes 0.1 s and only reads planes, which never change: not on the loop, where
        # every host would wait for it.
        png = await asyncio.to_thread(hands.office.picture, card, side)
        if png is None:
            raise HTTPException(404, f"nothing lies on the {side} of card {card}")
        return Response(png, media_type="image/png", headers=headers)

    @app.get("/clock")
    async def clock() -> dict[str, float]:
        return hands.time()

    @app.put("/clock")
    async def set_clock(body: Pace) -> dict[str, float]:
        return hands.pace(body.speed)


def _errors(app: FastAPI) -> None:
    @app.exception_handler(OfficeError)
    async def office_error(_request: Request, error: OfficeError) -> JSONResponse:
        return problem(error.status, str(error))

    @app.exception_handler(SpeedError)
    async def speed_error(_request: Request, error: SpeedError) -> JSONResponse:
        return problem(422, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(422, f"{where}: {first['msg']}; see /openapi.json for what is taken")

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        detail = str(error.detail)
        if error.status_code == 404 and detail == HTTPStatus.NOT_FOUND.phrase:
            detail = "no such address; see /openapi.json for what there is"
        return problem(error.status_code, detail)


def problem(status: int, detail: str) -> JSONResponse:
    """RFC 9457 problem details; `detail` says what to do."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status_code=status, media_type=PROBLEM)
