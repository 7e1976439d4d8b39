"""What people do at a printer, beside the cable. Every act may be done at any time; some change nothing."""

from __future__ import annotations

from collections.abc import Callable

from simulator.body import Body
from simulator.jobs import test_card
from simulator.world import Card


def open_cover(body: Body) -> None:
    """Stops whatever moves, at once."""
    if body.cover_open:
        return
    body.cover_open = True
    body.world.touch()
    if not body.power:
        return
    if body.moving or body.error is None:
        body.fail("cover-open", in_motion=body.moving or bool(body.jobs))


def close_cover(body: Body) -> None:
    """Alone it ends the error only where no card was in motion."""
    if body.cover_open:
        body.cover_open = False
        body.world.touch()
        body.relieved()


def clear_jam(body: Body) -> None:
    """Take every card out of the path, jammed or not. A device that misses its card shows a jam."""
    taken = bool(body.path)
    for card in body.path:
        body.world.put(card, "hand")
    body.path.clear()
    body.jam = False
    body.world.touch()
    if not body.power:
        return
    in_work = body.begun or (body.phase is not None and body.phase.name == "throw")
    if taken and in_work and body.error is None:
        body.fail("jam")
    body.relieved()


def take_cards(body: Body) -> None:
    """Empty output and reject tray."""
    for card in body.world.cards.values():
        if card.printer == body.name and card.place in ("output", "reject"):
            body.world.put(card, "hand")


def press_ok(body: Body) -> None:
    """The panel's button: the same as the host's acknowledgement."""
    body.okay()


def new_ribbon(body: Body) -> None:
    body.ribbon = body.spec.habits.ribbon_prints
    body.wrong_ribbon = False
    body.world.touch()
    body.relieved()


def test_print(body: Body) -> None:
    """The self-test card, after whatever it has to do. The panel offers it, and the host's TST."""
    if body.power and body.room and body.error is None:
        body.take_job(test_card(body.spec))


def clean(body: Body) -> None:
    """The cleaning run, from the panel or by REQ,CLN."""
    if body.phase is None and not body.jobs and body.error is None and not body.blocked:
        body.begin("clean")


def load(body: Body, cards: int) -> None:
    """Lay blanks under the others in the hopper."""
    body.hopper.extend(body.world.new_card(body.name) for _ in range(cards))
    if body.power:
        body.relieved()


def hand_feed(body: Body, card: Card | None) -> None:
    """Push a card into the path: one that is in somebody's hand, or a blank from outside. Not onto another."""
    if body.path or (card is not None and card.place != "hand"):
        return
    fed = card if card is not None else body.world.new_card(body.name, "hand")
    fed.printer = body.name
    fed.place = "path"
    body.path.append(fed)
    body.world.touch()
    phase = body.phase
    if phase is not None and phase.name == "pick" and body.jobs and body.jobs[0].hand_feed:
        phase.end = phase.strike_at = body.now
        body.advance(body.now)


ACTS: dict[str, Callable[[Body], None]] = {
    "open-cover": open_cover,
    "close-cover": close_cover,
    "clear-jam": clear_jam,
    "take-cards": take_cards,
    "press-ok": press_ok,
    "new-ribbon": new_ribbon,
    "test-print": test_print,
    "clean": clean,
}
