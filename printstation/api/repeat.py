"""Reading a POST so that it can be repeated: key, canonical body, and the earlier answer if there is one.

A replay is decided here, before the fields are looked at: the answer to a lost answer never depends on
what has changed since.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import ClientDisconnect

from printstation.acts import request as acts
from printstation.api.needs import Here
from printstation.api.problems import from_validation
from printstation.refusals import Refusal
from printstation.store import keys

MAX_KEY = 200


class Shape(BaseModel):
    """A body with a fixed set of fields; read strictly, so that "5" is no number and 1 no truth."""

    model_config = ConfigDict(extra="forbid", strict=True)


S = TypeVar("S", bound=Shape)


@dataclass(frozen=True)
class Posted:
    """One POST. `earlier` is what was answered when this very request came before."""

    request: acts.Request
    canonical: bytes
    earlier: acts.Done | None

    def fields(self, shape: type[S]) -> S:
        """The body as this shape; refuses `invalid` with a pointer for each wrong field."""
        try:
            return shape.model_validate_json(self.canonical)
        except ValidationError as error:
            raise from_validation(error) from None


@dataclass(frozen=True)
class Arrived:
    """What came over the wire, unread."""

    scope: str
    key: str | None
    content_type: str
    body: bytes


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 200 visible ASCII characters; the same key and body give the same answer",
        json_schema_extra={"example": "5f0c0f64-1"},
    ),
]


def _arrived(required: bool) -> Callable[..., Coroutine[Any, Any, Arrived]]:
    async def arrived(request: Request, key: Key = None) -> Arrived:
        if not key and required:
            raise Refusal(
                "idempotency-key-missing",
                "send the header Idempotency-Key, a new value for each new job, so that a lost "
                "answer can be asked for again",
            )
        if key and not (len(key) <= MAX_KEY and all("!" <= sign <= "~" for sign in key)):
            raise Refusal(
                "bad-request", f"Idempotency-Key is 1 to {MAX_KEY} visible ASCII characters"
            )
        try:
            body = await request.body()
        except ClientDisconnect:
            raise Refusal("bad-request", "the body ended early; nothing was done") from None
        scope = f"{request.method} {request.url.path}"
        return Arrived(scope, key or None, request.headers.get("content-type", ""), body)

    return arrived


def canonical(body: bytes) -> bytes:
    """The one way to write this JSON: sorted names, no blanks. Refuses `bad-request`.

    A name that stands twice, a number that JSON does not have and half of a surrogate pair are refused:
    two readers would read two things.
    """
    try:
        value = json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
        return json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        ).encode()
    except (ValueError, RecursionError):
        raise Refusal(
            "bad-request", "the body is not whole, plain JSON; nothing was done"
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name stands twice")
    return table


def _no_constant(_text: str) -> NoReturn:
    raise ValueError("no such number in JSON")


def _read(arrived: Arrived, station: Here, *, required: bool) -> Posted:
    body = arrived.body
    if (body or required) and not _is_json(arrived.content_type):
        raise Refusal("content-type", "send the body as application/json")
    text = canonical(body) if body or required else b"{}"
    request = acts.Request(arrived.key, arrived.scope, station.seal.hash("body", text))
    return Posted(request, text, _earlier(station, request))


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _earlier(station: Here, request: acts.Request) -> acts.Done | None:
    if request.key is None:
        return None
    with station.store.read() as conn:
        answer = keys.replay(conn, request.key, request.scope, request.body)
    return None if answer is None else acts.Done(answer, replayed=True)


def _reader(*, key: bool, body: bool) -> Callable[..., Posted]:
    arrives = Depends(_arrived(key))

    def read(station: Here, arrived: Arrived = arrives) -> Posted:
        return _read(arrived, station, required=body)

    return read


#: A POST that must have a key and a body, one that must have a body, one that may have none.
PostedOnce = Annotated[Posted, Depends(_reader(key=True, body=True))]
PostedBody = Annotated[Posted, Depends(_reader(key=False, body=True))]
PostedMaybe = Annotated[Posted, Depends(_reader(key=False, body=False))]


def body_of(shape: type[Shape], *, required: bool = True) -> dict[str, Any]:
    """`openapi_extra` of a route whose body is read here and not by the framework."""
    schema = shape.model_json_schema()
    parts = schema.pop("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return inline(parts[node["$ref"].rpartition("/")[2]])
            return {name: inline(value) for name, value in node.items()}
        return [inline(value) for value in node] if isinstance(node, list) else node

    content = {"application/json": {"schema": inline(schema)}}
    return {"requestBody": {"required": required, "content": content}}
