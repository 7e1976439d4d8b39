"""Idempotency keys: the same request is replayed, another one under the same key is refused."""

from __future__ import annotations

import pytest

from printstation.acts.request import Request, once
from printstation.refusals import Refusal
from printstation.store import journal
from printstation.store.engine import Store, Tx
from tests.unit.printstation.store.kit import journal_of, rows


def act(tx: Tx) -> dict[str, object]:
    return {"entry": journal.append(tx, "done")}


def test_a_repeated_request_gets_the_first_answer(store: Store) -> None:
    request = Request("key", "POST /jobs", b"hash")
    first = once(store, request, act)
    again = once(store, request, act)
    assert (first.replayed, again.replayed) == (False, True)
    assert first.answer == again.answer == {"entry": 1}
    assert journal_of(store) == ["done"]


def test_another_body_under_the_same_key_is_refused(store: Store) -> None:
    once(store, Request("key", "POST /jobs", b"hash"), act)
    with pytest.raises(Refusal) as refused:
        once(store, Request("key", "POST /jobs", b"other"), act)
    assert refused.value.code == "idempotency-key-reused"
    assert journal_of(store) == ["done"]


def test_a_key_is_of_one_route(store: Store) -> None:
    once(store, Request("key", "POST /jobs", b"hash"), act)
    assert not once(store, Request("key", "POST /stock/loads", b"hash"), act).replayed


def test_without_a_key_every_request_is_a_new_one(store: Store) -> None:
    for _ in range(2):
        assert not once(store, Request(None, "POST /jobs", b"hash"), act).replayed
    assert rows(store, "SELECT count(*) FROM idempotency") == [(0,)]


def test_a_replay_comes_before_any_refusal_of_the_act(store: Store) -> None:
    request = Request("key", "POST /jobs", b"hash")
    once(store, request, act)

    def refuses(_: Tx) -> dict[str, object]:
        raise Refusal("job-state", "it has ended")

    assert once(store, request, refuses).replayed


def test_a_refused_act_uses_no_key_up(store: Store) -> None:
    request = Request("key", "POST /jobs", b"hash")

    def refuses(tx: Tx) -> dict[str, object]:
        act(tx)
        raise Refusal("job-state", "not now")

    with pytest.raises(Refusal):
        once(store, request, refuses)
    assert journal_of(store) == []
    assert not once(store, request, act).replayed
