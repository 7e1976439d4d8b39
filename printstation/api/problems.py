"""Errors as problem documents (RFC 9457). Nothing that was sent is ever repeated in one.

`type` is a relative name. An exception that nobody foresaw becomes a 500 without its text, and its text
stays out of the log as well: messages of libraries quote values.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from printstation.logs import of_error, where
from printstation.refusals import CODES, FieldError, Refusal

MEDIA_TYPE = "application/problem+json"
#: More wrong fields than this help nobody.
MAX_ERRORS = 100
#: A pointer repeats names that came from outside, so each has a bound.
POINTER_NAME = 64
#: The methods that any route here has; HEAD goes wherever GET goes (`heads.py`).
METHODS = ("GET", "POST", "DELETE")
INTERNAL = (500, "Station made a mistake")

_log = logging.getLogger(__name__)
_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}


class ProblemError(BaseModel):
    """One wrong field."""

    pointer: str
    code: str
    detail: str


class ProblemOut(BaseModel):
    """The problem document; some codes add a member of their own, such as `job` or `answer`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemError]


#: For every route: any other status carries a problem document.
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
    }
    for status, description in (("default", "Problem"), (422, "Wrong fields"))
}


def document(
    code: str,
    status: int,
    title: str,
    detail: str,
    errors: Iterable[FieldError] = (),
    extra: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """The problem document."""
    return {
        **(extra or {}),
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [
            {"pointer": error.pointer, "code": error.code, "detail": error.detail}
            for error in list(errors)[:MAX_ERRORS]
        ],
    }


def answer(refusal: Refusal) -> JSONResponse:
    """A refusal as an answer."""
    content = document(
        refusal.code,
        refusal.status,
        refusal.title,
        refusal.detail,
        refusal.errors,
        refusal.extra,
    )
    return JSONResponse(content, refusal.status, media_type=MEDIA_TYPE)


def pointer(parts: Sequence[int | str]) -> str:
    """RFC 6901."""
    names = (str(part)[:POINTER_NAME].replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{name}" for name in names)


def invalid(errors: Sequence[FieldError]) -> Refusal:
    """The refusal of wrong fields."""
    places = ", ".join(dict.fromkeys(error.pointer or "the body" for error in errors[:5]))
    more = f" and {len(errors) - 5} more" if len(errors) > 5 else ""
    return Refusal("invalid", f"wrong: {places}{more}; see errors", tuple(errors))


def wrong_field(place: str, code: str, detail: str) -> Refusal:
    """The refusal of one wrong field."""
    return Refusal("invalid", detail, (FieldError(place, code, detail),))


#: Pydantic's words as ours, which are those of `layouts.Problem` where both have one.
_CODES = {
    "enum": "not-a-choice",
    "extra_forbidden": "unknown-field",
    "finite_number": "out-of-range",
    "greater_than_equal": "out-of-range",
    "less_than_equal": "out-of-range",
    "literal_error": "not-a-choice",
    "missing": "missing",
    "string_too_long": "too-long",
    "string_too_short": "missing",
    "too_long": "too-long",
}
_DETAILS = {
    "extra_forbidden": "there is no such field here",
    "missing": "this field is required",
    "json_invalid": "not JSON",
}


def field_errors(errors: Iterable[Mapping[str, Any]], skip: int = 0) -> list[FieldError]:
    """Pydantic's errors without the values; `skip` leaves out leading parts of each place."""
    return [
        FieldError(
            pointer(error["loc"][skip:]),
            _CODES.get(
                error["type"], "wrong-type" if error["type"].endswith("_type") else "wrong-form"
            ),
            _DETAILS.get(error["type"], str(error["msg"]).removeprefix("Value error, ")),
        )
        for error in errors
    ]


def from_validation(error: ValidationError) -> Refusal:
    """Wrong fields of a body."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return invalid(field_errors(details))


async def _on_refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    # Also after a body that is too large the connection stays open, and the server throws the rest of it
    # away: if it were closed, who is still sending would be cut off and never read why.
    return answer(error)


async def _on_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # The first part says where it stood (path, query, header); a pointer only names it.
    return answer(invalid(field_errors(error.errors(), skip=1)))


def _methods_here(request: Request) -> str:
    """Every method of this address. Who refused one knows only the first route that has the address."""
    routes = cast(FastAPI, request.app).routes
    found = [
        method
        for method in METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]
    return ", ".join([*found, "HEAD"] if "GET" in found else found)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(error.status_code, "bad-request")
    status, title = CODES[code]
    details = {
        "not-found": "there is nothing at this address; GET /openapi.json lists the routes",
        "method-not-allowed": "this address does not take this method; see the header Allow",
    }
    detail = details.get(code, "this request cannot be read")
    headers = dict(error.headers or {})
    if code == "method-not-allowed":
        headers["Allow"] = _methods_here(request)
    return JSONResponse(document(code, status, title, detail), status, headers, MEDIA_TYPE)


class Unforeseen:
    """Turns an exception that nobody foresaw into a 500, and logs where it happened, not its text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:  # noqa: BLE001 - the last line of defence; it is logged
            places = " > ".join(where(error))
            _log.error("%s in a request: %s", type(error).__name__, places, extra=of_error(error))
            if scope["type"] != "http" or started:
                raise RuntimeError(
                    "a request ended by a mistake of the station; see above"
                ) from None
            detail = (
                "the station made a mistake; nothing of this request was kept unless it says so"
            )
            response = JSONResponse(
                document("internal", *INTERNAL, detail), INTERNAL[0], media_type=MEDIA_TYPE
            )
            await response(scope, receive, send)


def install(app: FastAPI) -> None:
    """Make every error of this application a problem document."""
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_middleware(Unforeseen)
