"""How an act is repeated safely: the key, the scope and the hash of the body that came with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from printstation.store import keys
from printstation.store.engine import Store, Tx


@dataclass(frozen=True)
class Request:
    """One request as far as repeating it goes. `body` is the keyed hash of the canonical body."""

    key: str | None
    scope: str
    body: bytes


@dataclass(frozen=True)
class Done:
    """The answer of an act, and whether it is a replay of an earlier one."""

    answer: dict[str, Any]
    replayed: bool


def once(store: Store, request: Request, act: Callable[[Tx], dict[str, Any]]) -> Done:
    """Carry out `act` and remember its answer in one transaction, or replay the earlier answer.

    A replay is decided before any refusal of the act itself. If the process dies inside, either both
    the act and its key are there or neither is.
    """
    with store.write() as tx:
        earlier = keys.replay(tx.conn, request.key, request.scope, request.body)
        if earlier is not None:
            return Done(earlier, replayed=True)
        answer = act(tx)
        keys.remember(tx, request.key, request.scope, request.body, answer)
    return Done(answer, replayed=False)
