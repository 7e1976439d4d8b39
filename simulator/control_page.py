"""The control page for trainers: what `control.py` offers, as one page of forms.

Rendered here, no asset from elsewhere, usable without its script (which only keeps it fresh).
"""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException

from simulator.control_hands import Hands

# A page of every card of a drive would be slow; the newest are what a trainer looks at.
SHOWN_CARDS = 60

_templates = Environment(
    loader=PackageLoader("simulator"), autoescape=True, undefined=StrictUndefined
)


def add_routes(app: FastAPI, hands: Hands) -> None:
    """GET / and the target of its forms."""

    @app.get("/", include_in_schema=False)
    async def page() -> HTMLResponse:
        nonce = secrets.token_urlsafe(16)
        text = _templates.get_template("control.html").render(
            printers=[(p, hands.office.armed(p["name"])) for p in hands.printers()],
            cards=hands.world()["cards"][::-1][:SHOWN_CARDS],
            faults={name: list(phases) for name, phases in hands.office.FAULTS.items()},
            acts=hands.office.ACTS,
            speed=hands.clock.speed,
            nonce=nonce,
        )
        return HTMLResponse(text, headers={"Content-Security-Policy": _policy(nonce)})

    @app.post("/", include_in_schema=False)
    async def form(request: Request) -> Response:
        _refuse_other_pages(request)
        fields = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        try:
            _obey(hands, fields)
        except (KeyError, ValueError) as error:
            raise HTTPException(422, f"the form cannot be read ({error}); go back") from error
        return RedirectResponse("/", 303)


def _obey(hands: Hands, fields: dict[str, str]) -> None:
    wish = fields["wish"]
    if wish == "clock":
        hands.pace(float(fields["speed"]))
    elif wish == "load":
        hands.load(fields["printer"], int(fields["cards"]))
    elif wish == "act":
        hands.act(fields["printer"], fields["act"], fields.get("card"))
    elif wish == "arm":
        name, _, phase = fields["fault"].partition(" ")
        fault: dict[str, str | int] = {"fault": name, "times": int(fields.get("times", "1"))}
        if "byte" in fields:
            fault["byte"] = int(fields["byte"])
        elif phase:
            fault["phase"] = phase
        hands.arm(fields["printer"], fault)
    elif wish == "disarm":
        hands.disarm(fields["printer"], fields.get("id"))
    else:
        raise ValueError("unknown wish")


def _refuse_other_pages(request: Request) -> None:
    """Another site's form in this browser must not pull cables here."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "a form of another page is not obeyed: open the control page")


def _policy(nonce: str) -> str:
    return (
        f"default-src 'none'; img-src 'self'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
