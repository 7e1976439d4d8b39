"""Forms of the page: whose they are, what is in them, and the same fields as the API takes.

A form is answered once: it carries a key of its own, so that a second press of the button does nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request
from starlette.requests import ClientDisconnect

from printstation.acts import request as acts
from printstation.api.needs import Station
from printstation.api.repeat import MAX_KEY, Posted
from printstation.config import is_loopback
from printstation.console.acts import number
from printstation.lifecycle.answers import NEEDS_CAUSE, CardFate, JobFuture, Pair, needs_supervisor
from printstation.refusals import Refusal
from printstation.store import keys

URLENCODED = "application/x-www-form-urlencoded"
#: The largest form has ten fields.
MAX_FIELDS = 40


@dataclass(frozen=True)
class Sent:
    """What came over the wire, unread. `own`: from a page of this very station."""

    own: bool
    path: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Form:
    """A form's fields as they were typed."""

    path: str
    key: str
    values: Mapping[str, str]


async def sent(request: Request) -> Sent:
    """The request's body; it is bounded where it is read (`api/limits.py`)."""
    own = is_own(request)
    try:
        body = await request.body() if own else b""
    except ClientDisconnect:
        body = b""
    return Sent(own, request.url.path, request.headers.get("content-type", ""), body)


def is_own(request: Request) -> bool:
    """Whether a page of this station sent it, and not one of somebody else.

    The host must be this machine, too: else a foreign name that leads here would be its own origin.
    """
    host = request.headers.get("host", "").lower()
    source = request.headers.get("origin") or request.headers.get("referer") or ""
    try:
        told, here = urlsplit(source), urlsplit(f"http://{host}")
        local = is_loopback(here.hostname or "")
    except ValueError:
        return False
    return local and told.scheme == request.url.scheme and told.netloc.lower() == host


def fresh_key() -> str:
    """A key for one form on one page."""
    return secrets.token_urlsafe(18)


def read(came: Sent) -> Form:
    """The form; refuses `bad-request`."""
    if came.content_type.partition(";")[0].strip().lower() != URLENCODED:
        raise _unreadable(f"a form is sent as {URLENCODED}")
    try:
        pairs = parse_qsl(
            came.body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise _unreadable("the form is not whole; nothing was done") from None
    values = {name: value.strip() for name, value in pairs}
    if len(values) != len(pairs):
        raise _unreadable("a field stands twice; nothing was done")
    key = values.pop("key", "")
    if not (0 < len(key) <= MAX_KEY and all("!" <= sign <= "~" for sign in key)):
        raise _unreadable("the form has no key of its own; nothing was done")
    return Form(came.path, key, values)


def _unreadable(detail: str) -> Refusal:
    return Refusal("bad-request", detail)


def posted(station: Station, form: Form, fields: dict[str, Any]) -> Posted:
    """The fields as a request that can be repeated under the form's key: a second press finds the first one's answer.

    Refuses `idempotency-key-reused`: the same page, sent once more with other contents.
    """
    body = json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()
    request = acts.Request(form.key, f"POST {form.path}", station.seal.hash("body", body))
    with station.store.read() as conn:
        answer = keys.replay(conn, request.key, request.scope, request.body)
    return Posted(request, body, None if answer is None else acts.Done(answer, replayed=True))


def answer_fields(values: Mapping[str, str]) -> dict[str, Any]:
    """A question's form as the fields of `POST /v1/questions/{id}/answer`.

    What the page hides for the chosen answer (cause, supervisor) is left out, though it was typed before.
    """
    card, _, job = values.get("pair", "").partition("/")
    fields: dict[str, Any] = {"by": values.get("by", "")}
    if card:
        fields |= {"card": card, "job": job or None}
    if card in set(NEEDS_CAUSE) and values.get("cause"):
        fields["cause"] = values["cause"]
    if _two_persons(card, job) and values.get("supervisor"):
        fields["supervisor"] = values["supervisor"]
    if values.get("device"):
        fields["device"] = {"serial": values["device"], "state": "off"}
    return fields | _numbers(values, "extra", "counted", "spoiled") | _texts(values, "reason")


def _two_persons(card: str, job: str) -> bool:
    if card not in set(CardFate) or job not in set(JobFuture):
        return False
    return needs_supervisor(Pair(CardFate(card), JobFuture(job)))


def _numbers(values: Mapping[str, str], *names: str) -> dict[str, Any]:
    return {name: number(values[name]) for name in names if values.get(name)}


def _texts(values: Mapping[str, str], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if values.get(name)}
