"""Bounds of request bodies, counted as they arrive: a chunked body has no length to look at."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from printstation.refusals import Refusal

#: Two pictures of 2 MiB each in base64 are under 6 MiB; the rest is text.
POST_JOB_BYTES = 8 * 1024 * 1024
#: A photo of 5 MiB in base64.
POST_PHOTO_BYTES = 7 * 1024 * 1024 + 1024
#: No other body has more than a dozen short fields, or some 2,000 ids.
OTHER_BYTES = 64 * 1024


def bound_of(method: str, path: str) -> int:
    """How many bytes this request may bring."""
    if (method, path) == ("POST", "/v1/jobs"):
        return POST_JOB_BYTES
    if method == "POST" and path.startswith("/v1/destructions/") and path.endswith("/photos"):
        return POST_PHOTO_BYTES
    return OTHER_BYTES


class BodyBound:
    """Refuses `body-too-large` where a body is read: at once when its length is told, else on the way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = bound_of(scope["method"], scope["path"])
        told = dict(scope["headers"]).get(b"content-length", b"0")
        seen = int(told) if told.isdigit() and len(told) < 20 else 0

        def check() -> None:
            if seen > most:
                raise Refusal("body-too-large", f"a body here has at most {most} bytes; send less")

        counted = 0

        async def bounded() -> Message:
            nonlocal counted, seen
            check()
            message = await receive()
            counted += len(message.get("body", b""))
            seen = max(seen, counted)
            check()
            return message

        await self._app(scope, bounded, send)
