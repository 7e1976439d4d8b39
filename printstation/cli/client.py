"""A client of the station's HTTP API: one line for each failure, and a POST that can be repeated.

Knows addresses and problem documents, not what they mean.
"""

from __future__ import annotations

import secrets
from typing import Any

import httpx2

from printstation.cli.failure import IMPOSSIBLE, REFUSED, Failure

#: A large receipt is about a second; a preview is rendered in a fraction of one.
TIMEOUT_S = 30.0
#: One lost connection is an accident, two are a station that is not there.
ATTEMPTS = 2
#: The largest page that the API gives.
PAGE = 500
#: What the API takes as an Idempotency-Key (`api/repeat.py`), said before anything is sent.
MAX_KEY = 200
#: What ends or changes the meaning of an address.
SIGNS = frozenset("/?#%")

Item = dict[str, Any]


class Client:
    """The station at one URL. `transport` is for tests."""

    def __init__(
        self, url: str, *, token: str | None = None, transport: httpx2.BaseTransport | None = None
    ) -> None:
        if "://" not in url:
            url = f"http://{url}"
        self.url = url.rstrip("/")
        if token and not _visible(token):
            raise Failure("PRINTSTATION_TOKEN holds signs that no token has", IMPOSSIBLE)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            # No proxy of the environment: the station is on this machine or in this office.
            self._http = httpx2.Client(
                base_url=self.url,
                headers=headers,
                timeout=TIMEOUT_S,
                trust_env=False,
                transport=transport,
            )
        except httpx2.InvalidURL as error:
            raise Failure(f"{url} is no URL: {error}", IMPOSSIBLE) from None

    def get(self, path: str, **query: Any) -> Any:
        """What this address shows; parameters that are None are left out."""
        given = {name: value for name, value in query.items() if value not in (None, [])}
        return self._body(self._ask("GET", path, params=given))

    def download(self, path: str, **query: Any) -> bytes:
        """A document as it is stored; a refusal is a line, as everywhere."""
        answer = self._ask("GET", path, params=query)
        return answer.content if answer.is_success else bytes(self._body(answer))

    def items(self, path: str, limit: int, **query: Any) -> list[Item]:
        """The first `limit` items of a list, page by page."""
        found: list[Item] = []
        cursor = None
        while len(found) < limit:
            page = self.get(path, limit=min(PAGE, limit - len(found)), cursor=cursor, **query)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        return found

    def post(self, path: str, body: Item | None = None, key: str | None = None) -> Any:
        """Ask for an act, under an Idempotency-Key of its own unless one is given.

        A lost connection is repeated once with the same key, so that the act happens once.
        """
        if key is None:
            key = f"cli-{secrets.token_hex(16)}"
        elif not (0 < len(key) <= MAX_KEY and _visible(key)):
            raise Failure(f"--key: write 1 to {MAX_KEY} visible ASCII characters", IMPOSSIBLE)
        answer = self._ask(
            "POST",
            path,
            json=body or {},
            headers={"Idempotency-Key": key},
            lost=f"; whether it was carried out is not known, so repeat it with --key {key}"
            if path == "/v1/jobs"
            else "; look before you repeat it",
        )
        return self._body(answer)

    def delete(self, path: str) -> None:
        """Have something forgotten."""
        answer = self._ask("DELETE", path)
        if not answer.is_success:
            self._body(answer)

    def _ask(self, method: str, path: str, *, lost: str = "", **more: Any) -> httpx2.Response:
        for word in path.split("/")[1:]:
            _require_name(word)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._http.request(method, path, **more)
            except UnicodeEncodeError:
                line = "the request holds bytes that are no UTF-8 text; look at what was typed"
                raise Failure(line, IMPOSSIBLE) from None
            except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
                raise Failure(f"{self.url} is no URL of a station", IMPOSSIBLE) from None
            except httpx2.ConnectError:
                if attempt == ATTEMPTS:
                    line = f"no station answers at {self.url}; start `printstation serve`, or give --url"
                    raise Failure(line, IMPOSSIBLE) from None
            except httpx2.TransportError:
                if attempt == ATTEMPTS:
                    line = f"the connection to {self.url} was lost twice{lost}"
                    raise Failure(line, IMPOSSIBLE) from None
        raise AssertionError("every attempt returns or fails")

    def _body(self, answer: httpx2.Response) -> Any:
        try:
            body = answer.json()
        except ValueError:
            raise Failure(f"{self.url} answers, but is no station", IMPOSSIBLE) from None
        if answer.is_success:
            return body
        if not isinstance(body, dict) or "code" not in body:
            raise Failure(f"{self.url} answers {answer.status_code}, but is no station", IMPOSSIBLE)
        raise Failure(problem(body), REFUSED)


def _require_name(word: str) -> None:
    """Refuse a word that would lead to another address than the thing of that name: `../printers`, `tango?x`."""
    if word in ("", ".", "..") or not _visible(word) or SIGNS & set(word):
        raise Failure(f"not-found: nothing is called {word!r}", REFUSED)


def _visible(text: str) -> bool:
    return all("!" <= sign <= "~" for sign in text)


def problem(body: Item) -> str:
    """A problem document as one line, and one more for each wrong field."""
    lines = [f"{body['code']}: {body.get('detail') or body.get('title')}"]
    for error in body.get("errors") or ():
        lines.append(f"  {error['pointer'] or 'body'}: {error['detail']}")
    if isinstance(body.get("answer"), dict):
        said = ", ".join(f"{name} {value}" for name, value in body["answer"].items() if value)
        lines.append(f"  the answer was: {said}")
    return "\n".join(lines)
