"""The control API of receipt printers: what hangs out of them, and hands that open and pull.

A list of its own, `GET /receipts`: they hold no cards, and whoever iterates `GET /printers` loads hoppers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from simulator.control_hands import Hands
from simulator.receipt.paper import Slip
from simulator.receipt.spec import ACTS, FAULTS, ArmedFault

if TYPE_CHECKING:
    from simulator.receipt.printer import ReceiptPrinter

NOT_THERE = 404
WRONG = 422


class ReceiptAct(BaseModel):
    """A hand at the printer: one of `receipt.spec.ACTS`."""

    model_config = ConfigDict(extra="forbid", strict=True)
    act: str


class ReceiptFault(BaseModel):
    """A fault and the line of the strip before which it strikes."""

    model_config = ConfigDict(extra="forbid", strict=True)
    fault: str
    line: int = Field(0, ge=0)
    times: int = Field(1, ge=1)


def add_routes(app: FastAPI, hands: Hands) -> None:
    """Everything under /receipts."""

    def of(name: str) -> ReceiptPrinter:
        hands.heartbeat.beat()
        found = hands.office.receipts.get(name)
        if found is None:
            known = ", ".join(hands.office.receipts) or "none"
            raise HTTPException(NOT_THERE, f"there is no receipt printer {name}; known are {known}")
        return found

    @app.get("/receipts")
    async def receipts() -> list[dict[str, Any]]:
        return [of(name).to_json() for name in hands.office.receipts]

    @app.get("/receipts/{name}")
    async def receipt(name: str) -> dict[str, Any]:
        return of(name).to_json()

    @app.get("/receipts/{name}/slips")
    async def slips(name: str) -> list[dict[str, Any]]:
        return [_slip_json(name, slip) for slip in _papers(of(name))]

    @app.get("/receipts/{name}/slips/{number}.png", response_class=Response)
    async def picture(name: str, number: int) -> Response:
        for slip in _papers(of(name)):
            if slip.number == number:
                return Response(slip.png(), media_type="image/png")
        raise HTTPException(NOT_THERE, f"{name} has no slip {number}")

    @app.post("/receipts/{name}/acts")
    async def act(name: str, body: ReceiptAct) -> dict[str, Any]:
        printer = of(name)
        if body.act not in ACTS:
            raise HTTPException(WRONG, f"there is no act {body.act}; known are {', '.join(ACTS)}")
        printer.act(body.act)
        hands.heartbeat.beat()
        return printer.to_json()

    _fault_routes(app, hands, of)


def _fault_routes(app: FastAPI, hands: Hands, of: Any) -> None:
    @app.get("/receipts/{name}/faults")
    async def armed(name: str) -> list[dict[str, Any]]:
        return [fault.to_json() for fault in of(name).body.faults]

    @app.post("/receipts/{name}/faults")
    async def arm(name: str, body: ReceiptFault) -> dict[str, str]:
        printer = of(name)
        if body.fault not in FAULTS:
            known = ", ".join(FAULTS)
            raise HTTPException(WRONG, f"there is no fault {body.fault}; known are {known}")
        fault = ArmedFault(printer.arm_id(), body.fault, body.line, body.times)
        printer.body.faults.append(fault)
        hands.heartbeat.beat()
        return {"id": fault.id}

    @app.delete("/receipts/{name}/faults")
    async def disarm(name: str) -> list[dict[str, Any]]:
        of(name).body.faults.clear()
        return []


def _papers(printer: ReceiptPrinter) -> list[Slip]:
    """The cut ones, oldest first, then what hangs out of the printer."""
    hanging = [printer.body.paper.slip(cut=False)] if printer.body.paper.touched else []
    return [*printer.body.slips, *hanging]


def _slip_json(name: str, slip: Slip) -> dict[str, Any]:
    end: Literal["cut", "uncut"] = "cut" if slip.cut else "uncut"
    return {
        "number": slip.number,
        "end": end,
        "columns": slip.columns,
        "lines": list(slip.lines),
        "qr": list(slip.qr),
        "unknown": list(slip.unknown),
        "png": f"/receipts/{name}/slips/{slip.number}.png",
    }
